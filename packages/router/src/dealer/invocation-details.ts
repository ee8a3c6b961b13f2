import type { Dict, InvocationDetails } from "@kreuz/codec";
import type { Callee } from "./callee.js";
import { carryOver } from "../payload/passthru.js";
import { announces } from "../session/peer-features.js";
import type { PendingCall } from "./pending-call.js";
import { ALLOWED } from "../auth/permit.js";

/** The details of a message that has none to give; shared, so that the plain case allocates nothing. */
export const NO_DETAILS: Dict = Object.freeze({});

/**
 * What its callee is told about a call.
 *
 * @param strict - promise progress only to callees that can be interrupted, as the specification has it; Autobahn|JS
 * announces no call canceling.
 */
export function invocationDetails(call: PendingCall, strict: boolean): InvocationDetails {
  const { options, permit, registration, callee } = call;
  if (callee === undefined || isPlain(call, callee)) return NO_DETAILS;
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
  carryOver(options, details);
  return details;
}

/** Most calls have nothing to tell. */
function isPlain({ options, permit, registration, timeout }: PendingCall, callee: Callee): boolean {
  if (registration.match !== "exact" || permit !== ALLOWED || callee.discloseCaller || timeout > 0) return false;
  for (const _option in options) return false;
  return true;
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
