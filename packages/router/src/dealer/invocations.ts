import {
  MessageType as M,
  type CancelMode,
  type Dict,
  type Invocation,
  type InvocationDetails,
  type Payload,
  type Uri,
} from "@kreuz/codec";
import { ALLOWED } from "../auth/authorizer.js";
import type { RemoteCall } from "../fabric/remote-session.js";
import { copyPassthru, isEmpty, NO_DETAILS } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import { undeliverable } from "./call-rules.js";
import type { Callee } from "./registration.js";
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
    const { remote } = callee;
    if (remote === undefined) this.sendFurther(call, callee, payload);
    else remote.invoke(this.#invocation(call, callee, payload), remoteCall(call));
    calls.countInvocation();
  }

  /** Sends further arguments to the callee of a call. @throws WampError when INVOCATION cannot be sent. */
  sendFurther(call: PendingCall, callee: Callee, payload: Payload): void {
    const outcome = callee.session.send(this.#invocation(call, callee, payload));
    if (outcome !== "sent") throw undeliverable(outcome, "the arguments", "the callee");
  }

  #invocation(call: PendingCall, callee: Callee, payload: Payload): Invocation {
    const { registration, invocation: request } = call;
    const details = call.inbound?.details ?? invocationDetails(call, callee, this.#realm.strictProgressiveResults);
    return { type: M.INVOCATION, request, registration: registration.id, details, payload };
  }

  /** Tells the callee of a call to stop. @returns whether the callee announced that it can be told. */
  interrupt({ callee, invocation: request }: PendingCall, mode: CancelMode, reason?: Uri): boolean {
    if (callee === undefined) return false;
    const { session, remote } = callee;
    const understands = announces(session, "callee.call_canceling");
    const options = reason === undefined ? { mode } : { mode, reason };
    // The node of a callee has to know that the call is over, whether or not it can tell the callee.
    if (remote !== undefined && (understands || mode !== "kill")) remote.interrupt(request, options);
    else if (understands) session.send({ type: M.INTERRUPT, request, options });
    return understands;
  }

  /** Tells the node of a callee that the call is over for its caller, though the callee goes on. */
  abandon({ callee, invocation }: PendingCall): void {
    callee?.remote?.interrupt(invocation, { mode: "skip" });
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

function remoteCall({ caller, procedure, registration, options, timeout, mayQueue }: PendingCall): RemoteCall {
  const receiveProgress = options.receive_progress === true || timeout > 0;
  return { caller, procedure: registration.match === "exact" ? "" : procedure, receiveProgress, mayQueue };
}

/**
 * What a callee is told about a call.
 *
 * @param strict - announce progress only to callees that can be interrupted, as the specification has it; Autobahn|JS
 * does not announce call canceling.
 */
function invocationDetails(call: PendingCall, callee: Callee, strict: boolean): InvocationDetails {
  if (isPlain(call, callee)) return NO_DETAILS;
  const { options, permit, registration } = call;
  const details: Record<string, unknown> = {};
  if (registration.match !== "exact") details["procedure"] = call.procedure;
  if (discloses(call, callee)) {
    details["caller"] = call.caller.id;
    details["caller_authid"] = call.caller.info.authid;
    details["caller_authrole"] = call.caller.info.authrole;
  }
  if (permit.trustlevel !== undefined) details["trustlevel"] = permit.trustlevel;
  if (options.receive_progress === true && reportsProgress(callee, strict)) details["receive_progress"] = true;
  if (call.open) details["progress"] = true;
  if (call.timeout > 0 && callee.forwardTimeout) details["timeout"] = call.timeout;
  copyPassthru(options, details);
  return details;
}

/** What a caller is told about a result. */
export function resultDetails(options: Dict, progress: boolean): Dict {
  if (!progress && isEmpty(options)) return NO_DETAILS;
  const details: Record<string, unknown> = progress ? { progress } : {};
  copyPassthru(options, details);
  return details;
}

/** Most calls need no details. */
function isPlain({ options, permit, registration, timeout }: PendingCall, callee: Callee): boolean {
  if (registration.match !== "exact" || permit !== ALLOWED || callee.discloseCaller || timeout > 0) return false;
  return isEmpty(options);
}

function discloses({ options, permit }: PendingCall, callee: Callee): boolean {
  const policy = permit.disclose ?? "on-request";
  if (policy !== "on-request") return policy === "always";
  return options.disclose_me === true || callee.discloseCaller;
}

function reportsProgress({ session }: Callee, strict: boolean): boolean {
  return (
    announces(session, "callee.progressive_call_results") && (!strict || announces(session, "callee.call_canceling"))
  );
}
