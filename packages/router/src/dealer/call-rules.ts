import { ErrorUri, WampError, type Call, type CallOptions } from "@kreuz/codec";
import type { Callee } from "./callee.js";
import { isPassthru } from "../payload/passthru.js";
import { announces } from "../session/peer-features.js";
import type { Permit } from "../auth/permit.js";

/** @throws WampError when the caller may not have what it asks for. */
export function checkCall({ options }: Call, permit: Permit): void {
  if (options.disclose_me === true && permit.disclose === "never")
    throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "this router does not disclose callers here");
  if (options.runmode === undefined) return;
  if (options.runmode !== "partition")
    throw new WampError(ErrorUri.OPTION_NOT_ALLOWED, `runmode: expected "partition", got "${options.runmode}"`);
  if (options.rkey === undefined)
    throw new WampError(ErrorUri.INVALID_ARGUMENT, 'rkey: expected a resource key, since runmode is "partition"');
}

/** @throws WampError when the callee lacks a feature without which the call makes no sense. */
export function checkCallee(options: CallOptions, { session }: Callee): void {
  const missing = (feature: string): WampError =>
    new WampError(ErrorUri.FEATURE_NOT_SUPPORTED, `the callee did not announce ${feature}`);
  if (options.progress === true) {
    if (!announces(session, "callee.progressive_call_invocations")) throw missing("progressive_call_invocations");
    if (!announces(session, "callee.call_canceling")) throw missing("call_canceling");
  }
  if (isPassthru(options) && !announces(session, "callee.payload_passthru_mode"))
    throw missing("payload_passthru_mode");
}

/** Milliseconds that a call may take: what the caller asks for, capped by what it may have; 0 for no limit. */
export function timeoutOf({ options }: Call, permit: Permit): number {
  const asked = options.timeout ?? 0;
  const most = permit.maxCallTimeout ?? 0;
  if (asked === 0 || most === 0) return Math.max(asked, most);
  return Math.min(asked, most);
}
