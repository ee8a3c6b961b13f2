import { ErrorUri, systemClock, type Clock } from "@kreuz/codec";
import type { AuthDeny, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { authenticatorWith } from "./authenticator-with.js";
import { Attempts, peerNetwork, type AttemptLimit } from "./attempts.js";
import { busy, MAX_NAME_LENGTH, thenMaybe } from "./principal.js";

export type { AttemptLimit } from "./attempts.js";

/** Which limit an attempt exceeded. */
export type AttemptScope = "authid-at-address" | "address" | "authid";

/** Settings of {@link attemptLimiter}. */
export interface AttemptLimiterOptions {
  /**
   * Per realm and authid at one address; IPv6 addresses count by /64. Default 10 failures in a minute; `false` for no
   * limit.
   */
  readonly perAuthidAtAddress?: AttemptLimit | false;
  /** Per address of the peer, whatever the authid. Default 50 failures in 5 minutes; `false` for no limit. */
  readonly perAddress?: AttemptLimit | false;
  /**
   * Per realm and authid, whatever the address. Default 1000 failures in 5 minutes: with a low limit, whoever knows a name
   * could lock its owner out. `false` for no limit.
   */
  readonly perAuthid?: AttemptLimit | false;
  /** Names remembered by each limit; beyond it, the oldest is forgotten. Default 10 000. */
  readonly maxNames?: number;
  readonly clock?: Clock;
  /** Called for each attempt that a limit denies; for metrics. */
  readonly onLimit?: (scope: AttemptScope) => void;
}

/** Applies limits to an authenticator. All authenticators passed to one limiter share its counts. */
export type AttemptLimiter = (authenticator: Authenticator) => Authenticator;

/** For the log: what is counted, and the setting that limits it. */
const SCOPES = { "authid-at-address": "authid at one address", address: "address", authid: "authid" } as const;
const OPTIONS = { "authid-at-address": "perAuthidAtAddress", address: "perAddress", authid: "perAuthid" } as const;

const MINUTE = 60_000;
const PER_AUTHID_AT_ADDRESS: AttemptLimit = { failures: 10, window: MINUTE };
const PER_ADDRESS: AttemptLimit = { failures: 50, window: 5 * MINUTE };
const PER_AUTHID: AttemptLimit = { failures: 1000, window: 5 * MINUTE };

/** Milliseconds that an attempt waits for those before it. */
const MAX_WAIT = 20_000;

/**
 * Limits failed attempts. At the limit, a client is denied before its credential is checked, even if that is right.
 * Unknown names count like known ones. Attempts in progress count like failures until they are decided; those for which
 * there is no room wait for them. What is no proof, such as a HELLO without one, is no attempt.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export function attemptLimiter(options: AttemptLimiterOptions = {}): AttemptLimiter {
  const limiter = new Limiter(options);
  return (authenticator) =>
    authenticatorWith(authenticator, { begin: (request) => limiter.begin(request, authenticator) });
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

/** One name under which a request is counted. */
interface Count {
  readonly scope: AttemptScope;
  readonly attempts: Attempts;
  readonly name: string;
}

type Decide = () => AuthStep | Promise<AuthStep>;

class Limiter {
  readonly #counters: readonly Counter[];
  readonly #clock: Clock;
  readonly #onLimit: (scope: AttemptScope) => void;

  constructor(options: AttemptLimiterOptions) {
    this.#counters = countersOf(options);
    this.#clock = options.clock ?? systemClock;
    this.#onLimit = options.onLimit ?? (() => {});
  }

  begin(request: AuthRequest, authenticator: Authenticator): AuthStep | Promise<AuthStep> {
    const counts = this.#countsOf(request);
    return (
      this.#denial(counts) ??
      thenMaybe(authenticator.begin(request), (step) => {
        // A challenge is neither success nor failure: the answer to it counts.
        if (isFailure(step)) for (const { attempts, name } of counts) attempts.fail(name);
        return this.#guard(request, counts, step);
      })
    );
  }

  #guard(request: AuthRequest, counts: readonly Count[], step: AuthStep): AuthStep {
    if (step.type !== "challenge") return step;
    return { ...step, respond: (...answer) => this.#respond(request, counts, () => step.respond(...answer)) };
  }

  #respond(request: AuthRequest, counts: readonly Count[], decide: Decide): AuthStep | Promise<AuthStep> {
    const denial = this.#denial(counts);
    if (denial !== undefined) return denial;
    const full = counts.find(({ attempts, name }) => attempts.isFull(name));
    return full === undefined ? this.#attempt(request, counts, decide) : this.#wait(full, request, counts, decide);
  }

  #attempt(request: AuthRequest, counts: readonly Count[], decide: Decide): AuthStep | Promise<AuthStep> {
    for (const { attempts, name } of counts) attempts.start(name);
    const end = (failed: boolean): void => {
      for (const { attempts, name } of counts) attempts.end(name, failed);
    };
    const settled = (step: AuthStep): AuthStep => {
      end(isFailure(step));
      return this.#guard(request, counts, step);
    };
    // An authenticator that breaks is not the client's failure.
    const failed = (error: unknown): never => {
      end(false);
      throw error;
    };
    let step: AuthStep | Promise<AuthStep>;
    try {
      step = decide();
    } catch (error) {
      return failed(error);
    }
    return step instanceof Promise ? step.then(settled, failed) : settled(step);
  }

  /** Waits until an attempt in progress under the same name ends, then tries again. */
  #wait({ scope, attempts, name }: Count, request: AuthRequest, counts: readonly Count[], decide: Decide) {
    const { account } = request;
    if (account?.reserve(0) === false) return this.#busy(scope);
    return new Promise<AuthStep>((resolve) => {
      const proceed = (): void => {
        leave();
        // Within a promise: whatever this throws rejects it.
        resolve(new Promise((again) => again(this.#respond(request, counts, decide))));
      };
      const cancel = this.#clock.schedule(MAX_WAIT, () => {
        attempts.giveUp(name, proceed);
        leave();
        resolve(this.#busy(scope));
      });
      const leave = (): void => {
        cancel();
        account?.refund(0);
      };
      if (attempts.wait(name, proceed)) return;
      leave();
      resolve(this.#busy(scope));
    });
  }

  #denial(counts: readonly Count[]): AuthDeny | undefined {
    const blocked = counts.find(({ attempts, name }) => attempts.isBlocked(name));
    if (blocked === undefined) return undefined;
    this.#onLimit(blocked.scope);
    return tooManyAttempts(blocked);
  }

  #busy(scope: AttemptScope): AuthDeny {
    this.#onLimit(scope);
    return busy(
      `too many attempts in progress per ${SCOPES[scope]} (${OPTIONS[scope]}); they are decided one after the other`,
    );
  }

  #countsOf(request: AuthRequest): readonly Count[] {
    return this.#counters.flatMap(({ scope, attempts, nameOf }) => {
      const name = nameOf(request);
      return name === undefined ? [] : [{ scope, attempts, name }];
    });
  }
}

