import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64, hmacSha256, randomOctets } from "../bytes.js";
import { hashCraSecret } from "../hashing.js";
import { AUTOBAHN, SPECIFIED, type ChannelBinding, type ScramDialect, type ScramExchange } from "../scram/dialect.js";
import {
  clientKeyOf,
  clientProof,
  saltedPassword,
  serverKeyOf,
  serverSignature,
  storedKeyOf,
  type ScramKdf,
} from "../scram/record.js";
import { saslprep } from "../scram/saslprep.js";
import { ChallengeError, countOf, textOf, type ClientMethod } from "./client-method.js";

/** Shows a ticket (spec: "Ticket-based Authentication"). */
export function ticketClient(ticket: string): ClientMethod {
  return { authmethod: "ticket", authextra: {}, respond: () => ({ signature: ticket, extra: {} }) };
}

/** Signs with a shared secret, salted when the router says so (spec: "Challenge Response Authentication"). */
export function wampcraClient(secret: string): ClientMethod {
  return {
    authmethod: "wampcra",
    authextra: {},
    async respond(extra) {
      const key = extra["salt"] === undefined ? secret : await salted(secret, extra);
      return { signature: toBase64(hmacSha256(key, textOf(extra, "challenge"))), extra: {} };
    },
  };
}

async function salted(secret: string, extra: Readonly<Record<string, unknown>>): Promise<string> {
  const iterations = countOf({ iterations: 1000, ...extra }, "iterations");
  const keylen = countOf({ keylen: 32, ...extra }, "keylen");
  return (await hashCraSecret(secret, { salt: textOf(extra, "salt"), iterations, keylen })).secret;
}

/** Settings of {@link wampScramClient}. */
export interface ScramClientOptions {
  readonly authid: string;
  readonly password: string;
  /** The TLS channel to bind the proof to, as this end of it sees it. Not for {@link scramClient}. */
  readonly channelBinding?: ChannelBinding;
  /** Iterations of PBKDF2 below which the router is taken for a rogue one. Default 4096. */
  readonly minIterations?: number;
  /** The client's nonce, base64. Default: 16 random bytes. */
  readonly nonce?: string;
}

/** Proves a password by SCRAM (spec: "WAMP-SCRAM"). */
export function wampScramClient(options: ScramClientOptions): ClientMethod {
  return scramMethod(SPECIFIED, options);
}

/** Proves a password by SCRAM as Autobahn|Python does, method `scram`. */
export function scramClient(options: Omit<ScramClientOptions, "channelBinding">): ClientMethod {
  return scramMethod(AUTOBAHN, options);
}

/** Costs above these would only keep the client busy. */
const MAX_ITERATIONS = 10_000_000;
const MAX_MEMORY = 4 * 1024 * 1024;

function scramMethod(dialect: ScramDialect, options: ScramClientOptions): ClientMethod {
  const { authid, password, channelBinding: binding, nonce: clientNonce = toBase64(randomOctets(16)) } = options;
  let expected: Dict | undefined;
  return {
    authmethod: dialect.method,
    authextra: { nonce: clientNonce, ...(binding === undefined ? {} : { channel_binding: binding.type }) },
    async respond(extra) {
      const exchange = agreed(dialect, { authid, clientNonce, binding }, extra);
      const settings = settingsOf(dialect, extra, options.minIterations ?? 4096);
      const text = settings.kdf === "argon2id-13" ? password : saslprep(password);
      const salted = await saltedPassword(text, fromBase64(exchange.salt) ?? new Uint8Array(), settings);
      const message = dialect.authMessage(exchange);
      const clientKey = clientKeyOf(salted);
      expected = dialect.verifier(serverSignature(serverKeyOf(salted), message));
      return {
        signature: toBase64(clientProof(clientKey, storedKeyOf(clientKey), message)),
        extra: dialect.echo ? repeated(exchange) : {},
      };
    },
    verify: (authextra) =>
      expected !== undefined && Object.entries(expected).every(([name, value]) => authextra[name] === value),
  };
}

/** @throws ChallengeError when the router does not go on from what the client said. */
function agreed(
  dialect: ScramDialect,
  said: Pick<ScramExchange, "authid" | "clientNonce" | "binding">,
  extra: Dict,
): ScramExchange {
  const [nonce, salt] = [textOf(extra, "nonce"), textOf(extra, "salt")];
  const goesOn = dialect.echo ? nonce.startsWith(said.clientNonce) && nonce !== said.clientNonce : true;
  if (!goesOn) throw new ChallengeError("CHALLENGE.Extra.nonce does not begin with the client's");
  if (fromBase64(salt) === undefined) throw new ChallengeError("CHALLENGE.Extra.salt: expected base64");
  return { ...said, nonce, salt, iterations: countOf(extra, "iterations") };
}

/** @throws ChallengeError when the costs are too low to be meant well, or too high. */
function settingsOf(
  dialect: ScramDialect,
  extra: Dict,
  minIterations: number,
): { kdf: ScramKdf; iterations: number; memory?: number } {
  const kdf = dialect.kdfs.find((known) => known === extra["kdf"]);
  if (kdf === undefined) throw new ChallengeError(`CHALLENGE.Extra.kdf: expected ${dialect.kdfs.join(" or ")}`);
  const iterations = countOf(extra, "iterations");
  const fits = iterations <= MAX_ITERATIONS && (kdf !== "pbkdf2" || iterations >= minIterations);
  if (!fits) throw new ChallengeError(`CHALLENGE.Extra.iterations: ${iterations} is too low or too high`);
  if (kdf === "pbkdf2") return { kdf, iterations };
  const memory = countOf(extra, "memory");
  if (memory > MAX_MEMORY) throw new ChallengeError(`CHALLENGE.Extra.memory: ${memory} is too high`);
  return { kdf, iterations, memory };
}

function repeated({ nonce, binding }: ScramExchange): Dict {
  return {
    nonce,
    channel_binding: binding?.type ?? null,
    cbind_data: binding === undefined ? null : toBase64(binding.data),
  };
}
