import { ConfigError, toBase64, type Dict } from "@kreuz/codec";
import type { AuthDeny, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { equalBytes } from "@noble/curves/utils.js";
import { fromBase64, systemRandomBytes } from "../bytes.js";
import { challenge, MockChallenges, type ChallengeOptions, type MockChallengeOptions } from "../challenge.js";
import {
  accepted,
  denied,
  incomplete,
  lookupIn,
  malformed,
  MAX_NAME_LENGTH,
  thenMaybe,
  type StoreOptions,
  unbound,
} from "../principal.js";
import { AUTOBAHN_SCRAM, WAMP_SCRAM, type ChannelBinding, type ScramDialect, type ScramExchange } from "./dialect.js";
import {
  checkScramRecord,
  clientProof,
  SCRAM_KEY_LENGTH,
  serverSignature,
  storedKeyOf,
  type ScramCredential,
} from "./record.js";
import { isName } from "./saslprep.js";

export { checkScramRecord } from "./record.js";
export type { ScramCredential, ScramKdf, ScramRecord } from "./record.js";

/** Settings of {@link wampScram} and {@link scram}. */
export interface ScramOptions extends StoreOptions<ScramCredential>, ChallengeOptions, MockChallengeOptions {}

/** Authentication by SCRAM with SHA-256, method `wamp-scram` (spec: "WAMP-SCRAM"). */
export function wampScram(options: ScramOptions): Authenticator {
  return scramAuthenticator(WAMP_SCRAM, options);
}

/** SCRAM under the name `scram`, as Autobahn|Python and Crossbar.io implement it. */
export function scram(options: ScramOptions): Authenticator {
  return scramAuthenticator(AUTOBAHN_SCRAM, options);
}

/** What HELLO carries for SCRAM. */
interface ScramHello {
  readonly authid: string;
  readonly nonce: string;
  readonly binding: ChannelBinding | undefined;
}

const NONCE_BYTES = 16;
/** 32 bytes in base64. */
const PROOF = /^[A-Za-z0-9+/]{43}=$/;

function scramAuthenticator(dialect: ScramDialect, { store, ...options }: ScramOptions): Authenticator {
  const { random = systemRandomBytes } = options;
  const mocks = new MockChallenges(options);
  for (const record of store.samples?.() ?? []) check(dialect, record);

  function challengeFor(request: AuthRequest, hello: ScramHello, found: ScramCredential | undefined): AuthStep {
    // Made for known clients too, so that both take equally long.
    const mock = mockCredential(mocks, request, mocks.pick(store.samples?.() ?? [], request, defaultSample(dialect)));
    const record = found ?? mock;
    check(dialect, record);
    const nonce = dialect.nonce(hello.nonce, random(NONCE_BYTES));
    const { authid, binding } = hello;
    const { salt, iterations } = record;
    const exchange = { authid, clientNonce: hello.nonce, nonce, salt, iterations, binding };
    return challenge(
      challengeExtra(dialect, nonce, record),
      (proof, extra) => {
        if (!PROOF.test(proof)) return malformed("the proof is not 32 bytes in base64");
        const { valid, verifier } = checkProof(dialect, exchange, record, proof);
        if (found === undefined) return denied("unknown authid");
        if (!valid) return denied("wrong proof");
        if (dialect.echo && !repeats(exchange, extra))
          return denied("AUTHENTICATE.Extra repeats another nonce or channel binding than agreed");
        return accepted(found, request, store.provider, verifier);
      },
      options,
    );
  }

  return {
    method: dialect.method,
    begin(request) {
      const hello = readHello(dialect, request);
      if ("type" in hello) return hello;
      return thenMaybe(store.find(request), (found) => challengeFor(request, hello, found));
    },
    lookup: (request) => lookupIn(store, request),
  };
}

/** @throws ConfigError when the record is malformed or of another dialect. */
function check({ method, kdfs }: ScramDialect, record: ScramCredential): void {
  checkScramRecord(record);
  if (kdfs.includes(record.kdf)) return;
  throw new ConfigError("kdf", `expected ${kdfs.join(" or ")} for ${method}, got ${record.kdf}`);
}

/** @returns the refusal when HELLO lacks something. */
function readHello(dialect: ScramDialect, { authid, authextra = {}, evidence }: AuthRequest): ScramHello | AuthDeny {
  const { method, channelBinding } = dialect;
  const refuse = (problem: string): AuthDeny => incomplete(`${method}: ${problem}`);
  if (authid === undefined) return refuse("expected HELLO.Details.authid");
  // First, because normalization takes more than linear time.
  if (authid.length > MAX_NAME_LENGTH)
    return refuse(`expected at most ${MAX_NAME_LENGTH} characters in HELLO.Details.authid`);
  if (!isName(authid)) return refuse("HELLO.Details.authid has a character that SASLprep prohibits");
  const { nonce, channel_binding: type } = authextra;
  if (typeof nonce !== "string" || nonce === "" || nonce.length > MAX_NAME_LENGTH || fromBase64(nonce) === undefined)
    return refuse(`expected base64 of at most ${MAX_NAME_LENGTH} characters in HELLO.Details.authextra.nonce`);
  if (!channelBinding || type === undefined || type === null) return { authid, nonce, binding: undefined };
  if (typeof type !== "string") return refuse("expected a string in HELLO.Details.authextra.channel_binding");
  const data = evidence.channelBinding?.(type);
  if (data === undefined)
    return unbound(`${method}: this transport does not support HELLO.Details.authextra.channel_binding`);
  return { authid, nonce, binding: { type, data } };
}

function challengeExtra({ nullMemory }: ScramDialect, nonce: string, record: ScramCredential): Dict {
  const { kdf, salt, iterations, memory } = record;
  const cost = memory !== undefined ? { memory } : nullMemory ? { memory: null } : {};
  return { nonce, salt, kdf, iterations, ...cost };
}

/** Recovers ClientKey from the proof and compares its hash with StoredKey; computes the server's proof as well. */
function checkProof(
  dialect: ScramDialect,
  exchange: ScramExchange,
  record: ScramCredential,
  proof: string,
): { valid: boolean; verifier: Dict } {
  const [storedKey, serverKey] = [decodeKey(record.storedKey), decodeKey(record.serverKey)];
  const message = dialect.authMessage(exchange);
  const bytes = fromBase64(proof);
  const wellFormed = bytes?.length === SCRAM_KEY_LENGTH;
  // A malformed proof takes the same steps, so that it takes as long.
  const clientKey = clientProof(wellFormed ? bytes : storedKey, storedKey, message);
  const valid = equalBytes(storedKeyOf(clientKey), storedKey) && wellFormed;
  return { valid, verifier: dialect.verifier(serverSignature(serverKey, message)) };
}

/** Whether AUTHENTICATE.Extra repeats what was agreed. */
function repeats({ nonce, binding }: ScramExchange, extra: Dict): boolean {
  if (extra["nonce"] !== nonce || (extra["channel_binding"] ?? undefined) !== binding?.type) return false;
  const data = extra["cbind_data"] ?? undefined;
  return data === (binding === undefined ? undefined : toBase64(binding.data));
}

function decodeKey(base64: string): Uint8Array {
  return fromBase64(base64) ?? new Uint8Array(SCRAM_KEY_LENGTH);
}

/** What a mock challenge imitates when the store has no samples: the defaults of `hashScramPassword`. */
function defaultSample({ kdfs: [kdf = "pbkdf2"] }: ScramDialect): ScramCredential {
  const key = toBase64(new Uint8Array(SCRAM_KEY_LENGTH));
  const salt = toBase64(new Uint8Array(16));
  return { authrole: "", kdf, salt, iterations: 3, memory: 65_536, storedKey: key, serverKey: key };
}

/** A credential with unguessable keys that looks like `sample` and costs the client as much. */
function mockCredential(mocks: MockChallenges, request: AuthRequest, sample: ScramCredential): ScramCredential {
  const { kdf, iterations, memory, authrole } = sample;
  const saltLength = fromBase64(sample.salt)?.length ?? 16;
  return {
    authrole,
    kdf,
    iterations,
    ...(memory === undefined ? {} : { memory }),
    salt: toBase64(mocks.bytes("scram salt", request).subarray(0, saltLength)),
    storedKey: toBase64(mocks.bytes("scram stored key", request)),
    serverKey: toBase64(mocks.bytes("scram server key", request)),
  };
}
