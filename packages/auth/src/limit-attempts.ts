import { ErrorUri, systemClock, type Clock } from "@kreuz/codec";
import type { AuthDeny, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { Attempts, peerNetwork, type AttemptLimit } from "./attempts.js";
import { thenMaybe } from "./principal.js";

export type { AttemptLimit } from "./attempts.js";

/** Which limit an attempt exceeded. */
export type AttemptScope = "address" | "authid";

/** Settings of {@link attemptLimiter}. */
export interface AttemptLimiterOptions {
  /** Per address of the peer; IPv6 addresses count by /64. Default 50 failures in 5 minutes; `false` for no limit. */
  readonly perAddress?: AttemptLimit | false;
  /** Per realm and authid, whatever the address. Default 10 failures in a minute; `false` for no limit. */
  readonly perAuthid?: AttemptLimit | false;
  /** Addresses and authids remembered, each; at the limit, the oldest is forgotten. Default 10 000. */
  readonly maxNames?: number;
  readonly clock?: Clock;
  /** Called for each attempt that a limit denies; for metrics. */
  readonly onLimit?: (scope: AttemptScope) => void;
}

/** Applies limits to an authenticator. All authenticators passed to one limiter share its counts. */
export type AttemptLimiter = (authenticator: Authenticator) => Authenticator;

const MINUTE = 60_000;
const PER_ADDRESS: AttemptLimit = { failures: 50, window: 5 * MINUTE };
const PER_AUTHID: AttemptLimit = { failures: 10, window: MINUTE };
const MAX_AUTHID_LENGTH = 256;

/**
 * Limits failed attempts. At the limit, a client is denied before its credential is checked, even if that is right.
 * Unknown names count like known ones.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export function attemptLimiter(options: AttemptLimiterOptions = {}): AttemptLimiter {
  const limiter = new Limiter(options);
  return (authenticator) => ({ ...authenticator, begin: (request) => limiter.begin(request, authenticator) });
}

/** Limits failed attempts at one authenticator. For the methods of one realm, share an {@link attemptLimiter} instead. */
export function limitAttempts(authenticator: Authenticator, options?: AttemptLimiterOptions): Authenticator {
  return attemptLimiter(options)(authenticator);
}

/** Counts of one scope, and the name that a request is counted under. */
interface Counter {
  readonly scope: AttemptScope;
  readonly attempts: Attempts;
  nameOf(request: AuthRequest): string | undefined;
}

class Limiter {
  readonly #counters: readonly Counter[];
  readonly #onLimit: (scope: AttemptScope) => void;

  constructor(options: AttemptLimiterOptions) {
    this.#counters = countersOf(options);
    this.#onLimit = options.onLimit ?? (() => {});
  }

  begin(request: AuthRequest, authenticator: Authenticator): AuthStep | Promise<AuthStep> {
    const denial = this.#check(request, (attempts, name) => attempts.isBlocked(name));
    if (denial !== undefined) return denial;
    return thenMaybe(authenticator.begin(request), (step) => {
      // A challenge is neither success nor failure: the answer to it counts.
      if (step.type === "deny") this.#count(request, (attempts, name) => attempts.fail(name));
      return this.#guard(request, step);
    });
  }

  #guard(request: AuthRequest, step: AuthStep): AuthStep {
    if (step.type !== "challenge") return step;
    return { ...step, respond: (...answer) => this.#respond(request, () => step.respond(...answer)) };
  }

  #respond(request: AuthRequest, respond: () => AuthStep | Promise<AuthStep>): AuthStep | Promise<AuthStep> {
    const denial = this.#check(request, (attempts, name) => attempts.isBlocked(name) || attempts.isBusy(name));
    if (denial !== undefined) return denial;
    this.#count(request, (attempts, name) => attempts.start(name));
    const settled = (step: AuthStep): AuthStep => {
      this.#count(request, (attempts, name) => attempts.end(name, step.type === "deny"));
      return this.#guard(request, step);
    };
    // An authenticator that breaks is not the client's failure.
    const failed = (error: unknown): never => {
      this.#count(request, (attempts, name) => attempts.end(name, false));
      throw error;
    };
    let step: AuthStep | Promise<AuthStep>;
    try {
      step = respond();
    } catch (error) {
      return failed(error);
    }
    return step instanceof Promise ? step.then(settled, failed) : settled(step);
  }

  #check(request: AuthRequest, exceeds: (attempts: Attempts, name: string) => boolean): AuthDeny | undefined {
    for (const { scope, attempts, nameOf } of this.#counters) {
      const name = nameOf(request);
      if (name === undefined || !exceeds(attempts, name)) continue;
      this.#onLimit(scope);
      return tooManyAttempts(scope);
    }
    return undefined;
  }

  #count(request: AuthRequest, change: (attempts: Attempts, name: string) => void): void {
    for (const { attempts, nameOf } of this.#counters) {
      const name = nameOf(request);
      if (name !== undefined) change(attempts, name);
    }
  }
}

function tooManyAttempts(scope: AttemptScope): AuthDeny {
  const message = "too many failed attempts; try again later";
  return { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message, detail: `limit per ${scope} reached` };
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

/** Cuts long names, to bound memory. */
function nameIn(realm: string, authid: string): string {
  return JSON.stringify([realm, authid.slice(0, MAX_AUTHID_LENGTH)]);
}
