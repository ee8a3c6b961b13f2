import { systemClock, toBase64, type Dict } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { equalSecrets, hmacSha256, systemRandomBytes, toHex } from "./bytes.js";
import { challenge, MockChallenges, type ChallengeOptions, type MockChallengeOptions } from "./challenge.js";
import {
  accepted,
  denied,
  incomplete,
  lookupIn,
  malformed,
  thenMaybe,
  type Principal,
  type StoreOptions,
} from "./principal.js";

/** An account for WAMP-CRA. */
export interface CraCredential extends Principal {
  /** The shared secret. With a salt: the key derived from it, in base64. */
  readonly secret: string;
  readonly salt?: string;
  /** Iterations of PBKDF2. Default 1000, as clients assume. */
  readonly iterations?: number;
  /** Bytes of the derived key. Default 32. */
  readonly keylen?: number;
}

/** Settings of {@link wampcra}. */
export interface CraOptions extends StoreOptions<CraCredential>, ChallengeOptions, MockChallengeOptions {}

const NONCE_LENGTH = 24;
/** 32 bytes in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;
/** What a mock challenge imitates when the store has no samples. */
const DEFAULT_SAMPLE: CraCredential = { authrole: "user", secret: "" };

/** Challenge-response authentication with a shared secret (spec: "Challenge Response Authentication"). */
export function wampcra({ store, ...options }: CraOptions): Authenticator {
  const { clock = systemClock, random = systemRandomBytes } = options;
  const mocks = new MockChallenges(options);

  function challengeFor(request: AuthRequest, found: CraCredential | undefined): AuthStep {
    // Made for known clients too, so that both take equally long.
    const mock = mockCredential(mocks, request, mocks.pick(store.samples?.() ?? [], request, DEFAULT_SAMPLE));
    const credential = found ?? mock;
    const text = JSON.stringify({
      // Not the one that the account gives: it would tell that there is an account.
      authid: request.authid,
      authrole: credential.authrole,
      authmethod: "wampcra",
      authprovider: store.provider,
      nonce: toBase64(random(NONCE_LENGTH)),
      timestamp: new Date(clock.now()).toISOString(),
      session: request.session,
    });
    const expected = toBase64(hmacSha256(credential.secret, text));
    return challenge(
      { challenge: text, ...saltFields(credential) },
      (signature) => {
        if (!SIGNATURE.test(signature)) return malformed("the signature is not 32 bytes in base64");
        // Compared for unknown clients too: the time must not tell which of the two was wrong.
        const valid = equalSecrets(signature, expected);
        if (found === undefined) return denied("unknown authid");
        return valid ? accepted(found, request, store.provider) : denied("wrong signature");
      },
      options,
    );
  }

  return {
    method: "wampcra",
    begin(request) {
      if (request.authid === undefined) return incomplete("wampcra: expected HELLO.Details.authid");
      return thenMaybe(store.find(request), (found) => challengeFor(request, found));
    },
    lookup: (request) => lookupIn(store, request),
  };
}

function saltFields({ salt, iterations = 1000, keylen = 32 }: CraCredential): Dict {
  return salt === undefined ? {} : { salt, iterations, keylen };
}

/** A credential with an unguessable secret that looks like `sample`. */
function mockCredential(mocks: MockChallenges, request: AuthRequest, sample: CraCredential): CraCredential {
  const { authrole, salt, iterations = 1000, keylen = 32 } = sample;
  const secret = toBase64(mocks.bytes("wampcra secret", request));
  if (salt === undefined) return { authrole, secret };
  return { authrole, secret, salt: mockSalt(salt, mocks.bytes("wampcra salt", request)), iterations, keylen };
}

/** Writes the bytes with the alphabet, length and padding of a real salt. */
function mockSalt(salt: string, bytes: Uint8Array): string {
  const text = /^[0-9a-f]*$/.test(salt) ? toHex(bytes) : toBase64(bytes).replace(/=+$/, "");
  const padding = /=*$/.exec(salt)?.[0] ?? "";
  return text.repeat(Math.ceil(salt.length / text.length)).slice(0, salt.length - padding.length) + padding;
}
