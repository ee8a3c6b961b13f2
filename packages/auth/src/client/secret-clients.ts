import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64, hmacSha256, systemRandomBytes } from "../bytes.js";
import { hashCraSecret } from "../hashing.js";
import {
  AUTOBAHN_SCRAM,
  WAMP_SCRAM,
  type ChannelBinding,
  type ScramDialect,
  type ScramExchange,
} from "../scram/dialect.js";
import {
  clientKeyOf,
  clientProof,
  saltedPassword,
  serverKeyOf,
  serverSignature,
  storedKeyOf,
  type KdfSettings,
} from "../scram/record.js";
import { saslprep } from "../scram/saslprep.js";
import { ChallengeError, integerField, stringField, type ClientMethod } from "./client-method.js";

/** Sends a ticket (spec: "Ticket-based Authentication"). */
export function ticketClient(ticket: string): ClientMethod {
  return { authmethod: "ticket", authextra: {}, respond: () => ({ signature: ticket, extra: {} }) };
}

/** Signs with a shared secret, salted when CHALLENGE has a salt (spec: "Challenge Response Authentication"). */
export function wampcraClient(secret: string): ClientMethod {
  return {
    authmethod: "wampcra",
    authextra: {},
    async respond(extra) {
      const key = extra["salt"] === undefined ? secret : await saltedSecret(secret, extra);
      return { signature: toBase64(hmacSha256(key, stringField(extra, "challenge"))), extra: {} };
    },
  };
}

async function saltedSecret(secret: string, extra: Dict): Promise<string> {
  const iterations = integerField({ iterations: 1000, ...extra }, "iterations");
  const keylen = integerField({ keylen: 32, ...extra }, "keylen");
  return (await hashCraSecret(secret, { salt: stringField(extra, "salt"), iterations, keylen })).secret;
}

/** Settings of {@link wampScramClient}. */
export interface ScramClientOptions {
  readonly authid: string;
  readonly password: string;
  /** The TLS channel to bind the proof to, as the client sees it. Not for {@link scramClient}. */
  readonly channelBinding?: ChannelBinding;
  /** Fewest iterations of PBKDF2 that the client accepts: fewer would help a rogue router to guess. Default 4096. */
  readonly minIterations?: number;
  /** The client's nonce, base64. Default: 16 random bytes. */
  readonly nonce?: string;
}

/** Proves a password by SCRAM (spec: "WAMP-SCRAM"). */
export function wampScramClient(options: ScramClientOptions): ClientMethod {
  return scramMethod(WAMP_SCRAM, options);
}

/** Proves a password by SCRAM as Autobahn|Python does, method `scram`. */
export function scramClient(options: Omit<ScramClientOptions, "channelBinding">): ClientMethod {
  return scramMethod(AUTOBAHN_SCRAM, options);
}

const NONCE_BYTES = 16;
/** Bounds for what a router can make a client compute. */
const MAX_ITERATIONS = 10_000_000;
const MAX_MEMORY_KIB = 4 * 1024 * 1024;

function scramMethod(dialect: ScramDialect, options: ScramClientOptions): ClientMethod {
  const { authid, password, channelBinding: binding, minIterations = 4096 } = options;
  const clientNonce = options.nonce ?? toBase64(systemRandomBytes(NONCE_BYTES));
  let verifier: Dict | undefined;
  return {
    authmethod: dialect.method,
    authextra: { nonce: clientNonce, ...(binding === undefined ? {} : { channel_binding: binding.type }) },
    async respond(extra) {
      const exchange = readChallenge(dialect, { authid, clientNonce, binding }, extra);
      const settings = readKdf(dialect, extra, minIterations);
      const text = settings.kdf === "argon2id-13" ? password : saslprep(password);
      const salted = await saltedPassword(text, fromBase64(exchange.salt) ?? new Uint8Array(), settings);
      const message = dialect.authMessage(exchange);
      const clientKey = clientKeyOf(salted);
      verifier = dialect.verifier(serverSignature(serverKeyOf(salted), message));
      return {
        signature: toBase64(clientProof(clientKey, storedKeyOf(clientKey), message)),
        extra: dialect.echo ? echo(exchange) : {},
      };
    },
    verify: (authextra) =>
      verifier !== undefined && Object.entries(verifier).every(([name, value]) => authextra[name] === value),
  };
}

/** @throws ChallengeError when nonce or salt are malformed or do not continue what the client sent. */
function readChallenge(
  dialect: ScramDialect,
  hello: Pick<ScramExchange, "authid" | "clientNonce" | "binding">,
  extra: Dict,
): ScramExchange {
  const [nonce, salt] = [stringField(extra, "nonce"), stringField(extra, "salt")];
  if (dialect.echo && (!nonce.startsWith(hello.clientNonce) || nonce === hello.clientNonce))
    throw new ChallengeError("CHALLENGE.Extra.nonce: expected the client's nonce, followed by the router's");
  if (fromBase64(salt) === undefined) throw new ChallengeError("CHALLENGE.Extra.salt: expected base64");
  return { ...hello, nonce, salt, iterations: integerField(extra, "iterations") };
}

/** @throws ChallengeError when the key derivation is unknown, too cheap to be safe, or too expensive. */
function readKdf(dialect: ScramDialect, extra: Dict, minIterations: number): KdfSettings {
  const kdf = dialect.kdfs.find((known) => known === extra["kdf"]);
  if (kdf === undefined) throw new ChallengeError(`CHALLENGE.Extra.kdf: expected ${dialect.kdfs.join(" or ")}`);
  if (kdf === "pbkdf2") return { kdf, iterations: integerField(extra, "iterations", minIterations, MAX_ITERATIONS) };
  const iterations = integerField(extra, "iterations", 1, MAX_ITERATIONS);
  return { kdf, iterations, memory: integerField(extra, "memory", 1, MAX_MEMORY_KIB) };
}

function echo({ nonce, binding }: ScramExchange): Dict {
  return {
    nonce,
    channel_binding: binding?.type ?? null,
    cbind_data: binding === undefined ? null : toBase64(binding.data),
  };
}
