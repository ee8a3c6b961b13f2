import type { ClientRole } from "@kreuz/codec";
import type { Session } from "./session.js";

/** True when the peer announced the feature for the role in its HELLO (spec: "Feature Announcement"). */
export function announces(session: Session, role: ClientRole, feature: string): boolean {
  return session.roles[role]?.features?.[feature] === true;
}

/** The specification spells the feature in two ways. */
export function canCancel(callee: Session): boolean {
  return announces(callee, "callee", "call_canceling") || announces(callee, "callee", "call_cancelling");
}

/** True when a peer may use Payload Passthru Mode in that role. */
export function passesThrough(session: Session, role: ClientRole): boolean {
  return announces(session, role, "payload_passthru_mode");
}
