import { equalBytes } from "@noble/curves/utils.js";
import { ConfigError, toBase64, type Dict } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { fromBase64, randomOctets } from "../bytes.js";
import { challenge, Decoys, type ChallengeOptions, type DecoyOptions } from "../challenge.js";
import { accepted, denied, incomplete, later, type StoreOptions } from "../principal.js";
import { isName } from "./saslprep.js";
import { AUTOBAHN, SPECIFIED, type ChannelBinding, type ScramDialect, type ScramExchange } from "./dialect.js";
import {
  checkScramRecord,
  clientProof,
  SCRAM_KEY_LENGTH,
  serverSignature,
  storedKeyOf,
  type ScramCredential,
} from "./record.js";

export { checkScramRecord } from "./record.js";
export type { ScramCredential, ScramKdf, ScramRecord } from "./record.js";

/** Settings of {@link wampScram} and {@link scram}. */
export interface ScramOptions extends StoreOptions<ScramCredential>, ChallengeOptions, DecoyOptions {}

/** Authentication by SCRAM with SHA-256, method `wamp-scram` (spec: "WAMP-SCRAM"). */
export function wampScram(options: ScramOptions): Authenticator {
  return scramAuthenticator(SPECIFIED, options);
}

/** SCRAM under the name `scram`, as Autobahn|Python and Crossbar.io speak it. */
export function scram(options: ScramOptions): Authenticator {
  return scramAuthenticator(AUTOBAHN, options);
}

/** A HELLO for SCRAM, read. */
interface Opening {
  readonly authid: string;
  readonly nonce: string;
  readonly binding: ChannelBinding | undefined;
}

/** Longer nonces only cost; 16 bytes are recommended. */
const LONGEST_NONCE = 256;
const NONCE_BYTES = 16;

function scramAuthenticator(dialect: ScramDialect, { store, ...options }: ScramOptions): Authenticator {
  const decoys = new Decoys(options);
  for (const record of store.samples?.() ?? []) check(dialect, record);

  function ask(request: AuthRequest, hello: Opening, found: ScramCredential | undefined): AuthStep {
    // Made up for everybody, so that it takes as long for who is known.
    const madeUp = decoy(decoys, request, decoys.pick(store.samples?.() ?? [], request, fallback(dialect)));
    const record = found ?? madeUp;
    check(dialect, record);
    const nonce = dialect.nonce(hello.nonce, randomOctets(NONCE_BYTES));
    const { salt, iterations } = record;
    const { authid, binding } = hello;
    const exchange = { authid, clientNonce: hello.nonce, nonce, salt, iterations, binding };
    return challenge(
      challengeExtra(dialect, nonce, record),
      (given, extra) => {
        const { proved, verifier } = judge(dialect, exchange, record, given);
        if (found === undefined) return denied("unknown authid");
        if (!proved) return denied("wrong proof");
        if (dialect.echo && !repeats(exchange, extra)) return denied("another nonce or channel binding than agreed");
        return accepted(found, request, store.provider, verifier);
      },
      options,
    );
  }

  return {
    method: dialect.method,
    begin(request) {
      const hello = read(dialect, request);
      if (typeof hello === "string") return incomplete(`${dialect.method}: ${hello}`);
      return later(store.find(request), (found) => ask(request, hello, found));
    },
  };
}

/** @throws ConfigError */
function check({ method, kdfs }: ScramDialect, record: ScramCredential): void {
  checkScramRecord(record);
  if (kdfs.includes(record.kdf)) return;
  throw new ConfigError("kdf", `${record.kdf} is not for ${method}; expected ${kdfs.join(" or ")}`);
}

/** @returns what is wrong, if anything is. */
function read(dialect: ScramDialect, { authid, authextra = {}, evidence }: AuthRequest): Opening | string {
  if (authid === undefined) return "expected HELLO.Details.authid";
  if (!isName(authid)) return "HELLO.Details.authid has characters that no name may have";
  const { nonce, channel_binding: wanted } = authextra;
  if (typeof nonce !== "string" || nonce === "" || nonce.length > LONGEST_NONCE || fromBase64(nonce) === undefined)
    return `expected base64 of at most ${LONGEST_NONCE} characters in HELLO.Details.authextra.nonce`;
  if (!dialect.channelBinding || wanted === undefined || wanted === null) return { authid, nonce, binding: undefined };
  const data = typeof wanted === "string" ? evidence.channelBinding?.(wanted) : undefined;
  if (data === undefined) return "HELLO.Details.authextra.channel_binding asks for what this transport does not have";
  return { authid, nonce, binding: { type: String(wanted), data } };
}

function challengeExtra({ nullMemory }: ScramDialect, nonce: string, record: ScramCredential): Dict {
  const { kdf, salt, iterations, memory } = record;
  const cost = memory !== undefined ? { memory } : nullMemory ? { memory: null } : {};
  return { nonce, salt, kdf, iterations, ...cost };
}

/** Whether the proof was made with the key that StoredKey is the hash of; and the server's own proof. */
function judge(
  dialect: ScramDialect,
  exchange: ScramExchange,
  record: ScramCredential,
  given: string,
): { proved: boolean; verifier: Dict } {
  const [storedKey, serverKey] = [keyOf(record.storedKey), keyOf(record.serverKey)];
  const message = dialect.authMessage(exchange);
  const bytes = fromBase64(given);
  const wellFormed = bytes?.length === SCRAM_KEY_LENGTH;
  const clientKey = clientProof(wellFormed ? bytes : storedKey, storedKey, message);
  const proved = equalBytes(storedKeyOf(clientKey), storedKey) && wellFormed;
  return { proved, verifier: dialect.verifier(serverSignature(serverKey, message)) };
}

/** AUTHENTICATE says again what was agreed. The binding's data were part of what was signed, and are compared too. */
function repeats({ nonce, binding }: ScramExchange, extra: Dict): boolean {
  if (extra["nonce"] !== nonce || (extra["channel_binding"] ?? undefined) !== binding?.type) return false;
  const data = extra["cbind_data"] ?? undefined;
  return data === (binding === undefined ? undefined : toBase64(binding.data));
}

function keyOf(base64: string): Uint8Array {
  return fromBase64(base64) ?? new Uint8Array(SCRAM_KEY_LENGTH);
}

/** What is shown of a store that tells nothing of its accounts: the parameters of `hashScram`. */
function fallback({ kdfs: [kdf = "pbkdf2"] }: ScramDialect): ScramCredential {
  const nothing = toBase64(new Uint8Array(SCRAM_KEY_LENGTH));
  return {
    authrole: "",
    kdf,
    salt: toBase64(new Uint8Array(16)),
    iterations: 3,
    memory: 65_536,
    storedKey: nothing,
    serverKey: nothing,
  };
}

/** An account that nobody has, with keys that nobody knows, at the cost of a real one. */
function decoy(decoys: Decoys, request: AuthRequest, like: ScramCredential): ScramCredential {
  const { kdf, iterations, memory, authrole } = like;
  const saltLength = fromBase64(like.salt)?.length ?? 16;
  return {
    authrole,
    kdf,
    iterations,
    ...(memory === undefined ? {} : { memory }),
    salt: toBase64(decoys.bytes("scram salt", request).subarray(0, saltLength)),
    storedKey: toBase64(decoys.bytes("scram stored key", request)),
    serverKey: toBase64(decoys.bytes("scram server key", request)),
  };
}
