import type { Dict, PassthruAttributes } from "@kreuz/codec";

/** Attributes that go from one side to the other unread (spec: "Payload Passthru Mode"; Autobahn's payload transparency). */
const CARRIED = ["ppt_scheme", "ppt_serializer", "ppt_cipher", "ppt_keyid", "enc_algo", "enc_serializer", "enc_key"];

/** Adds to `details` what `options` says about how the payload is packed. */
export function carryOver(options: Dict, details: Record<string, unknown>): void {
  for (const name of CARRIED) {
    const value = options[name];
    if (value !== undefined) details[name] = value;
  }
}

/** Whether Payload Passthru Mode is in use: by the existence and non-empty value of `ppt_scheme`. */
export function isPassthru({ ppt_scheme }: PassthruAttributes): boolean {
  return ppt_scheme !== undefined && ppt_scheme !== "";
}
