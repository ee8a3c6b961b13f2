import { systemClock, type Clock, type Dict } from "@kreuz/codec";
import type { AuthChallenge, AuthRequest, AuthStep } from "@kreuz/router";
import { hmacSha256, randomOctets, type Bytes } from "./bytes.js";
import { denied } from "./principal.js";

/** How long a challenge stands. */
export interface ChallengeOptions {
  /** Milliseconds for the answer; a router's own time for authentication may be shorter. Default 60 000. */
  readonly timeout?: number;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT = 60_000;

/** A CHALLENGE that is answered once and in time, or not at all. */
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
      if (!open) return denied("the challenge was answered before");
      open = false;
      return clock.now() > end ? denied("the answer came too late") : answer(signature, given);
    },
  };
}

/** Settings of the methods that answer a client that nobody knows like any other. */
export interface DecoyOptions {
  /**
   * What made-up salts are derived from. Give it, and keep it secret, where a router restarts: the salt of an account
   * stays, and so must that of a name that is none. Default: random, as long as this process lives.
   */
  readonly decoySecret?: Uint8Array | string;
}

/**
 * What a client is shown that nobody knows: always the same for the same name, like a real account (spec: "WAMP-SCRAM",
 * mock `CHALLENGE`).
 */
export class Decoys {
  readonly #secret: Uint8Array | string;

  constructor({ decoySecret }: DecoyOptions) {
    this.#secret = decoySecret ?? randomOctets(32);
  }

  /** Thirty-two bytes for one purpose and one name. */
  bytes(purpose: string, { realm, authid }: AuthRequest): Bytes {
    return hmacSha256(this.#secret, JSON.stringify([purpose, realm, authid ?? null]));
  }

  /** One of the samples, or else what `make` gives. */
  pick<C>(samples: readonly C[], request: AuthRequest, fallback: C): C {
    const [first = 0, second = 0] = this.bytes("pick", request);
    return samples[(first * 256 + second) % samples.length] ?? fallback;
  }
}
