import {
  ErrorUri,
  isUri,
  MessageType as M,
  ProtocolError,
  WampError,
  type Call,
  type Cancel,
  type CancelMode,
  type Dict,
  type ErrorMessage,
  type Id,
  type Payload,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import type { Callee } from "./callee.js";
import { checkCall, checkCallee, timeoutOf } from "./call-rules.js";
import { chooseCallee } from "./choose-callee.js";
import { invocationDetails, NO_DETAILS } from "./invocation-details.js";
import { carryOver, isPassthru } from "./passthru.js";
import { announces, canCancel, passesThrough } from "./peer-features.js";
import { PendingCall } from "./pending-call.js";
import type { Permit } from "./permit.js";
import type { RealmServices } from "./realm-services.js";
import type { Registration } from "./registration.js";
import { errorReply } from "./replies.js";
import type { Session } from "./session.js";

/**
 * The calls of one realm on their way. However a call goes (answered, failed, cancelled, timed out, abandoned by either
 * side), its caller gets exactly one final answer, and nothing of it stays behind.
 */
export class Calls {
  readonly #realm: RealmServices;

  constructor(realm: RealmServices) {
    this.#realm = realm;
  }

  /** The caller's call that is in flight under a request id, if any. */
  start(caller: Session, message: Call, permit: Permit, registration: Registration): void {
    checkCall(message, permit);
    this.#checkPending(caller);
    const call = new PendingCall(caller, message, permit, registration);
    const callee = this.#choose(call);
    if (callee === undefined) return this.#enqueue(call);
    this.#admit(call);
    try {
      this.#invoke(call, callee);
    } catch (error) {
      this.#forget(call);
      throw error;
    }
  }

  /**
   * More arguments for a call in flight (spec: "Progressive Call Invocations").
   * @throws ProtocolError when the call was not left open, or is for another procedure.
   */
  proceed(call: PendingCall, { request, procedure, options, payload }: Call): void {
    if (!call.open || procedure !== call.procedure)
      throw new ProtocolError(
        `CALL.Request: ${request} is in use by a call of "${call.procedure}" that has no answer yet`,
      );
    call.open = options.progress === true;
    if (call.interrupted || call.callee === undefined) return;
    // What was sent before cannot be sent again to somebody else.
    call.payload = undefined;
    try {
      this.#send(call, call.callee, payload, call.open);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#interrupt(call, "killnowait");
      this.#finish(call, error);
    }
  }

  /** CANCEL (spec: "Call Canceling"). A call that is answered already is nobody's fault. */
  cancel(caller: Session, { request, options }: Cancel): void {
    const call = caller.calls.get(request);
    if (call !== undefined)
      this.#cancel(
        call,
        options.mode ?? "killnowait",
        new WampError(ErrorUri.CANCELED, "the caller cancelled the call"),
      );
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION, or uses a feature it did not announce. */
  yield(session: Session, { request, options, payload }: Yield): void {
    const call = this.#answered(session, request, "YIELD");
    if (call === undefined) return;
    if (isPassthru(options) && !passesThrough(call.caller, "caller")) return this.#notForCaller(call, session);
    if (options.progress === true) return this.#progress(call, options, payload);
    this.#forget(call);
    const details = resultDetails(options, false);
    if (call.caller.send({ type: M.RESULT, request: call.request, details, payload })) return;
    this.#answer(call, new WampError(ErrorUri.INVALID_ARGUMENT, "the result cannot be encoded for the caller"));
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  error(session: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== M.INVOCATION)
      throw new ProtocolError(`ERROR.REQUEST.Type: expected ${M.INVOCATION} (INVOCATION), got ${requestType}`);
    const call = this.#answered(session, request, "ERROR");
    if (call === undefined) return;
    if (error === ErrorUri.UNAVAILABLE && announces(session, "callee", "call_reroute"))
      return this.#reroute(call, session);
    if (!isUri(error)) return this.#finish(call, invalidError(error));
    this.#forget(call);
    const reply = { type: M.ERROR, requestType: M.CALL, request: call.request, details, error, payload } as const;
    if (call.caller.send(reply)) return;
    this.#answer(call, new WampError(error, "the error's payload cannot be encoded for the caller"));
  }

  /** A session leaves: its own calls are abandoned, those that it works on fail (spec: "Caller Leaving", "Callee Leaving"). */
  remove(session: Session): void {
    for (const call of session.calls.values()) {
      this.#interrupt(call, "killnowait");
      this.#forget(call);
    }
    for (const call of session.invocations.values())
      this.#finish(call, new WampError(ErrorUri.CANCELED, "the callee left before it answered"));
  }

  /** A registration is gone: nobody will ever serve the calls that wait for it. */
  abandonQueue(registration: Registration): void {
    for (const call of registration.queue)
      this.#finish(call, new WampError(ErrorUri.CANCELED, "the procedure was unregistered while the call waited"));
  }

  #choose(call: PendingCall): Callee | undefined {
    const { registration, options, tried } = call;
    const rkey = options.runmode === "partition" ? options.rkey : undefined;
    return chooseCallee(registration, this.#realm.random, tried, rkey);
  }

  #admit(call: PendingCall): void {
    call.caller.calls.set(call.request, call);
    call.timeout = timeoutOf(call);
  }

  #enqueue(call: PendingCall): void {
    const limit = this.#realm.limits.queuedCallsPerRegistration;
    if (call.open || call.registration.queue.size >= limit) {
      this.#realm.metrics.count("limit_queued_calls_per_registration");
      throw new WampError(ErrorUri.MAX_CONCURRENCY_REACHED, "every callee is busy, and as many calls wait as may");
    }
    this.#admit(call);
    call.registration.queue.add(call);
    this.#restartTimer(call);
  }

  /** @throws WampError when the callee cannot take this call. */
  #invoke(call: PendingCall, callee: Callee): void {
    checkCallee(call, callee);
    const payload = call.payload!;
    call.callee = callee;
    call.invocation = callee.session.nextInvocation;
    callee.active++;
    callee.session.invocations.set(call.invocation, call);
    // Kept only where another callee could be asked, so that a large call is not held in memory for nothing.
    if (call.registration.callees.length === 1 || !announces(callee.session, "callee", "call_reroute"))
      call.payload = undefined;
    this.#send(call, callee, payload, call.open);
    callee.session.countInvocation();
    if (call.timeout > 0) this.#restartTimer(call);
  }

  #send(call: PendingCall, callee: Callee, payload: Payload, progress: boolean): void {
    const details = invocationDetails(call, callee, progress, this.#realm.strictProgressiveResults);
    const { registration, invocation: request } = call;
    if (callee.session.send({ type: M.INVOCATION, request, registration: registration.id, details, payload })) return;
    throw new WampError(ErrorUri.INVALID_ARGUMENT, "the arguments cannot be encoded for the callee");
  }

  #progress(call: PendingCall, options: Yield["options"], payload: Payload): void {
    this.#restartTimer(call);
    // Progress that nobody asked for is not passed on (spec: "Progressive Call Results").
    if (call.options.receive_progress !== true) return;
    call.caller.send({ type: M.RESULT, request: call.request, details: resultDetails(options, true), payload });
  }

  #cancel(call: PendingCall, mode: CancelMode, error: WampError, reason?: Uri): void {
    const interruptible = call.callee !== undefined && canCancel(call.callee.session);
    if (mode === "kill" && interruptible) {
      if (!call.interrupted) this.#interrupt(call, "kill", reason);
      call.interrupted = true;
      return;
    }
    if (mode !== "skip") this.#interrupt(call, "killnowait", reason);
    this.#finish(call, error);
  }

  #interrupt({ callee, invocation: request }: PendingCall, mode: CancelMode, reason?: Uri): void {
    if (callee === undefined || !canCancel(callee.session)) return;
    callee.session.send({ type: M.INTERRUPT, request, options: reason === undefined ? { mode } : { mode, reason } });
  }

  /** The callee has no time: ask the next one that the invocation policy gives (spec: "Call Re-Routing"). */
  #reroute(call: PendingCall, session: Session): void {
    (call.tried ??= new Set()).add(session);
    this.#release(call);
    const next = call.payload === undefined || call.interrupted ? undefined : this.#choose(call);
    if (next === undefined)
      return this.#finish(
        call,
        new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "every callee said that it is unavailable"),
      );
    this.#attempt(call, next);
  }

  #notForCaller(call: PendingCall, callee: Session): void {
    const { invocation } = call;
    const error = new WampError(ErrorUri.FEATURE_NOT_SUPPORTED, "the caller did not announce payload_passthru_mode");
    this.#finish(call, error);
    callee.send(errorReply(M.YIELD, invocation, error));
  }

  /** The call that a callee answers, or `undefined` when the answer comes too late. */
  #answered(session: Session, request: Id, message: string): PendingCall | undefined {
    const call = session.invocations.get(request);
    if (call === undefined && !session.wasInvoked(request))
      throw new ProtocolError(`${message}.Request: ${request} is no INVOCATION that was sent to this session`);
    return call;
  }

  #finish(call: PendingCall, error: WampError): void {
    this.#forget(call);
    this.#answer(call, error);
  }

  #answer(call: PendingCall, error: WampError): void {
    call.caller.send(errorReply(M.CALL, call.request, error));
  }

  #forget(call: PendingCall): void {
    call.caller.calls.delete(call.request);
    if (call.options.progress === true) call.caller.rememberStream(call.request);
    call.cancelTimer?.();
    if (call.callee === undefined) call.registration.queue.delete(call);
    else this.#release(call);
  }

  /** The callee is done with the call, and has time for one that waits. */
  #release(call: PendingCall): void {
    const { callee, registration } = call;
    if (callee === undefined) return;
    call.callee = undefined;
    callee.active--;
    callee.session.invocations.delete(call.invocation);
    if (registration.queue.size > 0) this.#serveQueue(registration);
  }

  #serveQueue(registration: Registration): void {
    for (const call of registration.queue) {
      const callee = this.#choose(call);
      // The next one may be for another shard.
      if (callee === undefined) continue;
      registration.queue.delete(call);
      this.#attempt(call, callee);
      return;
    }
  }

  #attempt(call: PendingCall, callee: Callee): void {
    try {
      this.#invoke(call, callee);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#finish(call, error);
    }
  }

  #restartTimer(call: PendingCall): void {
    call.cancelTimer?.();
    if (call.timeout === 0 || (call.callee?.forwardTimeout === true && call.permit.maxCallTimeout === undefined))
      return;
    call.cancelTimer = this.#realm.clock.schedule(call.timeout, () =>
      this.#cancel(
        call,
        "killnowait",
        new WampError(ErrorUri.TIMEOUT, `no answer within ${call.timeout} ms`),
        ErrorUri.TIMEOUT,
      ),
    );
  }

  #checkPending(caller: Session): void {
    const limit = this.#realm.limits.pendingCallsPerSession;
    if (caller.calls.size < limit || caller.trusted) return;
    this.#realm.metrics.count("limit_pending_calls_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may have at most ${limit} calls without an answer`);
  }
}

/** A callee's mistake must not become a protocol error in the eyes of its callers. */
function invalidError(error: string): WampError {
  return new WampError(
    ErrorUri.INVALID_URI,
    `the callee answered with an error whose URI is none: "${error.slice(0, 80)}"`,
  );
}

function resultDetails(options: Dict, progress: boolean): Dict {
  let plain = !progress;
  for (const _option in options) plain = false;
  if (plain) return NO_DETAILS;
  const details: Record<string, unknown> = progress ? { progress } : {};
  carryOver(options, details);
  return details;
}
