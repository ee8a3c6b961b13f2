import { MessageType as M, type CancelMode, type Payload, type Uri } from "@kreuz/codec";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import { undeliverable } from "./call-rules.js";
import type { Callee } from "./callee.js";
import { invocationDetails } from "./invocation-details.js";
import type { PendingCall } from "./pending-call.js";
import type { SessionCallsTable } from "./session-calls.js";

/** What callees are told: to work on a call, to take further arguments, to stop. Decides nothing. */
export class Invocations {
  readonly #realm: RealmServices;
  readonly #sessions: SessionCallsTable;

  constructor(realm: RealmServices, sessions: SessionCallsTable) {
    this.#realm = realm;
    this.#sessions = sessions;
  }

  /** Makes a callee work on a call. @throws WampError when INVOCATION cannot be sent; the call is to be released then. */
  invoke(call: PendingCall, callee: Callee, payload: Payload): void {
    const calls = this.#sessions.of(callee.session);
    call.callee = callee;
    call.state = "invoked";
    call.invocation = calls.nextInvocation;
    callee.active++;
    calls.invocations.set(call.invocation, call);
    this.send(call, callee, payload);
    calls.countInvocation();
  }

  /** Sends arguments to the callee of a call. @throws WampError when INVOCATION cannot be sent. */
  send(call: PendingCall, callee: Callee, payload: Payload): void {
    const { registration, invocation: request } = call;
    const details = invocationDetails(call, callee, this.#realm.strictProgressiveResults);
    const message = { type: M.INVOCATION, request, registration: registration.id, details, payload } as const;
    const outcome = callee.session.send(message);
    if (outcome !== "sent") throw undeliverable(outcome, "the arguments", "the callee");
  }

  /** Tells the callee of a call to stop. @returns whether the callee announced that it can be told. */
  interrupt({ callee, invocation: request }: PendingCall, mode: CancelMode, reason?: Uri): boolean {
    if (callee === undefined || !announces(callee.session, "callee.call_canceling")) return false;
    callee.session.send({ type: M.INTERRUPT, request, options: reason === undefined ? { mode } : { mode, reason } });
    return true;
  }

  /** Frees the callee of a call. */
  release(call: PendingCall): void {
    const { callee } = call;
    if (callee === undefined) return;
    call.callee = undefined;
    call.state = "waiting";
    callee.active--;
    this.#sessions.of(callee.session).invocations.delete(call.invocation);
  }
}
