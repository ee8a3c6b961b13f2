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
import { checkCall } from "./call-rules.js";
import { NO_DETAILS } from "./invocation-details.js";
import { Invocations } from "./invocations.js";
import { carryOver, isPassthru } from "../payload/passthru.js";
import { announces } from "../session/peer-features.js";
import { PendingCall } from "./pending-call.js";
import type { Permit } from "../auth/permit.js";
import type { RealmServices } from "../realm-services.js";
import type { Registration } from "./registration.js";
import { errorReply, undeliverable } from "../session/replies.js";
import type { Session } from "../session/session.js";
import { CallBook } from "./session-calls.js";

/**
 * The calls of one realm on their way. However a call goes (answered, failed, cancelled, timed out, abandoned by either
 * side), its caller gets exactly one final answer, and nothing of it stays behind.
 */
export class Calls {
  readonly #realm: RealmServices;
  readonly #match: (procedure: Uri) => Registration | undefined;
  readonly #book = new CallBook();
  readonly #invocations: Invocations;

  /** @param match - the registration that a call of this procedure goes to now. */
  constructor(realm: RealmServices, match: (procedure: Uri) => Registration | undefined) {
    this.#realm = realm;
    this.#match = match;
    this.#invocations = new Invocations(realm, this.#book, {
      placed: (call) => this.#watch(call),
      failed: (call, error) => this.#end(call, error),
    });
  }

  /** @throws WampError when the call cannot be made; nothing was sent to a callee then. */
  start(caller: Session, message: Call, permit: Permit, registration: Registration): void {
    checkCall(message, permit);
    const { made } = this.#book.of(caller);
    this.#checkPending(caller, made.size);
    const call = new PendingCall(caller, message, permit, registration);
    this.#invocations.keepOptions(call);
    made.set(call.request, call);
    try {
      this.#invocations.place(call);
    } catch (error) {
      this.#forget(call);
      throw error;
    }
  }

  /**
   * Takes a CALL that is no new one: more arguments for one in flight (spec: "Progressive Call Invocations"), or for one
   * whose answer the caller had not got yet, which are discarded (spec: "Continuations on Completed Calls").
   *
   * @returns false when it is a new one.
   * @throws ProtocolError when the call in flight was not left open, or is for another procedure.
   */
  proceed(caller: Session, message: Call): boolean {
    const calls = this.#book.of(caller);
    const call = calls.made.get(message.request);
    if (call !== undefined) this.#proceed(call, message);
    return call !== undefined || calls.wasStream(message.request);
  }

  /** The call is refused, and the caller may have sent more arguments before it learns that. */
  refuse(caller: Session, { request, options }: Call): void {
    if (options.progress === true) this.#book.of(caller).rememberStream(request);
  }

  /** The call that a session in this process is to work on, if it still is. */
  invoked(callee: Session, request: Id): PendingCall | undefined {
    return this.#book.find(callee)?.working.get(request);
  }

  #proceed(call: PendingCall, { request, procedure, options, payload }: Call): void {
    if (!call.open || procedure !== call.procedure)
      throw new ProtocolError(
        `CALL.Request: ${request} is in use by a call of "${call.procedure}" that has no answer yet`,
      );
    call.open = options.progress === true;
    if (call.interrupted || call.callee === undefined) return;
    // What was sent before cannot be sent again to somebody else.
    this.#invocations.dropPayload(call);
    try {
      this.#invocations.send(call, call.callee, payload);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#invocations.interrupt(call, "killnowait");
      this.#finish(call, error);
    }
  }

  /** CANCEL (spec: "Call Canceling"). A call that is answered already is nobody's fault. */
  cancel(caller: Session, { request, options }: Cancel): void {
    const call = this.#book.of(caller).made.get(request);
    if (call === undefined) return;
    const mode = options.mode ?? "killnowait";
    if (mode === "kill" && (call.interrupted || this.#invocations.interrupt(call, "kill"))) {
      call.interrupted = true;
      return;
    }
    this.#giveUp(call, mode, new WampError(ErrorUri.CANCELED, "the caller cancelled the call"));
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  yield(session: Session, { request, options, payload }: Yield): void {
    const call = this.#answered(session, request, "YIELD");
    if (call === undefined) return;
    if (call.lingers) return options.progress === true ? undefined : this.#freeCallee(call);
    if (isPassthru(options) && !announces(call.caller, "caller.payload_passthru_mode"))
      return this.#notForCaller(call, session);
    if (options.progress === true) return this.#progress(call, options, payload);
    this.#forget(call);
    const details = resultDetails(options, false);
    if (!call.caller.send({ type: M.RESULT, request: call.request, details, payload }))
      this.#answer(call, undeliverable(call.caller, "the result", "the caller"));
    this.#invocations.serve(call.registration);
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  error(session: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== M.INVOCATION)
      throw new ProtocolError(`ERROR.REQUEST.Type: expected ${M.INVOCATION} (INVOCATION), got ${requestType}`);
    const call = this.#answered(session, request, "ERROR");
    if (call === undefined) return;
    if (call.lingers) return this.#freeCallee(call);
    if (error === ErrorUri.UNAVAILABLE && announces(session, "callee.call_reroute"))
      return this.#reroute(call, session);
    if (!isUri(error)) return this.#finish(call, invalidError(error));
    this.#forget(call);
    const reply = { type: M.ERROR, requestType: M.CALL, request: call.request, details, error, payload } as const;
    if (!call.caller.send(reply)) this.#answer(call, undeliverableError(call.caller, error));
    this.#invocations.serve(call.registration);
  }

  /** Calls without an answer, those of them that wait for a callee, and sessions that have a record of calls. */
  get counts(): { readonly pending: number; readonly waiting: number; readonly sessions: number } {
    return { pending: this.#book.pending, waiting: this.#invocations.waitingCalls, sessions: this.#book.size };
  }

  /** Takes back the calls of a session that wait for a callee. */
  withdraw(session: Session): void {
    for (const call of this.#book.of(session).made.values()) if (call.callee === undefined) this.#forget(call);
  }

  /** A session leaves: its own calls are abandoned, those that it works on fail (spec: "Caller Leaving", "Callee Leaving"). */
  remove(session: Session): void {
    const freed = new Set<Registration>();
    const { made, working } = this.#book.of(session);
    for (const call of made.values()) {
      this.#detach(call, "killnowait");
      freed.add(call.registration);
    }
    for (const call of working.values()) {
      if (call.lingers) this.#letGo(call);
      else this.#end(call, new WampError(ErrorUri.CANCELED, "the callee left before it answered"));
      freed.add(call.registration);
    }
    this.#book.delete(session);
    for (const registration of freed) this.#invocations.serve(registration);
  }

  /** A callee has come or gone: calls that wait go to those that are there, or fail when there is nobody. */
  calleesChanged(registration: Registration): void {
    for (const call of this.#invocations.stranded(registration)) this.#end(call, strandedError(registration));
    this.#invocations.serve(registration);
  }

  #progress(call: PendingCall, options: Yield["options"], payload: Payload): void {
    // The time runs between results, too (spec: "Progressive Call Results", "Timeouts").
    this.#stopWatch(call);
    this.#watch(call);
    // Progress that nobody asked for is not passed on (spec: "Progressive Call Results").
    if (call.options.receive_progress !== true) return;
    if (!call.caller.send({ type: M.RESULT, request: call.request, details: resultDetails(options, true), payload }))
      this.#giveUp(call, "killnowait", undeliverable(call.caller, "a progressive result", "the caller"));
  }

  /** The callee has no time: ask the next one that the invocation policy gives (spec: "Call Re-Routing"). */
  #reroute(call: PendingCall, session: Session): void {
    (call.tried ??= new Set()).add(session);
    this.#invocations.release(call);
    // The one that it was called on may be gone, and others may have registered the procedure since.
    if (call.registration.callees.length === 0) call.registration = this.#match(call.procedure) ?? call.registration;
    try {
      if (call.interrupted) throw new WampError(ErrorUri.CANCELED, "the caller cancelled the call");
      if (call.payload === undefined) throw new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "the callee is unavailable");
      this.#invocations.place(call);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#end(call, error);
    }
    this.#invocations.serve(call.registration);
  }

  #notForCaller(call: PendingCall, callee: Session): void {
    const { invocation } = call;
    const error = new WampError(ErrorUri.FEATURE_NOT_SUPPORTED, "the caller did not announce payload_passthru_mode");
    callee.send(errorReply(M.YIELD, invocation, error));
    this.#finish(call, error);
  }

  /** The call that a callee answers, or `undefined` when the answer comes too late. */
  #answered(session: Session, request: Id, message: string): PendingCall | undefined {
    const calls = this.#book.of(session);
    const call = calls.working.get(request);
    if (call === undefined && !calls.wasInvoked(request))
      throw new ProtocolError(`${message}.Request: ${request} is no INVOCATION that was sent to this session`);
    return call;
  }

  /** Answers the caller without waiting for the callee. */
  #giveUp(call: PendingCall, mode: CancelMode, error: WampError, reason?: Uri): void {
    this.#detach(call, mode, reason);
    this.#answer(call, error);
    this.#invocations.serve(call.registration);
  }

  /** The caller is done with the call. A callee that cannot be told so is busy with it until it has answered. */
  #detach(call: PendingCall, mode: CancelMode, reason?: Uri): void {
    const told = mode !== "skip" && this.#invocations.interrupt(call, "killnowait", reason);
    call.lingers = !told && call.callee !== undefined && Number.isFinite(call.callee.concurrency);
    this.#forget(call);
  }

  /** The answer of a callee that nobody waited for but the calls in the queue. */
  #freeCallee(call: PendingCall): void {
    this.#letGo(call);
    this.#invocations.serve(call.registration);
  }

  #letGo(call: PendingCall): void {
    call.lingers = false;
    this.#invocations.release(call);
  }

  #finish(call: PendingCall, error: WampError): void {
    this.#end(call, error);
    this.#invocations.serve(call.registration);
  }

  #end(call: PendingCall, error: WampError): void {
    this.#forget(call);
    this.#answer(call, error);
  }

  #answer(call: PendingCall, error: WampError): void {
    call.caller.send(errorReply(M.CALL, call.request, error));
  }

  #forget(call: PendingCall): void {
    const calls = this.#book.of(call.caller);
    calls.made.delete(call.request);
    calls.letGo(call.optionBytes);
    this.#invocations.dropPayload(call);
    if (call.options.progress === true) calls.rememberStream(call.request);
    this.#stopWatch(call);
    this.#invocations.release(call);
  }

  /** The time runs from the CALL on, wherever the call is; unless a callee minds it (spec: "Call Timeouts"). */
  #watch(call: PendingCall): void {
    if (call.timeout === 0) return;
    if (call.callee?.forwardTimeout === true && call.permit.maxCallTimeout === undefined) return this.#stopWatch(call);
    call.cancelTimer ??= this.#realm.clock.schedule(call.timeout, () => {
      const error = new WampError(ErrorUri.TIMEOUT, `no answer within ${call.timeout} ms`);
      this.#giveUp(call, "killnowait", error, ErrorUri.TIMEOUT);
    });
  }

  #stopWatch(call: PendingCall): void {
    call.cancelTimer?.();
    call.cancelTimer = undefined;
  }

  #checkPending(caller: Session, pending: number): void {
    const limit = this.#realm.limits.pendingCallsPerSession;
    if (pending < limit || caller.trusted) return;
    this.#realm.metrics.count("limit_pending_calls_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may have at most ${limit} calls without an answer`);
  }
}

/** The callee's URI says more than ours, as long as its payload is all that did not fit. */
function undeliverableError(caller: Session, error: Uri): WampError {
  const reason = undeliverable(caller, "the error's payload", "the caller");
  return caller.refusal === "length" ? reason : new WampError(error, reason.message);
}

/** A callee's mistake must not become a protocol error in the eyes of its callers. */
function invalidError(error: string): WampError {
  return new WampError(
    ErrorUri.INVALID_URI,
    `the callee answered with an error whose URI is none: "${error.slice(0, 80)}"`,
  );
}

/** What becomes of a call that waited for callees who are all gone. */
function strandedError({ callees }: Registration): WampError {
  return callees.length === 0
    ? new WampError(ErrorUri.CANCELED, "the procedure was unregistered while the call waited")
    : new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "every callee that is left said that it is unavailable");
}

function resultDetails(options: Dict, progress: boolean): Dict {
  let plain = !progress;
  for (const _option in options) plain = false;
  if (plain) return NO_DETAILS;
  const details: Record<string, unknown> = progress ? { progress } : {};
  carryOver(options, details);
  return details;
}
