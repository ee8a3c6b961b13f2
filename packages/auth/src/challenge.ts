import { systemClock, type Clock, type Dict } from "@kreuz/codec";
import type { AuthChallenge, AuthStep } from "@kreuz/router";
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
