import type { Dict, Publish } from "@kreuz/codec";
import { NO_DETAILS } from "../dealer/invocation-details.js";
import { carryOver } from "../payload/passthru.js";
import { ALLOWED, type Permit } from "../auth/permit.js";
import type { SessionInfo } from "../session/session-info.js";

/** What subscribers are told about a publication besides its payload; the same for all of them but the topic. */
export function eventDetails(publisher: SessionInfo, { options }: Publish, permit: Permit): Dict {
  if (permit === ALLOWED && isPlain(options)) return NO_DETAILS;
  const details: Record<string, unknown> = {};
  const policy = permit.disclose ?? "on-request";
  if (policy === "always" || (policy === "on-request" && options.disclose_me === true)) {
    details["publisher"] = publisher.session;
    details["publisher_authid"] = publisher.authid;
    details["publisher_authrole"] = publisher.authrole;
  }
  if (permit.trustlevel !== undefined) details["trustlevel"] = permit.trustlevel;
  carryOver(options, details);
  return details;
}

function isPlain(options: object): boolean {
  for (const _option in options) return false;
  return true;
}
