import {
  MessageType as M,
  WampError,
  type Call,
  type ErrorMessage,
  type Publish,
  type Register,
  type Subscribe,
  type Yield,
} from "@kreuz/codec";
import type { Dealer } from "../dealer/dealer.js";
import type { EventHub } from "../plugin/event-hub.js";
import type { Guards } from "../plugin/guards.js";
import type { RealmEvents, RefusedBy } from "../plugin/realm-events.js";
import type { Answer } from "../session/session-directory.js";
import type { SessionInfo } from "../session/session-info.js";
import type { Session } from "../session/session.js";

export type { RefusedBy } from "../plugin/realm-events.js";

// What comes between a message of a session and the broker or dealer when plugins have guards.

interface GuardedRealm {
  readonly guards: Guards;
  readonly dealer: Dealer;
}

/** A request with the payload that its guards let through. @throws WampError as {@link Guards.check} does. */
export function guardRequest<T extends Call | Publish>(
  { guards }: Pick<GuardedRealm, "guards">,
  session: SessionInfo,
  message: T,
): Answer<T> {
  const { options, payload } = message;
  const outcome =
    message.type === M.CALL
      ? guards.check("call", { uri: message.procedure, payload, options, session, part: false })
      : guards.check("publish", { uri: message.topic, payload, options, session });
  const go = (guarded: typeof payload): T => (guarded === payload ? message : { ...message, payload: guarded });
  return outcome instanceof Promise ? outcome.then(go) : go(outcome);
}

/**
 * Further arguments of a call, which continue it or end it with an ERROR.
 * @returns a promise while the session must be held.
 */
export function continueGuarded(
  { guards, dealer }: GuardedRealm,
  caller: Session,
  message: Call,
): Promise<void> | undefined {
  const { procedure: uri, options, payload } = message;
  const refuse = (error: unknown): void => {
    if (!(error instanceof WampError)) throw error;
    dealer.abandon(caller, message, error);
  };
  const go = (guarded: typeof payload): void => void dealer.continueCall(caller, { ...message, payload: guarded });
  return settle(() => guards.check("call", { uri, payload, options, session: caller.info, part: true }), go, refuse);
}

/**
 * A YIELD or an ERROR of a callee: on to the caller, or an ERROR in its place.
 * @returns a promise while the session must be held.
 */
export function answerGuarded(
  { guards, dealer }: GuardedRealm,
  callee: Session,
  message: Yield | ErrorMessage,
): Promise<void> | undefined {
  const answer = (payload: Yield["payload"]): void =>
    message.type === M.YIELD
      ? dealer.yield(callee, { ...message, payload })
      : dealer.error(callee, { ...message, payload });
  const call = dealer.invoked(callee, message.request);
  // It is too late, or nonsense: the dealer knows.
  if (call === undefined || call.state === "abandoned") return void answer(message.payload);
  const options = message.type === M.YIELD ? message.options : message.details;
  const progress = message.type === M.YIELD && message.options.progress === true;
  const refuse = (error: unknown): void => {
    if (!(error instanceof WampError)) throw error;
    const { uri, payload, details } = error;
    if (progress) dealer.abandon(call.caller, call, error);
    else
      dealer.error(callee, {
        type: M.ERROR,
        requestType: M.INVOCATION,
        request: message.request,
        details,
        error: uri,
        payload,
      });
  };
  const guarded = {
    uri: call.procedure,
    payload: message.payload,
    options,
    session: callee.info,
    caller: call.caller.info,
    progress,
    ...(message.type === M.ERROR ? { error: message.error } : {}),
  };
  return settle(() => guards.check("result", guarded), answer, refuse);
}

/** Goes on at once, or later. */
function settle<T>(
  ask: () => Answer<T>,
  go: (value: T) => void,
  refuse: (error: unknown) => void,
): Promise<void> | undefined {
  let outcome: Answer<T>;
  try {
    outcome = ask();
  } catch (error) {
    refuse(error);
    return undefined;
  }
  if (outcome instanceof Promise) return outcome.then(go, refuse);
  go(outcome);
  return undefined;
}

/** Tells the plugins that a request was refused. */
export function tellRefusal(
  events: EventHub<RealmEvents>,
  session: SessionInfo,
  message: Publish | Subscribe | Call | Register,
  by: RefusedBy,
  error: WampError,
): void {
  if (!events.has("actionRefused")) return;
  const { options } = message;
  switch (message.type) {
    case M.CALL:
      return events.emit(
        "actionRefused",
        session,
        { type: "call", uri: message.procedure, match: "exact", options },
        by,
        error,
      );
    case M.PUBLISH:
      return events.emit(
        "actionRefused",
        session,
        { type: "publish", uri: message.topic, match: "exact", options },
        by,
        error,
      );
    case M.SUBSCRIBE: {
      const { match = "exact" } = message.options;
      return events.emit(
        "actionRefused",
        session,
        { type: "subscribe", uri: message.topic, match, options },
        by,
        error,
      );
    }
    case M.REGISTER: {
      const { match = "exact" } = message.options;
      return events.emit(
        "actionRefused",
        session,
        { type: "register", uri: message.procedure, match, options },
        by,
        error,
      );
    }
  }
}
