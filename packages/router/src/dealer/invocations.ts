import { ErrorUri, MessageType as M, WampError, type CancelMode, type Payload, type Uri } from "@kreuz/codec";
import { checkCallee } from "./call-rules.js";
import type { Callee } from "./callee.js";
import { chooseCallee } from "./choose-callee.js";
import { invocationDetails } from "./invocation-details.js";
import { announces } from "../session/peer-features.js";
import { keepPayload, weightOf } from "../payload/keep-payload.js";
import type { PendingCall } from "./pending-call.js";
import type { RealmServices } from "../realm-services.js";
import type { Registration } from "./registration.js";
import { undeliverable } from "../session/replies.js";
import type { Session } from "../session/session.js";
import type { CallBook } from "./session-calls.js";

/** Who is told what becomes of a call. */
export interface CallKeeper {
  /** It waits for a callee, or one works on it. */
  placed(call: PendingCall): void;
  /** Nobody can serve it. */
  failed(call: PendingCall, error: WampError): void;
}

/**
 * Which callee works on which call of a realm, and which calls wait for one. No call waits while a callee has time for
 * it.
 */
export class Invocations {
  readonly #realm: RealmServices;
  readonly #book: CallBook;
  readonly #keeper: CallKeeper;
  /** Calls that wait because every callee is busy; the first one is served first. */
  readonly #queues = new Map<Registration, Set<PendingCall>>();

  constructor(realm: RealmServices, book: CallBook, keeper: CallKeeper) {
    this.#realm = realm;
    this.#book = book;
    this.#keeper = keeper;
  }

