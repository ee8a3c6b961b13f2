import {
  MessageType as M,
  WampError,
  type Call,
  type CallOptions,
  type CancelOptions,
  type Id,
  type Payload,
} from "@kreuz/codec";
import { ALLOWED } from "../auth/authorizer.js";
import type { InboundCall, InboundPart } from "../fabric/fabric-realm.js";
import type { BounceReason, RemoteSession } from "../fabric/remote-session.js";
import type { RealmServices } from "../realm-services.js";
import { errorReply } from "../session/session.js";
import type { AwaitedRegistrations } from "./awaited-registrations.js";
import { calleeUnavailable, cancelled, noCalleeLeft, noSuchProcedure } from "./call-rules.js";
import type { Calls } from "./calls.js";
import { PendingCall } from "./pending-call.js";
import type { Callee, Registration } from "./registration.js";
import type { Registrations } from "./registrations.js";

/**
 * Calls that cross nodes. A caller's node has the call, with timer and policy, and a {@link RemoteSession} for its callee. The
 * callee's node has a call of its own with that one callee, and a {@link RemoteSession} for its caller. The second bounces the
 * call when nobody was invoked; then, and only then, the first asks another callee.
 */
export class RemoteCalls {
  readonly #realm: RealmServices;
  readonly #registrations: Registrations;
  readonly #calls: Calls;
  readonly #awaited: AwaitedRegistrations;

  constructor(realm: RealmServices, registrations: Registrations, calls: Calls, awaited: AwaitedRegistrations) {
    this.#realm = realm;
    this.#registrations = registrations;
    this.#calls = calls;
    this.#awaited = awaited;
  }

  /** Gives a call that another node routed here to its callee, or bounces it. */
  serve(caller: RemoteSession, inbound: InboundCall): void {
    const { request, payload, details, mayQueue } = inbound;
    // It may call as soon as it was told.
    this.#awaited.complete(inbound.callee, inbound.registration);
    const registration = this.#registrations.byId.get(inbound.registration);
    const callee = registration && this.#calleeOf(registration, inbound.callee);
    if (registration === undefined || callee === undefined) return caller.bounce(request, payload, "gone");
    if (callee.busy && !mayQueue) return caller.bounce(request, payload, "busy");
    const procedure = inbound.procedure === "" ? registration.uri : inbound.procedure;
    const message: Call = { type: M.CALL, request, procedure, payload, options: optionsOf(inbound) };
    const terms = { callee: callee.session, caller, details };
    const started = this.#realm.clock.monotonic();
    try {
      this.#calls.open(new PendingCall(caller, message, ALLOWED, registration, started, terms));
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      caller.send(errorReply(M.CALL, request, error));
    }
  }

  /** Sends further arguments to the callee of such a call. They are discarded when it is over. */
  proceed(caller: RemoteSession, { request, details, payload }: InboundPart): void {
    const call = this.#calls.sessions.find(caller)?.calls.get(request);
    if (call?.inbound === undefined) return;
    call.inbound = { ...call.inbound, details };
    call.open = details.progress === true;
    if (call.state === "invoked") this.#calls.sendFurther(call, { payload });
  }

  /** Ends such a call. With mode `kill` its callee is told to stop, and its answer is awaited. */
  cancel(caller: RemoteSession, request: Id, { mode, reason }: CancelOptions): void {
    const call = this.#calls.sessions.find(caller)?.calls.get(request);
    if (call === undefined) return;
    if (mode === "kill" && (call.state === "interrupted" || this.#calls.invocations.interrupt(call, "kill"))) {
      call.state = "interrupted";
      return;
    }
    // No callee has it yet, or it cannot be told; the caller awaits an answer.
    if (mode === "kill") this.#calls.fail(call, cancelled(), "canceled", "interrupt");
    else this.#calls.drop(call, mode === "skip" ? "keep" : "interrupt", reason);
    this.#calls.serve(call.registration);
  }

  /** Another node gives a call back: asks the next callee by the invocation policy. */
  bounced(callee: RemoteSession, request: Id, payload: Payload, reason: BounceReason): void {
    const call = this.#calls.sessions.find(callee)?.invocations.get(request);
    if (call === undefined) return;
    const { state, mayQueue } = call;
    call.skip(callee);
    // Once it was to wait there, there is no third time.
    if (reason === "busy" && !mayQueue) (call.bounced ??= new Set()).add(callee);
    this.#calls.invocations.release(call);
    if (state === "interrupted") this.#calls.fail(call, cancelled(), "canceled", "release");
    // What was sent after the first arguments is lost.
    else if (call.continued) this.#calls.fail(call, calleeUnavailable(), "no_callee", "release");
    else this.#askAnother(call, payload, reason);
  }

  /** Ends the calls of a session of another node, one for each step that is taken. */
  *failing(session: RemoteSession, error: WampError): Generator<unknown, void> {
    yield* this.#calls.dropWaiting(session);
    yield* this.#calls.endAll(session, error);
  }

  #askAnother(call: PendingCall, payload: Payload, reason: BounceReason): void {
    call.payload ??= payload;
    this.#calls.detachLeaving(call.registration);
    if (call.registration.callees.length === 0) {
      if (reason === "left") return this.#calls.fail(call, noCalleeLeft(call.registration), "no_callee", "release");
      const other = this.#calls.match(call.procedure);
      if (other === undefined)
        return this.#calls.fail(call, noSuchProcedure(call.procedure), "no_procedure", "release");
      call.registration = other;
    }
    this.#calls.assignOrFail(call);
  }

  #calleeOf(registration: Registration, session: Id): Callee | undefined {
    this.#calls.detachLeaving(registration);
    return registration.callees.find((callee) => callee.session.id === session && callee.remote === undefined);
  }
}

/** The options that matter where the callee is: its caller's node sees to the others. */
function optionsOf({ details, receiveProgress }: InboundCall): CallOptions {
  if (details.progress === true) return receiveProgress ? IN_PARTS_BOTH_WAYS : IN_PARTS;
  return receiveProgress ? WITH_PROGRESS : PLAIN;
}

const PLAIN: CallOptions = Object.freeze({});
const WITH_PROGRESS: CallOptions = Object.freeze({ receive_progress: true });
const IN_PARTS: CallOptions = Object.freeze({ progress: true });
const IN_PARTS_BOTH_WAYS: CallOptions = Object.freeze({ progress: true, receive_progress: true });
