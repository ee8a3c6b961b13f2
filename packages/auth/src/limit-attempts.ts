import { ErrorUri, systemClock, type Clock } from "@kreuz/codec";
import type { AuthDeny, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { Attempts, peerNetwork, type AttemptLimit } from "./attempts.js";
import { later } from "./principal.js";

export type { AttemptLimit } from "./attempts.js";

/** What ran into its limit. */
export type AttemptScope = "address" | "authid";

/** Settings of {@link attemptLimiter}. */
export interface AttemptLimiterOptions {
  /** Per address of the peer; of IPv6, per /64. Default 50 failures in 5 minutes; `false` for no limit. */
  readonly perAddress?: AttemptLimit | false;
  /** Per realm and authid, from wherever. Default 10 failures in a minute; `false` for no limit. */
  readonly perAuthid?: AttemptLimit | false;
  /** Addresses and authids remembered at most, each; at that many the oldest is forgotten. Default 10 000. */
  readonly maxNames?: number;
  readonly clock?: Clock;
  /** Called for each attempt that is refused; for metrics. */
  readonly onLimit?: (scope: AttemptScope) => void;
}

/** Puts limits on the authenticators that are passed through it. They share the counts. */
export type AttemptLimiter = (authenticator: Authenticator) => Authenticator;

const MINUTE = 60_000;
const PER_ADDRESS: AttemptLimit = { failures: 50, window: 5 * MINUTE };
const PER_AUTHID: AttemptLimit = { failures: 10, window: MINUTE };

/** One kind of count, and the name that a request has in it. */
interface Counter {
  readonly scope: AttemptScope;
  readonly attempts: Attempts;
  nameOf(request: AuthRequest): string | undefined;
}

/**
 * Limits failed attempts. Whoever has spent theirs is refused before the credential is looked at, the right one too, and
 * a name that nobody has is counted like any other.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export function attemptLimiter(options: AttemptLimiterOptions = {}): AttemptLimiter {
  const { onLimit = () => {} } = options;
  const counters = countersOf(options);

  const refusal = (request: AuthRequest, parallel: boolean): AuthDeny | undefined => {
    for (const { scope, attempts, nameOf } of counters) {
      const name = nameOf(request);
      if (name === undefined || !(attempts.isSpent(name) || (parallel && attempts.isBusy(name)))) continue;
      onLimit(scope);
      return refused(scope);
    }
    return undefined;
  };
  const each = (request: AuthRequest, change: (attempts: Attempts, name: string) => void): void => {
    for (const { attempts, nameOf } of counters) {
      const name = nameOf(request);
      if (name !== undefined) change(attempts, name);
    }
  };

  const begin = (request: AuthRequest, authenticator: Authenticator): AuthStep | Promise<AuthStep> =>
    refusal(request, false) ??
    later(authenticator.begin(request), (step) => {
      // A challenge reveals nothing: what becomes of it counts.
      if (step.type === "deny") each(request, (attempts, name) => attempts.fail(name));
      return guarded(request, step);
    });

  const guarded = (request: AuthRequest, step: AuthStep): AuthStep =>
    step.type === "challenge"
      ? { ...step, respond: (...answer) => judge(request, () => step.respond(...answer)) }
      : step;

  const judge = (request: AuthRequest, respond: () => AuthStep | Promise<AuthStep>): AuthStep | Promise<AuthStep> => {
    const refused = refusal(request, true);
    if (refused !== undefined) return refused;
    each(request, (attempts, name) => attempts.start(name));
    const end = (failed: boolean): void => each(request, (attempts, name) => attempts.end(name, failed));
    return settle(respond, end, (step) => guarded(request, step));
  };

  return (authenticator) => ({ ...authenticator, begin: (request) => begin(request, authenticator) });
}

/** Runs what may throw or reject. What broke is no failure of the client's. */
function settle(
  respond: () => AuthStep | Promise<AuthStep>,
  end: (failed: boolean) => void,
  next: (step: AuthStep) => AuthStep,
): AuthStep | Promise<AuthStep> {
  const broken = (error: unknown): never => {
    end(false);
    throw error;
  };
  const decided = (step: AuthStep): AuthStep => {
    end(step.type === "deny");
    return next(step);
  };
  let step: AuthStep | Promise<AuthStep>;
  try {
    step = respond();
  } catch (error) {
    return broken(error);
  }
  return step instanceof Promise ? step.then(decided, broken) : decided(step);
}

function refused(scope: AttemptScope): AuthDeny {
  const message = "too many failed attempts; try again later";
  return {
    type: "deny",
    reason: ErrorUri.AUTHENTICATION_DENIED,
    message,
    detail: `too many failures of this ${scope}`,
  };
}

/** Limits the failed attempts at one authenticator. Methods of one realm better share an {@link attemptLimiter}. */
export function limitAttempts(authenticator: Authenticator, options?: AttemptLimiterOptions): Authenticator {
  return attemptLimiter(options)(authenticator);
}

function countersOf(options: AttemptLimiterOptions): readonly Counter[] {
  const { perAddress = PER_ADDRESS, perAuthid = PER_AUTHID, maxNames = 10_000, clock = systemClock } = options;
  const counters: Counter[] = [];
  if (perAddress !== false) {
    const nameOf = ({ transport: { peer } }: AuthRequest) => (peer === undefined ? undefined : peerNetwork(peer));
    counters.push({ scope: "address", attempts: new Attempts(perAddress, maxNames, clock), nameOf });
  }
  if (perAuthid !== false) {
    const nameOf = ({ realm, authid }: AuthRequest) => (authid === undefined ? undefined : nameIn(realm, authid));
    counters.push({ scope: "authid", attempts: new Attempts(perAuthid, maxNames, clock), nameOf });
  }
  return counters;
}

/** Longer names are cut, so that memory stays bounded. */
function nameIn(realm: string, authid: string): string {
  return JSON.stringify([realm, authid.slice(0, 256)]);
}
