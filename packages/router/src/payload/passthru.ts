import { copyTraceContext } from "./trace-context.js";
import type { Dict, PassthruAttributes } from "@kreuz/codec";

/** The details of a message that has none. Shared, so that the plain case allocates nothing. */
export const NO_DETAILS: Dict = Object.freeze({});

/** Attributes that pass from one side to the other unread (spec: "Payload Passthru Mode"; Autobahn's payload transparency). */
const PASSTHRU = ["ppt_scheme", "ppt_serializer", "ppt_cipher", "ppt_keyid", "enc_algo", "enc_serializer", "enc_key"];

/** Copies to `details` what `options` says about how the payload is packed, and the trace context. */
export function copyPassthru(options: Dict, details: Record<string, unknown>): void {
  for (const name of PASSTHRU) {
    const value = options[name];
    if (value !== undefined) details[name] = value;
  }
  copyTraceContext(options, details);
}

/** Whether Payload Passthru Mode is in use: `ppt_scheme` is present and not empty. */
export function isPassthru({ ppt_scheme }: PassthruAttributes): boolean {
  return ppt_scheme !== undefined && ppt_scheme !== "";
}

/** Whether options or details are empty, as they are for most messages. */
export function isEmpty(dict: object): boolean {
  for (const _name in dict) return false;
  return true;
}
