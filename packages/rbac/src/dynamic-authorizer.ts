import {
  type CallOptions,
  type Clock,
  type Dict,
  type Payload,
  systemClock,
  type TransportInfo,
  type Uri,
} from "@kreuz/codec";
import type { Action, ActionType, Authorizer, Decision, SessionInfo } from "@kreuz/router";
import { AnswerCache, cacheKey } from "./answer-cache.js";
import { type AuthorizerAnswer, parseAnswer } from "./authorizer-answer.js";

/** The session that an authorizer is asked about, with the keys of Crossbar's session details. */
export interface AuthorizerSession {
  readonly realm: Uri;
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  readonly transport: TransportInfo;
}

/**
 * Decides about one action. The arguments are those of Crossbar's dynamic authorizers.
 *
 * @param options - the options of the request, plus `match` for subscriptions and registrations. `match` alone when
 * `Router.reauthorize` checks existing subscriptions and registrations.
 */
export type AuthorizeFunction = (
  session: AuthorizerSession,
  uri: Uri,
  action: ActionType,
  options: Dict,
) => AuthorizerAnswer | PromiseLike<AuthorizerAnswer>;

/** Settings of {@link dynamicAuthorizer}. */
export interface DynamicAuthorizerOptions {
  readonly authorize: AuthorizeFunction;
  /** Milliseconds to answer in. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds that an answer with `cache: true` stays valid. Default 60 000. */
  readonly cacheTtl?: number;
  /** Number of answers in the cache. Default 10 000. */
  readonly cachedAnswers?: number;
  readonly clock?: Clock;
}

/** An authorizer with a cache of answers. */
export interface DynamicAuthorizer extends Authorizer {
  /** Drops all cached answers, so that every action is asked about again. */
  clearCache(): void;
}

/**
 * Asks a function about every action. While it waits for an answer, the session's later messages wait too; other
 * sessions go on. It fails closed: without a well-formed answer in time, the client gets
 * `wamp.error.authorization_failed`.
 */
export function dynamicAuthorizer(options: DynamicAuthorizerOptions): DynamicAuthorizer {
  const { authorize, timeout = 5000, cacheTtl = 60_000, cachedAnswers = 10_000, clock = systemClock } = options;
  const cache = new AnswerCache(clock, { ttl: cacheTtl, capacity: cachedAnswers });
  return {
    authorize: (session, action): Decision | Promise<Decision> => {
      const key = cacheKey(session, action);
      const cached = key === undefined ? undefined : cache.get(key);
      if (cached !== undefined) return cached;
      const decide = (answer: unknown): Decision => {
        const parsed = parseAnswer(answer);
        if (parsed.cache && key !== undefined) cache.set(key, parsed.decision);
        return parsed.decision;
      };
      const answer = authorize(sessionDetails(session), action.uri, action.type, optionsOf(action));
      return isPromise(answer) ? withTimeout(clock, timeout, Promise.resolve(answer)).then(decide) : decide(answer);
    },
    clearCache: () => cache.clear(),
  };
}

/** Calls procedures in the name of the router: a session from `Router.connect`. */
export interface Caller {
  call(procedure: Uri, payload?: Payload, options?: CallOptions): Promise<Payload>;
}

/** Settings of {@link authorizeByProcedure}. */
export interface ProcedureOptions {
  /** URI of the procedure. */
  readonly procedure: Uri;
  /**
   * Returns the session to call with; asked for each call, because the session may have to be opened first. Its calls
   * must need no permission: otherwise each question would raise another one.
   */
  readonly caller: () => Caller;
  /** Milliseconds after which the router cancels the call. Default 5000, like the timeout of `dynamicAuthorizer`. */
  readonly timeout?: number;
}

/**
 * Makes an {@link AuthorizeFunction} that calls a WAMP procedure with Crossbar's arguments
 * `(session, uri, action, options)`. The procedure returns, as its one positional result, a boolean or a dict with
 * `allow`, `disclose` and `cache`.
 */
export function authorizeByProcedure({ procedure, caller, timeout = 5000 }: ProcedureOptions): AuthorizeFunction {
  return async (session, uri, action, options) => {
    const { args } = await caller().call(procedure, { args: [session, uri, action, options] }, { timeout });
    // parseAnswer checks it.
    return args?.[0] as AuthorizerAnswer;
  };
}

/** Lists the keys one by one, so that a key added to SessionInfo later does not leak to an authorizer. */
function sessionDetails(info: SessionInfo): AuthorizerSession {
  const { realm, session, authid, authrole, authmethod, authprovider, transport } = info;
  return { realm, session, authid, authrole, authmethod, authprovider, transport };
}

function optionsOf({ type, match, options = {} }: Action): Dict {
  return type === "subscribe" || type === "register" ? { ...options, match } : options;
}

function isPromise(answer: unknown): answer is PromiseLike<AuthorizerAnswer> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}

/** Rejects when the promise takes longer than `ms`. Leaves no timer behind. */
async function withTimeout<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  let cancel = (): void => {};
  const timedOut = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(ms, () => reject(new Error(`the authorizer did not answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([promise, timedOut]);
  } finally {
    cancel();
  }
}
