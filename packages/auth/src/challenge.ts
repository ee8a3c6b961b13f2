import { systemClock, type Clock, type Dict } from "@kreuz/codec";
import type { AuthChallenge, AuthRequest, AuthStep } from "@kreuz/router";
import { hmacSha256, systemRandomBytes, type RandomBytes } from "./bytes.js";
import { denied } from "./principal.js";

/** Settings of every method that sends CHALLENGE. */
export interface ChallengeOptions {
  /** Milliseconds to answer in; the router's `authenticationTimeout` applies as well. Default 60 000. */
  readonly timeout?: number;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT = 60_000;

/** A CHALLENGE that accepts one answer, within the timeout. */
export function challenge(
  extra: Dict,
  answer: (signature: string, extra: Dict) => AuthStep | Promise<AuthStep>,
  { timeout = DEFAULT_TIMEOUT, clock = systemClock }: ChallengeOptions,
): AuthChallenge {
  const end = clock.now() + timeout;
  let open = true;
  return {
    type: "challenge",
    extra,
    respond(signature, given) {
      if (!open) return denied("the challenge was answered already");
      open = false;
      return clock.now() > end
        ? denied(`AUTHENTICATE came too late: more than ${timeout} ms after CHALLENGE`)
        : answer(signature, given);
    },
  };
}

/** Settings of the methods that send a mock challenge to an unknown client. */
export interface MockChallengeOptions {
  /**
   * Secret that mock salts are derived from. Set it, so that a name keeps its mock salt when the router restarts, as an
   * account keeps its real one. Default: random for each process.
   */
  readonly mockChallengeSecret?: Uint8Array | string;
  /** Source of nonces and of the default secret. Default: the platform's cryptographic generator. */
  readonly random?: RandomBytes;
}

/**
 * Derives what an unknown client is shown. The same name always gives the same bytes, like a real account (spec:
 * "WAMP-SCRAM", mock `CHALLENGE`).
 */
export class MockChallenges {
  readonly #secret: Uint8Array | string;

  constructor({ random = systemRandomBytes, mockChallengeSecret = random(32) }: MockChallengeOptions) {
    this.#secret = mockChallengeSecret;
  }

  /** 32 bytes for one purpose and one name. */
  bytes(purpose: string, { realm, authid }: AuthRequest): Uint8Array {
    return hmacSha256(this.#secret, JSON.stringify([purpose, realm, authid ?? null]));
  }

  /** One of the samples, always the same for the same name; `fallback` when there are no samples. */
  pick<C>(samples: readonly C[], request: AuthRequest, fallback: C): C {
    const [first = 0, second = 0] = this.bytes("pick", request);
    return samples[(first * 256 + second) % samples.length] ?? fallback;
  }
}
