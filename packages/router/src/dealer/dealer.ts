import {
  ErrorUri,
  isUri,
  MessageType as M,
  ProtocolError,
  WampError,
  type Call,
  type Cancel,
  type ErrorMessage,
  type Id,
  type Register,
  type Unregister,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import { ALLOWED, type Permit } from "../auth/authorizer.js";
import { isPassthru } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import { errorReply, type Session } from "../session/session.js";
import { calleeLeft, cancelled, checkCall, invalidErrorUri, outcomeOfError, outcomeOfRefusal } from "./call-rules.js";
import { Calls } from "./calls.js";
import { resultDetails } from "./invocations.js";
import { infoOf, PendingCall } from "./pending-call.js";
import type { Registration } from "./registration.js";
import { Registrations } from "./registrations.js";

/** How many calls a realm has, and sessions with a record of calls. */
export interface CallCounts {
  /** Calls without an answer. */
  readonly pending: number;
  /** Those of them that wait for a callee. */
  readonly waiting: number;
  readonly sessions: number;
}

/**
 * Registrations and calls of one realm (spec: "Remote Procedure Calls"): one method per message. What becomes of
 * the calls is for {@link Calls}.
 */
export class Dealer {
  readonly registrations: Registrations;
  readonly #realm: RealmServices;
  readonly #calls: Calls;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.registrations = new Registrations(realm);
    this.#calls = new Calls(realm, this.registrations);
  }

  get calls(): CallCounts {
    const { sessions, waiting } = this.#calls;
    return { pending: sessions.pendingCalls, waiting, sessions: sessions.size };
  }

  /** The registration that a call of this procedure is routed to. Clients' patterns never match reserved procedures. */
  match(procedure: Uri): Registration | undefined {
    return this.#calls.match(procedure);
  }

  /** Calls that a session waits for. */
  pendingOf(caller: Session): number {
    return this.#calls.sessions.find(caller)?.calls.size ?? 0;
  }

  /** The call of an INVOCATION that a session inside the process received, if it is still pending. */
  invoked(callee: Session, request: Id): PendingCall | undefined {
    return this.#calls.sessions.find(callee)?.invocations.get(request);
  }

  /** @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached. */
  register(session: Session, message: Register, permit: Permit = ALLOWED): void {
    const known = this.registrations.index.get(message.procedure, message.options.match ?? "exact");
    if (known !== undefined) this.#calls.detachLeaving(known);
    for (const registration of this.registrations.register(session, message, permit))
      this.#calls.calleesChanged(registration);
  }

  /** @throws WampError when the session does not hold that registration. */
  unregister(session: Session, message: Unregister): void {
    this.#calls.calleesChanged(this.registrations.unregister(session, message));
  }

  /** Revokes a registration from a session. @returns whether the session held it. */
  revoke(registration: Registration, session: Session, reason?: string): boolean {
    const revoked = this.registrations.revoke(registration, session, reason);
    if (revoked) this.#calls.calleesChanged(registration);
    return revoked;
  }

  /**
   * Makes a call.
   * @returns whether the router itself answers it.
   * @throws WampError when it cannot be made; no callee was sent anything then. Pass the error to {@link refuse}.
   */
  call(caller: Session, message: Call, permit: Permit = ALLOWED): boolean {
    const registration = this.match(message.procedure);
    if (registration === undefined)
      throw new WampError(ErrorUri.NO_SUCH_PROCEDURE, `no callee is registered for procedure "${message.procedure}"`);
    checkCall(message, permit);
    this.#checkPending(caller);
    const call = new PendingCall(caller, message, permit, registration, this.#realm.clock.monotonic());
    this.#calls.open(call);
    const { events } = this.#realm;
    if (events.has("callStarted")) events.emit("callStarted", infoOf(call));
    return registration.callees[0]?.session.trusted === true;
  }

  /**
   * Handles a CALL with the id of an earlier one: further arguments for a pending call (spec: "Progressive Call
   * Invocations"), or for an answered one, which are discarded (spec: "Continuations on Completed Calls").
   *
   * @returns false when the call is new.
   * @throws ProtocolError when the pending call takes no further arguments, or is for another procedure.
   */
  continueCall(caller: Session, message: Call): boolean {
    const calls = this.#calls.sessions.of(caller);
    const call = calls.calls.get(message.request);
    if (call === undefined) return calls.wasStream(message.request);
    if (!call.open || message.procedure !== call.procedure)
      throw new ProtocolError(
        `CALL.Request: id ${call.request} belongs to a pending call of "${call.procedure}"; use a new id`,
      );
    call.open = message.options.progress === true;
    if (call.state === "invoked") this.#calls.sendFurther(call, message);
    return true;
  }

  /** Whether a CALL carries further arguments for a call that is not answered. */
  isPending(caller: Session, { request }: Call): boolean {
    return this.#calls.sessions.find(caller)?.calls.get(request) !== undefined;
  }

  /**
   * Notes that a CALL was refused, by an authorizer or by {@link call}. Further arguments that the caller still sends for
   * it are discarded.
   */
  refuse(caller: Session, { request, options }: Call, error: WampError): void {
    if (options.progress === true) this.#calls.sessions.of(caller).rememberStream(request);
    this.#calls.ended(outcomeOfRefusal(error));
  }

  /** Notes that the caller of a CALL left while its authorizer decided. */
  lose(): void {
    this.#calls.ended("caller_lost");
  }

  /** Ends a call whose further arguments were refused, unless it is answered. @returns `false` when the call is new. */
  abandon(caller: Session, { request }: Pick<Call, "request">, error: WampError): boolean {
    const calls = this.#calls.sessions.of(caller);
    const call = calls.calls.get(request);
    if (call === undefined) return calls.wasStream(request);
    this.#calls.fail(call, error, "error", "interrupt");
    this.#calls.serve(call.registration);
    return true;
  }

  /** Cancels a call (spec: "Call Canceling"). An unknown id is no error: the call may have been answered. */
  cancel(caller: Session, { request, options }: Cancel): void {
    const call = this.#calls.sessions.of(caller).calls.get(request);
    if (call === undefined) return;
    const { mode = "killnowait" } = options;
    if (mode === "kill" && (call.state === "interrupted" || this.#calls.invocations.interrupt(call, "kill"))) {
      call.state = "interrupted";
      return;
    }
    this.#calls.fail(call, cancelled(), "canceled", mode === "skip" ? "keep" : "interrupt");
    this.#calls.serve(call.registration);
  }

  /** @throws ProtocolError when the callee was never sent such an INVOCATION. */
  yield(callee: Session, message: Yield): void {
    const call = this.#calls.sessions.of(callee).answered(message.request, "YIELD");
    if (call === undefined) return;
    const progress = message.options.progress === true;
    if (call.state === "abandoned") {
      if (!progress) this.#calls.invocations.release(call);
    } else if (isPassthru(message.options) && !announces(call.caller, "caller.payload_passthru_mode"))
      this.#refusePassthru(call, callee);
    else if (progress) this.#calls.progress(call, message);
    else {
      const { options, payload } = message;
      const details = resultDetails(options, false);
      this.#calls.settle(call, { type: M.RESULT, request: call.request, details, payload }, "ok", "release");
    }
    this.#calls.serve(call.registration);
  }

  /**
   * Fails the call whose result was refused, and tells the callee.
   *
   * @throws ProtocolError when the callee was never sent such an INVOCATION.
   */
  refuseYield(callee: Session, { request, options }: Yield, error: WampError): void {
    const call = this.#calls.sessions.of(callee).answered(request, "YIELD");
    if (call === undefined) return;
    const isLast = options.progress !== true;
    callee.send(errorReply(M.YIELD, call.invocation, error));
    if (call.state !== "abandoned") this.#calls.fail(call, error, "error", isLast ? "release" : "interrupt");
    else if (isLast) this.#calls.invocations.release(call);
    this.#calls.serve(call.registration);
  }

  /** @throws ProtocolError when the callee was never sent such an INVOCATION. */
  error(callee: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== M.INVOCATION)
      throw new ProtocolError(`ERROR.REQUEST.Type: expected ${M.INVOCATION} (INVOCATION), got ${requestType}`);
    const call = this.#calls.sessions.of(callee).answered(request, "ERROR");
    if (call === undefined) return;
    if (call.state === "abandoned") this.#calls.invocations.release(call);
    else if (error === ErrorUri.UNAVAILABLE && announces(callee, "callee.call_reroute"))
      this.#calls.reroute(call, callee);
    else if (!isUri(error)) this.#calls.fail(call, invalidErrorUri(error), "error", "release");
    else {
      const reply = { type: M.ERROR, requestType: M.CALL, request: call.request, details, error, payload } as const;
      this.#calls.settle(call, reply, outcomeOfError(call, error), "release");
    }
    this.#calls.serve(call.registration);
  }

  /**
   * Removes a leaving session from its registrations, and from the calls it made or works on (spec: "Caller Leaving", "Callee
   * Leaving"), one for each step that is taken. From this call on it is invoked no more.
   */
  remove(session: Session): Iterable<unknown> {
    return this.#removal(session, this.registrations.remove(session));
  }

  *#removal(session: Session, registrations: Iterable<Registration>): Generator<unknown, void> {
    const { calls, invocations } = this.#calls.sessions.of(session);
    // Between two steps, a call may have ended otherwise.
    const isPending = (call: PendingCall): boolean => calls.get(call.request) === call;
    // Before its registrations: as those go, waiting calls are assigned or fail.
    for (const call of calls.values()) {
      if (call.state === "waiting" && isPending(call))
        yield this.#calls.settle(call, undefined, "caller_lost", "release");
    }
    for (const registration of registrations) yield this.#calls.calleesChanged(registration);
    for (const call of calls.values()) {
      if (!isPending(call)) continue;
      this.#calls.settle(call, undefined, "caller_lost", "interrupt");
      yield this.#calls.serve(call.registration);
    }
    for (const call of invocations.values()) {
      if (invocations.get(call.invocation) !== call) continue;
      if (call.state === "abandoned") this.#calls.invocations.release(call);
      else this.#calls.fail(call, calleeLeft(), "callee_lost", "release");
      yield this.#calls.serve(call.registration);
    }
    this.#calls.sessions.delete(session);
  }

  #refusePassthru(call: PendingCall, callee: Session): void {
    const error = new WampError(ErrorUri.FEATURE_NOT_SUPPORTED, "the caller did not announce payload_passthru_mode");
    callee.send(errorReply(M.YIELD, call.invocation, error));
    this.#calls.fail(call, error, "error", "release");
  }

  #checkPending(caller: Session): void {
    const limit = this.#realm.limits.pendingCallsPerSession;
    if (caller.trusted || this.pendingOf(caller) < limit) return;
    this.#realm.metrics.count("limit_pending_calls_per_session");
    throw new WampError(
      ErrorUri.LIMIT_EXCEEDED,
      `the session has ${limit} pending calls, the maximum; await some first`,
    );
  }
}