function isFailure(step: AuthStep): boolean {
  return step.type === "deny" && step.attempt !== false;
}

function tooManyAttempts({ scope, attempts, name }: Count): AuthDeny {
  const message = "too many failed attempts; try again later";
  const detail = `too many attempts per ${SCOPES[scope]} (${OPTIONS[scope]}): ${attempts.describe(name)}`;
  return { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message, detail, attempt: false, throttled: true };
}

function countersOf(options: AttemptLimiterOptions): readonly Counter[] {
  const { maxNames = 10_000, clock = systemClock } = options;
  const { perAuthidAtAddress = PER_AUTHID_AT_ADDRESS, perAddress = PER_ADDRESS, perAuthid = PER_AUTHID } = options;
  const scopes: readonly (readonly [AttemptScope, AttemptLimit | false, Counter["nameOf"]])[] = [
    ["authid-at-address", perAuthidAtAddress, (request) => nameIn(request, networkOf(request) ?? "")],
    ["address", perAddress, networkOf],
    ["authid", perAuthid, (request) => nameIn(request)],
  ];
  return scopes.flatMap(([scope, limit, nameOf]) =>
    limit === false ? [] : [{ scope, nameOf, attempts: new Attempts(limit, maxNames, clock) }],
  );
}

function networkOf({ transport: { peer } }: AuthRequest): string | undefined {
  return peer === undefined ? undefined : peerNetwork(peer);
}

/** Cuts long names, to bound memory. */
function nameIn({ realm, authid }: AuthRequest, ...more: readonly string[]): string | undefined {
  return authid === undefined ? undefined : JSON.stringify([realm, authid.slice(0, MAX_NAME_LENGTH), ...more]);
}
