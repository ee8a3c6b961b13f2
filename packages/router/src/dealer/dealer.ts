import {
  ErrorUri,
  isReservedUri,
  isUri,
  MessageType as M,
  ProtocolError,
  WampError,
  type Call,
  type Cancel,
  type ErrorMessage,
  type Id,
  type Register,
  type Result,
  type Unregister,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import { ALLOWED, type Permit } from "../auth/authorizer.js";
import { isPassthru } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import type { CallOutcome } from "../stats/realm-stats.js";
import { announces } from "../session/peer-features.js";
import { errorReply, type Session } from "../session/session.js";
import { CallBytes } from "./call-bytes.js";
import { CallQueue } from "./call-queue.js";
import {
  calleeLeft,
  calleeUnavailable,
  cancelled,
  checkCall,
  checkCallee,
  invalidErrorUri,
  noCalleeLeft,
  outcomeOfError,
  outcomeOfRefusal,
  undeliverable,
  undeliverableError,
} from "./call-rules.js";
import { chooseCallee, chooseShard } from "./choose-callee.js";
import { IdScatter } from "./id-map.js";
import { Invocations, resultDetails } from "./invocations.js";
import { infoOf, PendingCall } from "./pending-call.js";
import type { Callee, Registration } from "./registration.js";
import { Registrations } from "./registrations.js";
import { SessionCallsTable } from "./session-calls.js";

/** How many calls a realm has, and sessions with a record of calls. */
export interface CallCounts {
  /** Calls without an answer. */
  readonly pending: number;
  /** Those of them that wait for a callee. */
  readonly waiting: number;
  readonly sessions: number;
}

/**
 * What a settled call means for its callee. `release`: it has answered, or is gone. `interrupt`: it is told to stop.
 * `keep`: it goes on. A callee with a `concurrency` that goes on, or cannot be told, stays busy until it answers.
 */
type CalleeAction = "release" | "interrupt" | "keep";

/**
 * Registrations and calls of one realm (spec: "Remote Procedure Calls"): one method per message. However a call goes
 * (answered, failed, cancelled, timed out, left by either side), its caller gets exactly one final answer, and nothing of
 * it stays behind. No call waits while a callee is free to take it.
 */
export class Dealer {
  readonly registrations: Registrations;
  readonly #realm: RealmServices;
  readonly #sessions: SessionCallsTable;
  readonly #bytes: CallBytes;
  readonly #queue: CallQueue;
  readonly #invocations: Invocations;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.#sessions = new SessionCallsTable(new IdScatter(realm.random));
    this.#queue = new CallQueue(realm.stats);
    this.#bytes = new CallBytes(realm, this.#sessions);
    this.#invocations = new Invocations(realm, this.#sessions);
    this.registrations = new Registrations(realm);
  }

  get calls(): CallCounts {
    const { pendingCalls, size } = this.#sessions;
    return { pending: pendingCalls, waiting: this.#queue.size, sessions: size };
  }

  /** The registration that a call of this procedure is routed to. Clients' patterns never match reserved procedures. */
  match(procedure: Uri): Registration | undefined {
    const { index } = this.registrations;
    for (;;) {
      const registration = isReservedUri(procedure) ? index.exact(procedure) : index.best(procedure);
      if (registration === undefined || !this.#detachLeaving(registration)) return registration;
    }
  }

  /** Calls that a session waits for. */
  pendingOf(caller: Session): number {
    return this.#sessions.find(caller)?.calls.size ?? 0;
  }

  /** The call of an INVOCATION that a session inside the process received, if it is still pending. */
  invoked(callee: Session, request: Id): PendingCall | undefined {
    return this.#sessions.find(callee)?.invocations.get(request);
  }

  /** @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached. */
  register(session: Session, message: Register, permit: Permit = ALLOWED): void {
    const known = this.registrations.index.get(message.procedure, message.options.match ?? "exact");
    if (known !== undefined) this.#detachLeaving(known);
    for (const registration of this.registrations.register(session, message, permit))
      this.#calleesChanged(registration);
  }

  /** @throws WampError when the session does not hold that registration. */
  unregister(session: Session, message: Unregister): void {
    this.#calleesChanged(this.registrations.unregister(session, message));
  }

  /** Revokes a registration from a session. @returns whether the session held it. */
  revoke(registration: Registration, session: Session, reason?: string): boolean {
    const revoked = this.registrations.revoke(registration, session, reason);
    if (revoked) this.#calleesChanged(registration);
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
    const { calls } = this.#sessions.of(caller);
    this.#checkPending(caller, calls.size);
    const call = new PendingCall(caller, message, permit, registration, this.#realm.clock.monotonic());
    this.#bytes.open(call);
    calls.set(call.request, call);
    this.#realm.stats.callsPending++;
    try {
      this.#assign(call);
    } catch (error) {
      this.#drop(call, "release");
      throw error;
    }
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
    const calls = this.#sessions.of(caller);
    const call = calls.calls.get(message.request);
    if (call === undefined) return calls.wasStream(message.request);
    if (!call.open || message.procedure !== call.procedure)
      throw new ProtocolError(
        `CALL.Request: id ${call.request} belongs to a pending call of "${call.procedure}"; use a new id`,
      );
    call.open = message.options.progress === true;
    if (call.state === "invoked") this.#sendFurther(call, message);
    return true;
  }

  /** Whether a CALL carries further arguments for a call that is not answered. */
  isPending(caller: Session, { request }: Call): boolean {
    return this.#sessions.find(caller)?.calls.get(request) !== undefined;
  }

  /**
   * Notes that a CALL was refused, by an authorizer or by {@link call}. Further arguments that the caller still sends for
   * it are discarded.
   */
  refuse(caller: Session, { request, options }: Call, error: WampError): void {
    if (options.progress === true) this.#sessions.of(caller).rememberStream(request);
    this.#ended(outcomeOfRefusal(error));
  }

  /** Notes that the caller of a CALL left while its authorizer decided. */
  lose(): void {
    this.#ended("caller_lost");
  }

  /** Ends a call whose further arguments were refused, unless it is answered. @returns `false` when the call is new. */
  abandon(caller: Session, { request }: Pick<Call, "request">, error: WampError): boolean {
    const calls = this.#sessions.of(caller);
    const call = calls.calls.get(request);
    if (call === undefined) return calls.wasStream(request);
    this.#fail(call, error, "error", "interrupt");
    this.#serve(call.registration);
    return true;
  }

  /** Cancels a call (spec: "Call Canceling"). An unknown id is no error: the call may have been answered. */
  cancel(caller: Session, { request, options }: Cancel): void {
    const call = this.#sessions.of(caller).calls.get(request);
    if (call === undefined) return;
    const { mode = "killnowait" } = options;
    if (mode === "kill" && (call.state === "interrupted" || this.#invocations.interrupt(call, "kill"))) {
      call.state = "interrupted";
      return;
    }
    this.#fail(call, cancelled(), "canceled", mode === "skip" ? "keep" : "interrupt");
    this.#serve(call.registration);
  }

  /** @throws ProtocolError when the callee was never sent such an INVOCATION. */
  yield(callee: Session, message: Yield): void {
    const call = this.#sessions.of(callee).answered(message.request, "YIELD");
    if (call === undefined) return;
    const progress = message.options.progress === true;
    if (call.state === "abandoned") {
      if (!progress) this.#invocations.release(call);
    } else if (isPassthru(message.options) && !announces(call.caller, "caller.payload_passthru_mode"))
      this.#refusePassthru(call, callee);
    else if (progress) this.#progress(call, message);
    else {
      const { options, payload } = message;
      const details = resultDetails(options, false);
      this.#settle(call, { type: M.RESULT, request: call.request, details, payload }, "ok", "release");
    }
    this.#serve(call.registration);
  }

  /**
   * Fails the call whose result was refused, and tells the callee.
   *
   * @throws ProtocolError when the callee was never sent such an INVOCATION.
   */
  refuseYield(callee: Session, { request, options }: Yield, error: WampError): void {
    const call = this.#sessions.of(callee).answered(request, "YIELD");
    if (call === undefined) return;
    const isLast = options.progress !== true;
    callee.send(errorReply(M.YIELD, call.invocation, error));
    if (call.state !== "abandoned") this.#fail(call, error, "error", isLast ? "release" : "interrupt");
    else if (isLast) this.#invocations.release(call);
    this.#serve(call.registration);
  }

  /** @throws ProtocolError when the callee was never sent such an INVOCATION. */
  error(callee: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== M.INVOCATION)
      throw new ProtocolError(`ERROR.REQUEST.Type: expected ${M.INVOCATION} (INVOCATION), got ${requestType}`);
    const call = this.#sessions.of(callee).answered(request, "ERROR");
    if (call === undefined) return;
    if (call.state === "abandoned") this.#invocations.release(call);
    else if (error === ErrorUri.UNAVAILABLE && announces(callee, "callee.call_reroute")) this.#reroute(call, callee);
    else if (!isUri(error)) this.#fail(call, invalidErrorUri(error), "error", "release");
    else {
      const reply = { type: M.ERROR, requestType: M.CALL, request: call.request, details, error, payload } as const;
      this.#settle(call, reply, outcomeOfError(call, error), "release");
    }
    this.#serve(call.registration);
  }

  /**
   * Removes a leaving session from its registrations, and from the calls it made or works on (spec: "Caller Leaving", "Callee
   * Leaving"), one for each step that is taken. From this call on it is invoked no more.
   */
  remove(session: Session): Iterable<unknown> {
    return this.#removal(session, this.registrations.remove(session));
  }

  *#removal(session: Session, registrations: Iterable<Registration>): Generator<unknown, void> {
    const { calls, invocations } = this.#sessions.of(session);
    // Between two steps, a call may have ended otherwise.
    const isPending = (call: PendingCall): boolean => calls.get(call.request) === call;
    // Before its registrations: as those go, waiting calls are assigned or fail.
    for (const call of calls.values()) {
      if (call.state === "waiting" && isPending(call)) yield this.#settle(call, undefined, "caller_lost", "release");
    }
    for (const registration of registrations) yield this.#calleesChanged(registration);
    for (const call of calls.values()) {
      if (!isPending(call)) continue;
      this.#settle(call, undefined, "caller_lost", "interrupt");
      yield this.#serve(call.registration);
    }
    for (const call of invocations.values()) {
      if (invocations.get(call.invocation) !== call) continue;
      if (call.state === "abandoned") this.#invocations.release(call);
      else this.#fail(call, calleeLeft(), "callee_lost", "release");
      yield this.#serve(call.registration);
    }
    this.#sessions.delete(session);
  }

  /** Callees that have left are invoked no more, also while their removal takes its time. @returns whether there were any. */
  #detachLeaving(registration: Registration): boolean {
    const left = this.registrations.detachLeaving(registration);
    if (left) this.#calleesChanged(registration);
    return left;
  }

  /** A registration gained or lost callees: assigns waiting calls, and fails those that no callee is left for. */
  #calleesChanged(registration: Registration): void {
    for (const call of this.#queue.of(registration))
      if (!call.hasCandidate) this.#fail(call, noCalleeLeft(registration), "no_callee", "release");
    this.#serve(registration);
  }

  /** Assigns waiting calls to free callees, in order. Called whenever a callee may have become free. */
  #serve(registration: Registration): void {
    if (this.#queue.count(registration) === 0) return;
    this.#detachLeaving(registration);
    for (const call of this.#queue.of(registration)) {
      const callee = this.#choose(call);
      if (callee !== undefined) this.#assignOrFail(call, callee);
      // If no callee is free for an unrestricted call, none is for the rest.
      else if (!call.restricted) return;
    }
  }

  #assignOrFail(call: PendingCall, callee?: Callee): void {
    this.#queue.remove(call);
    try {
      this.#assign(call, callee);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#fail(call, error, outcomeOfRefusal(error), "release");
    }
  }

  /** Gives a call to a callee, or queues it. @throws WampError when neither is possible. */
  #assign(call: PendingCall, callee: Callee | undefined = this.#choose(call)): void {
    if (callee !== undefined) this.#invoke(call, callee);
    else if (call.hasCandidate) this.#enqueue(call);
    else throw new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "all callees are unavailable");
    this.#startTimer(call);
  }

  #choose(call: PendingCall): Callee | undefined {
    const { registration, unavailable, rkey } = call;
    if (rkey === undefined) return chooseCallee(registration, this.#realm.random, unavailable);
    // Not again for each call that waits, each time that a callee has answered.
    if (call.shardVersion !== registration.version) call.shard = chooseShard(registration, unavailable, rkey);
    call.shardVersion = registration.version;
    return call.shard?.busy === true ? undefined : call.shard;
  }

  #invoke(call: PendingCall, callee: Callee): void {
    checkCallee(call.options, callee);
    const payload = call.payload!;
    // Kept only where another callee may be asked, so that a large call is not held in memory for nothing.
    const reroutable = call.registration.invoke !== "single" && announces(callee.session, "callee.call_reroute");
    if (!reroutable || !this.#bytes.keepPayload(call)) this.#bytes.dropPayload(call);
    this.#invocations.invoke(call, callee, payload);
  }

  #enqueue(call: PendingCall): void {
    const { queuedCallsPerRegistration: limit } = this.#realm.limits;
    if (call.open || this.#queue.count(call.registration) >= limit) {
      this.#realm.metrics.count("limit_queued_calls_per_registration");
      const why = call.open ? "a progressive call does not wait" : `the queue is full (${limit} calls)`;
      throw new WampError(ErrorUri.MAX_CONCURRENCY_REACHED, `every callee is busy and ${why}`);
    }
    if (!this.#bytes.keepPayload(call)) throw this.#bytes.exceeded();
    this.#queue.add(call);
  }

  #sendFurther(call: PendingCall, { payload }: Call): void {
    // Arguments that were sent before cannot be sent again to another callee.
    this.#bytes.dropPayload(call);
    try {
      this.#invocations.send(call, call.callee!, payload);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#fail(call, error, "error", "interrupt");
      this.#serve(call.registration);
    }
  }

  #progress(call: PendingCall, { options, payload }: Yield): void {
    // The timeout also applies between results (spec: "Progressive Call Results", "Timeouts").
    this.#stopTimer(call);
    this.#startTimer(call);
    // Progress that the caller did not ask for is not passed on (spec: "Progressive Call Results").
    if (call.options.receive_progress !== true) return;
    const details = resultDetails(options, true);
    const outcome = call.caller.send({ type: M.RESULT, request: call.request, details, payload });
    if (outcome === "sent") return;
    this.#fail(call, undeliverable(outcome, "a progressive result", "the caller"), "error", "interrupt");
  }

  /** The callee is unavailable: asks the next one by the invocation policy (spec: "Call Re-Routing"). */
  #reroute(call: PendingCall, callee: Session): void {
    (call.unavailable ??= new Set()).add(callee);
    call.shardVersion = -1;
    const { state } = call;
    this.#invocations.release(call);
    if (state === "interrupted") return this.#fail(call, cancelled(), "canceled", "release");
    if (call.payload === undefined) return this.#fail(call, calleeUnavailable(), "no_callee", "release");
    this.#detachLeaving(call.registration);
    // The registration may be gone, and others may have registered the procedure since.
    if (call.registration.callees.length === 0) call.registration = this.match(call.procedure) ?? call.registration;
    this.#assignOrFail(call);
  }

  #refusePassthru(call: PendingCall, callee: Session): void {
    const error = new WampError(ErrorUri.FEATURE_NOT_SUPPORTED, "the caller did not announce payload_passthru_mode");
    callee.send(errorReply(M.YIELD, call.invocation, error));
    this.#fail(call, error, "error", "release");
  }

  #fail(call: PendingCall, error: WampError, outcome: CallOutcome, callee: CalleeAction): void {
    this.#settle(call, errorReply(M.CALL, call.request, error), outcome, callee);
  }

  /**
   * Ends a call for its caller: the one way for every call that was made.
   *
   * @param reply - the final answer; absent when the caller has left.
   */
  #settle(
    call: PendingCall,
    reply: Result | ErrorMessage | undefined,
    outcome: CallOutcome,
    callee: CalleeAction,
  ): void {
    const { events, clock } = this.#realm;
    // Afterwards its callee is forgotten.
    const info = events.has("callEnded") ? infoOf(call) : undefined;
    this.#drop(call, callee, outcome === "timeout" ? ErrorUri.TIMEOUT : undefined);
    const answered = reply === undefined || this.#answer(call, reply);
    this.#ended(answered ? outcome : "error", call.started);
    if (info === undefined) return;
    const error = reply?.type === M.ERROR ? { error: reply.error } : {};
    const durationMs = clock.monotonic() - call.started;
    events.emit("callEnded", info, { outcome: answered ? outcome : "error", ...error, durationMs });
  }

  /** Counts the end of a call, whether it was made or refused. @param started - when it was made. */
  #ended(outcome: CallOutcome, started?: number): void {
    const { stats, clock } = this.#realm;
    stats.calls.add(outcome);
    if (started !== undefined) stats.callSeconds.observe((clock.monotonic() - started) / 1000);
  }

  /** Forgets a call. @param reason - the reason of INTERRUPT, if the callee is to be told one. */
  #drop(call: PendingCall, callee: CalleeAction, reason?: Uri): void {
    this.#realm.stats.callsPending--;
    const calls = this.#sessions.of(call.caller);
    calls.calls.delete(call.request);
    if (call.options.progress === true) calls.rememberStream(call.request);
    this.#bytes.close(call);
    this.#stopTimer(call);
    if (call.callee === undefined) this.#queue.remove(call);
    else {
      const stops =
        callee === "release" || (callee === "interrupt" && this.#invocations.interrupt(call, "killnowait", reason));
      if (stops || !Number.isFinite(call.callee.concurrency)) this.#invocations.release(call);
      else call.state = "abandoned";
    }
  }

  /** @returns `false` when the answer could not be sent, and an ERROR was sent that says so. */
  #answer({ caller, request }: PendingCall, reply: Result | ErrorMessage): boolean {
    const outcome = caller.send(reply);
    if (outcome === "sent") return true;
    const error =
      reply.type === M.RESULT
        ? undeliverable(outcome, "the result", "the caller")
        : undeliverableError(outcome, reply.error);
    caller.send(errorReply(M.CALL, request, error));
    return false;
  }

  /** The time runs from CALL on, wherever the call is, unless a callee handles it itself (spec: "Call Timeouts"). */
  #startTimer(call: PendingCall): void {
    if (call.timeout === 0) return;
    if (call.callee?.forwardTimeout === true && call.permit.maxCallTimeout === undefined) return this.#stopTimer(call);
    call.cancelTimer ??= this.#realm.clock.schedule(call.timeout, () => {
      const error = new WampError(ErrorUri.TIMEOUT, `no answer within ${call.timeout} ms`);
      this.#fail(call, error, "timeout", "interrupt");
      this.#serve(call.registration);
    });
  }

  #stopTimer(call: PendingCall): void {
    call.cancelTimer?.();
    call.cancelTimer = undefined;
  }

  #checkPending(caller: Session, pending: number): void {
    const limit = this.#realm.limits.pendingCallsPerSession;
    if (pending < limit || caller.trusted) return;
    this.#realm.metrics.count("limit_pending_calls_per_session");
    throw new WampError(
      ErrorUri.LIMIT_EXCEEDED,
      `the session has ${limit} pending calls, the maximum; await some first`,
    );
  }
}
