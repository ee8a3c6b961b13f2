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
import type { RegistrationGrant } from "../fabric/fabric.js";
import type { RemoteRegistration } from "../fabric/fabric-realm.js";
import type { RemoteSession } from "../fabric/remote-session.js";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import { errorReply, type Session } from "../session/session.js";
import {
  calleeLeft,
  cancelled,
  checkCall,
  noSuchProcedure,
  invalidErrorUri,
  outcomeOfError,
  outcomeOfRefusal,
} from "./call-rules.js";
import { AwaitedRegistrations } from "./awaited-registrations.js";
import { Calls } from "./calls.js";
import { resultDetails } from "./invocations.js";
import { infoOf, PendingCall } from "./pending-call.js";
import type { Registration } from "./registration.js";
import { Registrations } from "./registrations.js";
import { RemoteCalls } from "./remote-calls.js";

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
  /** Calls from and to other nodes. */
  readonly remote: RemoteCalls;
  readonly #realm: RealmServices;
  readonly #calls: Calls;
  readonly #awaited: AwaitedRegistrations;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.registrations = new Registrations(realm);
    this.#calls = new Calls(realm, this.registrations);
    this.#awaited = new AwaitedRegistrations((...registering) => this.#register(...registering));
    this.remote = new RemoteCalls(realm, this.registrations, this.#calls, this.#awaited);
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

  /**
   * Registers a procedure.
   *
   * @returns a promise while other nodes are asked and told; until it settles, the session must not be read from.
   * @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached; as a rejection when
   * other nodes were asked.
   */
  register(session: Session, message: Register, permit: Permit = ALLOWED): Promise<void> | undefined {
    const known = this.registrations.index.get(message.procedure, message.options.match ?? "exact");
    if (known !== undefined) this.#calls.detachLeaving(known);
    const { fabric } = this.#realm;
    if (fabric === undefined || session.reach === "node") return this.#register(session, message, permit);
    this.registrations.check(session, message, permit);
    return this.#awaited.register(fabric, session, message, permit);
  }

  #register(session: Session, message: Register, permit: Permit, grant?: RegistrationGrant): undefined {
    for (const registration of this.registrations.register(session, message, permit, grant))
      this.#calls.calleesChanged(registration);
  }

  /** Makes a session a callee now whose REGISTERED waits for other nodes: they know of it already. */
  completeRegistration(session: Id, id: Id): void {
    this.#awaited.complete(session, id);
  }

  /** Adds a callee of another node, or gives it other options and another place. */
  addRemote(session: RemoteSession, registration: RemoteRegistration): void {
    this.#calls.calleesChanged(this.registrations.addRemote(session, registration));
  }

  /** Takes a callee of another node off a registration. */
  removeRemote(session: RemoteSession, id: Id): void {
    const registration = this.registrations.removeRemote(session, id);
    if (registration !== undefined) this.#calls.calleesChanged(registration);
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
    if (registration === undefined) throw noSuchProcedure(message.procedure, this.#realm.fabric?.isolated);
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
    else if (error === ErrorUri.UNAVAILABLE && call.inbound === undefined && announces(callee, "callee.call_reroute"))
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
   * @param error - what the callers of calls that it works on get.
   */
  remove(session: Session, error: WampError = calleeLeft()): Iterable<unknown> {
    return this.#removal(session, this.registrations.remove(session), error);
  }

  *#removal(session: Session, registrations: Iterable<Registration>, error: WampError): Generator<unknown, void> {
    // Before its registrations: as those go, waiting calls are assigned or fail.
    yield* this.#calls.dropWaiting(session);
    for (const registration of registrations) yield this.#calls.calleesChanged(registration);
    yield* this.#calls.endAll(session, error);
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