  /** Calls that wait for any callee. */
  get waitingCalls(): number {
    let waiting = 0;
    for (const queue of this.#queues.values()) waiting += queue.size;
    return waiting;
  }

  /** Calls that wait for a callee of this registration, though none of those that are left may serve them. */
  stranded(registration: Registration): readonly PendingCall[] {
    return [...(this.#queues.get(registration) ?? [])].filter((call) => !hasCandidate(call));
  }

  /** Gives a call to a callee, or lets it wait for one. @throws WampError when neither can be. */
  place(call: PendingCall, callee: Callee | undefined = this.#choose(call)): void {
    if (callee !== undefined) this.#invoke(call, callee);
    else if (hasCandidate(call)) this.#enqueue(call);
    else throw new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "every callee said that it is unavailable");
    this.#keeper.placed(call);
  }

  /** Sends arguments to the callee that works on a call. @throws WampError when they do not fit its codec. */
  send(call: PendingCall, { session }: Callee, payload: Payload): void {
    const details = invocationDetails(call, this.#realm.strictProgressiveResults);
    const { registration, invocation: request } = call;
    if (session.send({ type: M.INVOCATION, request, registration: registration.id, details, payload })) return;
    throw undeliverable(session, "the arguments", "the callee");
  }

  /** The options stay for as long as the call does. @throws WampError when too much is kept for the caller. */
  keepOptions(call: PendingCall): void {
    const bytes = weightOf(call.options);
    if (bytes === 0) return;
    if (!this.#keep(call.caller, bytes)) throw tooManyBytes();
    call.optionBytes = bytes;
  }

  /** The arguments are not to be sent to anybody any longer. */
  dropPayload(call: PendingCall): void {
    call.payload = undefined;
    if (call.payloadBytes === 0) return;
    this.#book.of(call.caller).letGo(call.payloadBytes);
    call.payloadBytes = 0;
  }

  /** Tells the callee to stop. @returns whether it could be told. */
  interrupt({ callee, invocation: request }: PendingCall, mode: CancelMode, reason?: Uri): boolean {
    if (callee === undefined || !announces(callee.session, "callee.call_canceling")) return false;
    callee.session.send({ type: M.INTERRUPT, request, options: reason === undefined ? { mode } : { mode, reason } });
    return true;
  }

  /** Nobody is to work on a call any longer. One that keeps its callee busy stays until that has answered. */
  release(call: PendingCall): void {
    const { callee } = call;
    if (callee === undefined) return this.#dequeue(call);
    if (call.lingers) return;
    call.callee = undefined;
    callee.active--;
    this.#book.of(callee.session).working.delete(call.invocation);
  }

  /** Gives the calls that wait to callees that have time, in order. To be called when one may have. */
  serve(registration: Registration): void {
    const queue = this.#queues.get(registration);
    if (queue === undefined) return;
    for (const call of queue) {
      const callee = this.#choose(call);
      if (callee !== undefined) this.#serve(call, callee);
      // Where a call that anybody may serve finds nobody, the next one would not either.
      else if (!isParticular(call)) return;
    }
  }

  #serve(call: PendingCall, callee: Callee): void {
    this.#dequeue(call);
    try {
      this.place(call, callee);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#keeper.failed(call, error);
    }
  }

  #choose({ registration, tried, shard }: PendingCall): Callee | undefined {
    return chooseCallee(registration, this.#realm.random, tried, shard);
  }

  #enqueue(call: PendingCall): void {
    const queue = this.#queues.get(call.registration) ?? new Set();
    if (call.open || queue.size >= this.#realm.limits.queuedCallsPerRegistration) {
      this.#realm.metrics.count("limit_queued_calls_per_registration");
      throw new WampError(ErrorUri.MAX_CONCURRENCY_REACHED, "every callee is busy, and as many calls wait as may");
    }
    if (!this.#keepPayload(call)) throw tooManyBytes();
    this.#queues.set(call.registration, queue.add(call));
  }

  #dequeue(call: PendingCall): void {
    const queue = this.#queues.get(call.registration);
    queue?.delete(call);
    if (queue?.size === 0) this.#queues.delete(call.registration);
  }

  /** @throws WampError when the callee cannot take this call. */
  #invoke(call: PendingCall, callee: Callee): void {
    checkCallee(call.options, callee);
    const payload = call.payload!;
    const calls = this.#book.of(callee.session);
    call.callee = callee;
    call.invocation = calls.nextInvocation;
    callee.active++;
    calls.working.set(call.invocation, call);
    // Kept only where another callee may be asked, so that a large call is not held in memory for nothing.
    const mayGoOn = call.registration.invoke !== "single" && announces(callee.session, "callee.call_reroute");
    if (!mayGoOn || !this.#keepPayload(call)) this.dropPayload(call);
    this.send(call, callee, payload);
    calls.countInvocation();
  }

  /** Counts bytes that are kept for a caller. @returns whether there is room for them. */
  #keep(caller: Session, bytes: number): boolean {
    const { limits, metrics } = this.#realm;
    const limit = caller.trusted ? Infinity : limits.pendingCallBytesPerSession;
    if (this.#book.of(caller).keep(bytes, limit)) return true;
    metrics.count("limit_pending_call_bytes_per_session");
    return false;
  }

  /** In memory of its own: what comes over the wire may be part of a much larger piece. */
  #keepPayload(call: PendingCall): boolean {
    if (call.payloadBytes > 0) return true;
    const { payload, bytes } = keepPayload(call.payload!);
    if (!this.#keep(call.caller, bytes)) return false;
    call.payload = payload;
    call.payloadBytes = bytes;
    return true;
  }
}

/** The error for a call that would have to be kept where there is no room for it. */
function tooManyBytes(): WampError {
  return new WampError(ErrorUri.LIMIT_EXCEEDED, "too many bytes of this session's calls wait already");
}

/** Whether there is anybody who might serve the call once there is time. */
function hasCandidate({ registration, tried }: PendingCall): boolean {
  if (tried === undefined) return registration.callees.length > 0;
  return registration.callees.some(({ session }) => !tried.has(session));
}

/** Whether some callees cannot serve the call, though they could serve others. */
function isParticular({ shard, tried }: PendingCall): boolean {
  return shard !== undefined || tried !== undefined;
}
