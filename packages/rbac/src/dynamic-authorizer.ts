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
import { AnswerCache, keyOf } from "./answer-cache.js";
import { type AuthorizerAnswer, understand } from "./authorizer-answer.js";

/** Who asks, as an authorizer is told; the keys are those of Crossbar's session details. */
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
 * @param options - of the request as it came, with `match` for subscriptions and registrations. When permissions are
 * looked at again, `match` alone.
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
  /** Milliseconds that an answer may take. Default 5000. */
  readonly timeout?: number;
  /** Milliseconds that an answer is kept whose author allows it with `cache`. Default 60 000. */
  readonly cacheTtl?: number;
  /** Answers that are kept at most. Default 10 000. */
  readonly cachedAnswers?: number;
  readonly clock?: Clock;
}

/** An authorizer that can be told to forget what it has been answered. */
export interface DynamicAuthorizer extends Authorizer {
  forget(): void;
}

/**
 * Asks a function about every action. The session that waits for an answer keeps its order, the others go on. Fails
 * closed: where there is no answer in time, or none that makes sense, the client gets `wamp.error.authorization_failed`.
 */
export function dynamicAuthorizer(options: DynamicAuthorizerOptions): DynamicAuthorizer {
  const { authorize, timeout = 5000, cacheTtl = 60_000, cachedAnswers = 10_000, clock = systemClock } = options;
  const cache = new AnswerCache(clock, { ttl: cacheTtl, capacity: cachedAnswers });
  return {
    authorize: (session, action): Decision | Promise<Decision> => {
      const key = keyOf(session, action);
      const known = key === undefined ? undefined : cache.get(key);
      if (known !== undefined) return known;
      const take = (answer: unknown): Decision => {
        const understood = understand(answer);
        if (understood.cache && key !== undefined) cache.set(key, understood.decision);
        return understood.decision;
      };
      const answer = authorize(describe(session), action.uri, action.type, optionsOf(action));
      return isPromise(answer) ? withinTime(clock, timeout, Promise.resolve(answer)).then(take) : take(answer);
    },
    forget: () => cache.clear(),
  };
}

/** Written out key by key, so that nothing gets to a stranger because sessions begin to carry it. */
function describe({
  realm,
  session,
  authid,
  authrole,
  authmethod,
  authprovider,
  transport,
}: SessionInfo): AuthorizerSession {
  return { realm, session, authid, authrole, authmethod, authprovider, transport };
}

function optionsOf({ type, match, options = {} }: Action): Dict {
  return type === "subscribe" || type === "register" ? { ...options, match } : options;
}

function isPromise(answer: unknown): answer is PromiseLike<AuthorizerAnswer> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}

/** What a promise gives, or an error in words when that takes too long. No timer stays behind. */
async function withinTime<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(ms, () => reject(new Error(`the authorizer did not answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}

/** Whatever can call a procedure in the name of the router: a session in this process, from `Router.connect`. */
export interface Caller {
  call(procedure: Uri, payload?: Payload, options?: CallOptions): Promise<Payload>;
}

/** Settings of {@link authorizeByProcedure}. */
export interface ProcedureOptions {
  /** URI of the procedure. */
  readonly procedure: Uri;
  /**
   * Gives the session to call with. No permission is asked for its calls, so that asking does not lead to another
   * question. Asked for each call, since a session may have to be opened first.
   */
  readonly caller: () => Caller;
  /** Milliseconds after which the router takes the question back. Default 5000, as that of `dynamicAuthorizer`. */
  readonly timeout?: number;
}

/**
 * An {@link AuthorizeFunction} that asks a WAMP procedure, with Crossbar's arguments `(session, uri, action, options)` and
 * results: a boolean, or a dict with `allow`, `disclose` and `cache`, as the one positional result.
 */
export function authorizeByProcedure({ procedure, caller, timeout = 5000 }: ProcedureOptions): AuthorizeFunction {
  return async (session, uri, action, options) => {
    const { args } = await caller().call(procedure, { args: [session, uri, action, options] }, { timeout });
    // Whatever it is, it is looked at before it counts.
    return args?.[0] as AuthorizerAnswer;
  };
}
