import type { Dict, InvocationDetails } from "@kreuz/codec";
import { ALLOWED } from "../auth/authorizer.js";
import { copyPassthru, isEmpty, NO_DETAILS } from "../payload/passthru.js";
import { announces } from "../session/peer-features.js";
import type { Callee } from "./callee.js";
import type { PendingCall } from "./pending-call.js";

/**
 * What a callee is told about a call.
 *
 * @param strict - announce progress only to callees that can be interrupted, as the specification has it; Autobahn|JS
 * does not announce call canceling.
 */
export function invocationDetails(call: PendingCall, callee: Callee, strict: boolean): InvocationDetails {
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
