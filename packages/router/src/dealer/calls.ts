import {
  ErrorUri,
  isReservedUri,
  MessageType as M,
  WampError,
  type Call,
  type ErrorMessage,
  type Result,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import type { BounceReason } from "../fabric/remote-session.js";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import { errorReply, type Session } from "../session/session.js";
import type { CallOutcome } from "../stats/realm-stats.js";
import { CallBytes } from "./call-bytes.js";
import { CallQueue } from "./call-queue.js";
import {
  calleeUnavailable,
  cancelled,
  checkCallee,
  noCalleeLeft,
  outcomeOfRefusal,
  undeliverable,
  undeliverableError,
} from "./call-rules.js";
import { chooseCallee, chooseShard } from "./choose-callee.js";
import { IdScatter } from "./id-map.js";
import { Invocations, resultDetails } from "./invocations.js";
import { infoOf, type PendingCall } from "./pending-call.js";
import type { Callee, Registration } from "./registration.js";
import type { Registrations } from "./registrations.js";
import { type SessionCalls, SessionCallsTable } from "./session-calls.js";

/**
 * What a settled call means for its callee. `release`: it has answered, or is gone. `interrupt`: it is told to stop.
 * `keep`: it goes on. A callee with a `concurrency` that goes on, or cannot be told, stays busy until it answers.
 */
export type CalleeAction = "release" | "interrupt" | "keep";

/**
 * The calls of one realm, from the first callee to the answer. However a call goes (answered, failed, cancelled, timed out,
 * left by either side), its caller gets exactly one final answer, and nothing of it stays behind. No call waits while a
 * callee is free to take it.
 */
export class Calls {
  readonly sessions: SessionCallsTable;
  readonly invocations: Invocations;
  readonly #realm: RealmServices;
  readonly #registrations: Registrations;
  readonly #bytes: CallBytes;
  readonly #queue: CallQueue;

  constructor(realm: RealmServices, registrations: Registrations) {
    this.#realm = realm;
    this.#registrations = registrations;
    this.sessions = new SessionCallsTable(new IdScatter(realm.random));
    this.invocations = new Invocations(realm, this.sessions);
    this.#bytes = new CallBytes(realm, this.sessions);
    this.#queue = new CallQueue(realm.stats);
  }

  /** Calls that wait for a callee. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** The registration that a call of this procedure is routed to. Clients' patterns never match reserved procedures. */
  match(procedure: Uri): Registration | undefined {
    const { index } = this.#registrations;
    for (;;) {
      const registration = isReservedUri(procedure) ? index.exact(procedure) : index.best(procedure);
      if (registration === undefined || !this.detachLeaving(registration)) return registration;
    }
  }

  /** Callees that have left are invoked no more, also while their removal takes its time. @returns whether there were any. */
  detachLeaving(registration: Registration): boolean {
    const left = this.#registrations.detachLeaving(registration);
    if (left) this.calleesChanged(registration);
    return left;
  }

  /** A registration gained or lost callees: assigns waiting calls, and fails those that no callee is left for. */
  calleesChanged(registration: Registration): void {
    for (const call of this.#queue.of(registration)) if (!call.hasCandidate) this.#lostCallees(call);
    this.serve(registration);
  }

  /** Assigns waiting calls to free callees, in order. Called whenever a callee may have become free. */
  serve(registration: Registration): void {
    if (this.#queue.count(registration) === 0) return;
    this.detachLeaving(registration);
    for (const call of this.#queue.of(registration)) {
      const callee = this.#choose(call);
      if (callee !== undefined) this.assignOrFail(call, callee);
      // If no callee is free for an unrestricted call, none is for the rest.
      else if (!call.restricted) return;
    }
  }

  /** Takes up a new call. @throws WampError when it cannot be made; no callee was sent anything then. */
  open(call: PendingCall): void {
    this.#bytes.open(call);
    this.sessions.of(call.caller).calls.set(call.request, call);
    this.#realm.stats.callsPending++;
    try {
      this.#assign(call);
    } catch (error) {
      this.drop(call, "release");
      throw error;
    }
  }

  /** Sends further arguments to the callee of a call. */
  sendFurther(call: PendingCall, { payload }: Pick<Call, "payload">): void {
    // Arguments that were sent before cannot be sent again to another callee.
    this.#bytes.dropPayload(call);
    call.continued = true;
    try {
      this.invocations.sendFurther(call, call.callee!, payload);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.fail(call, error, "error", "interrupt");
      this.serve(call.registration);
    }
  }

  /** Sends a progressive result to the caller. */
  progress(call: PendingCall, { options, payload }: Yield): void {
    // The timeout also applies between results (spec: "Progressive Call Results", "Timeouts").
    this.#stopTimer(call);
    this.#startTimer(call);
    // Progress that the caller did not ask for is not passed on (spec: "Progressive Call Results").
    if (call.options.receive_progress !== true) return;
    const details = resultDetails(options, true);
    const outcome = call.caller.send({ type: M.RESULT, request: call.request, details, payload });
    if (outcome === "sent") return;
    this.fail(call, undeliverable(outcome, "a progressive result", "the caller"), "error", "interrupt");
  }

  /** The callee is unavailable: asks the next one by the invocation policy (spec: "Call Re-Routing"). */
  reroute(call: PendingCall, callee: Session): void {
    const { state } = call;
    call.skip(callee);
    this.invocations.release(call);
    if (state === "interrupted") return this.fail(call, cancelled(), "canceled", "release");
    if (call.payload === undefined) return this.fail(call, calleeUnavailable(), "no_callee", "release");
    this.detachLeaving(call.registration);
    // The registration may be gone, and others may have registered the procedure since.
    if (call.registration.callees.length === 0) call.registration = this.match(call.procedure) ?? call.registration;
    this.assignOrFail(call);
  }

  /** Fails a call with an ERROR of the router's. */
  fail(call: PendingCall, error: WampError, outcome: CallOutcome, callee: CalleeAction): void {
    this.settle(call, errorReply(M.CALL, call.request, error), outcome, callee);
  }

  /**
   * Ends a call for its caller: the one way for every call that was made.
   *
   * @param reply - the final answer; absent when the caller has left.
   */
  settle(
    call: PendingCall,
    reply: Result | ErrorMessage | undefined,
    outcome: CallOutcome,
    callee: CalleeAction,
  ): void {
    const { events, clock } = this.#realm;
    // Afterwards its callee is forgotten.
    const info = events.has("callEnded") && call.inbound === undefined ? infoOf(call) : undefined;
    this.drop(call, callee, outcome === "timeout" ? ErrorUri.TIMEOUT : undefined);
    const answered = reply === undefined || this.#answer(call, reply);
    // The node of its caller counts it.
    if (call.inbound !== undefined) return;
    this.ended(answered ? outcome : "error", call.started);
    if (info === undefined) return;
    const error = reply?.type === M.ERROR ? { error: reply.error } : {};
    const durationMs = clock.monotonic() - call.started;
    events.emit("callEnded", info, { outcome: answered ? outcome : "error", ...error, durationMs });
  }

  /** Forgets the calls of a caller that is leaving that nobody works on, one for each step that is taken. */
  *dropWaiting(caller: Session): Generator<unknown, void> {
    for (const call of callsOf(this.sessions.find(caller)))
      if (call.state === "waiting") yield this.settle(call, undefined, "caller_lost", "release");
  }

  /**
   * Ends the calls of a session, one for each step that is taken: those that it made for the callees, those that it works on
   * for their callers.
   * @param error - what those callers get.
   */
  *endAll(session: Session, error: WampError): Generator<unknown, void> {
    const sessionCalls = this.sessions.find(session);
    for (const call of callsOf(sessionCalls, this.#realm.fabric !== undefined)) {
      this.settle(call, undefined, "caller_lost", "interrupt");
      yield this.serve(call.registration);
    }
    for (const call of invocationsOf(sessionCalls)) {
      if (call.state === "abandoned") this.invocations.release(call);
      else this.fail(call, error, "callee_lost", "release");
      yield this.serve(call.registration);
    }
  }

  /** Counts the end of a call, whether it was made or refused. @param started - when it was made. */
  ended(outcome: CallOutcome, started?: number): void {
    const { stats, clock } = this.#realm;
    stats.calls.add(outcome);
    if (started !== undefined) stats.callSeconds.observe((clock.monotonic() - started) / 1000);
  }

  #lostCallees(call: PendingCall): void {
    if (call.inbound !== undefined) return this.bounce(call, "left");
    this.fail(call, noCalleeLeft(call.registration), "no_callee", "release");
  }

  /** Gives a call that nobody works on to a callee, queues it, or fails it. */
  assignOrFail(call: PendingCall, callee?: Callee): void {
    this.#queue.remove(call);
    try {
      this.#assign(call, callee);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.fail(call, error, outcomeOfRefusal(error), "release");
    }
  }

  /** Gives a call to a callee, or queues it. @throws WampError when neither is possible. */
  #assign(call: PendingCall, callee: Callee | undefined = this.#choose(call)): void {
    if (callee !== undefined) this.#invoke(call, callee);
    else if (call.hasCandidate) this.#enqueue(call);
    else if (call.bounced !== undefined) this.#askToQueue(call, call.bounced);
    else throw new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "all callees are unavailable");
    this.#startTimer(call);
  }

  #choose(call: PendingCall): Callee | undefined {
    const { registration, unavailable, rkey, inbound } = call;
    if (inbound !== undefined) return freeCallee(registration.calleeOf(inbound.callee));
    if (rkey === undefined) return chooseCallee(registration, this.#realm.random, unavailable);
    // Not again for each call that waits, each time that a callee has answered.
    if (call.shardVersion !== registration.version) call.shard = chooseShard(registration, unavailable, rkey);
    call.shardVersion = registration.version;
    return call.shard?.busy === true ? undefined : call.shard;
  }

  /** All callees that could serve the call have all they can handle: it waits for the first of them, at its node. */
  #askToQueue(call: PendingCall, bounced: ReadonlySet<Session>): void {
    const callee = call.registration.callees.find(({ session }) => bounced.has(session));
    call.bounced = undefined;
    if (callee === undefined) throw new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "all callees are unavailable");
    call.mayQueue = true;
    this.#invoke(call, callee);
  }

  #invoke(call: PendingCall, callee: Callee): void {
    if (call.inbound === undefined) checkCallee(call.options, callee);
    // Only one callee can serve it.
    if (callee.remote !== undefined && (call.rkey !== undefined || call.registration.callees.length === 1))
      call.mayQueue = true;
    const payload = call.payload!;
    // Kept only where another callee may be asked, so that a large call is not held in memory for nothing.
    const reroutable = call.registration.invoke !== "single" && announces(callee.session, "callee.call_reroute");
    if (!reroutable || call.inbound !== undefined || !this.#bytes.keepPayload(call)) this.#bytes.dropPayload(call);
    this.invocations.invoke(call, callee, payload);
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

  /** Gives a call that nobody was invoked for back to the node of its caller. */
  bounce(call: PendingCall, reason: BounceReason): void {
    const payload = call.payload!;
    this.drop(call, "release");
    call.inbound!.caller.bounce(call.request, payload, reason);
  }

  /** Forgets a call. @param reason - the reason of INTERRUPT, if the callee is to be told one. */
  drop(call: PendingCall, callee: CalleeAction, reason?: Uri): void {
    this.#realm.stats.callsPending--;
    const calls = this.sessions.of(call.caller);
    calls.calls.delete(call.request);
    if (call.options.progress === true) calls.rememberStream(call.request);
    this.#bytes.close(call);
    this.#stopTimer(call);
    if (call.callee === undefined) this.#queue.remove(call);
    else {
      if (callee === "keep") this.invocations.abandon(call);
      const stops =
        callee === "release" || (callee === "interrupt" && this.invocations.interrupt(call, "killnowait", reason));
      if (stops || !Number.isFinite(call.callee.concurrency)) this.invocations.release(call);
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
      this.fail(call, error, "timeout", "interrupt");
      this.serve(call.registration);
    });
  }

  #stopTimer(call: PendingCall): void {
    call.cancelTimer?.();
    call.cancelTimer = undefined;
  }
}

/**
 * The calls that a session made. Those that end meanwhile are left out.
 * @param newestFirst - so that calls that wait at other nodes go before those that they wait for.
 */
function* callsOf(session: SessionCalls | undefined, newestFirst = false): Generator<PendingCall, void> {
  const calls = session?.calls.values() ?? [];
  for (const call of newestFirst ? [...calls].toSorted((one, other) => other.request - one.request) : calls)
    if (session?.calls.get(call.request) === call) yield call;
}

/** The calls that a session works on. Those that end meanwhile are left out. */
function* invocationsOf(session: SessionCalls | undefined): Generator<PendingCall, void> {
  for (const call of session?.invocations.values() ?? [])
    if (session?.invocations.get(call.invocation) === call) yield call;
}

function freeCallee(callee: Callee | undefined): Callee | undefined {
  return callee?.busy === true ? undefined : callee;
}
