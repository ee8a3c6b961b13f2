import { ErrorUri, WampError, type Call, type CallOptions, type Uri } from "@kreuz/codec";
import type { Permit } from "../auth/authorizer.js";
import { isPassthru } from "../payload/passthru.js";
import { announces } from "../session/peer-features.js";
import type { SendOutcome } from "../session/session.js";
import type { CallOutcome } from "../stats/realm-stats.js";
import type { PendingCall } from "./pending-call.js";
import type { Callee, Registration } from "./registration.js";

// What may be called and on which terms, and the errors that say why a call failed.

/** @throws WampError when the caller is not allowed to use an option, or options contradict each other. */
export function checkCall({ options }: Call, permit: Permit): void {
  if (options.disclose_me === true && permit.disclose === "never")
    throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "callers are not disclosed for this procedure");
  if (options.runmode === undefined) return;
  if (options.runmode !== "partition")
    throw new WampError(ErrorUri.OPTION_NOT_ALLOWED, `runmode: expected "partition", got "${options.runmode}"`);
  if (options.rkey === undefined)
    throw new WampError(ErrorUri.INVALID_ARGUMENT, 'rkey: runmode "partition" requires a resource key');
}

/** @param isolated - whether other nodes may have a callee, and cannot be asked. */
export function noSuchProcedure(procedure: Uri, isolated = false): WampError {
  return isolated
    ? new WampError(
        ErrorUri.NETWORK_FAILURE,
        `no callee is known for procedure "${procedure}", and the other nodes cannot be reached`,
      )
    : new WampError(ErrorUri.NO_SUCH_PROCEDURE, `no callee is registered for procedure "${procedure}"`);
}

/** @throws WampError when the callee did not announce a feature that the call requires. */
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

/** The error for a message that could not be sent. `what` and `peer` name it: "the result", "the caller". */
export function undeliverable(outcome: SendOutcome, what: string, peer: string): WampError {
  return outcome === "too-long"
    ? new WampError(ErrorUri.PAYLOAD_SIZE_EXCEEDED, `${what} exceeds the message length that ${peer} accepts`)
    : new WampError(ErrorUri.INVALID_ARGUMENT, `${what} cannot be encoded for ${peer}`);
}

/** The error for a callee's ERROR that could not be sent: it keeps its URI when only the payload is at fault. */
export function undeliverableError(outcome: SendOutcome, error: string): WampError {
  const reason = undeliverable(outcome, "the error's payload", "the caller");
  return outcome === "too-long" ? reason : new WampError(error, reason.message);
}

/** The error for a callee's ERROR whose URI is invalid; the caller must not take it for a violation of the router's. */
export function invalidErrorUri(uri: string): WampError {
  return new WampError(
    ErrorUri.INVALID_URI,
    `the callee answered with an error with an invalid URI: "${uri.slice(0, 80)}"`,
  );
}

/** The error for a call whose callee left. */
export function calleeLeft(): WampError {
  return new WampError(ErrorUri.CANCELED, "the callee left before it answered");
}

/** The error for a call that its callee refused and no other can be asked for. */
export function calleeUnavailable(): WampError {
  return new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "the callee is unavailable");
}

/** The error for a call that its caller cancelled. */
export function cancelled(): WampError {
  return new WampError(ErrorUri.CANCELED, "the caller cancelled the call");
}

/** The error for a call that waited for callees of which none is left. */
export function noCalleeLeft({ callees }: Registration): WampError {
  return callees.length === 0
    ? new WampError(ErrorUri.CANCELED, "the procedure was unregistered while the call waited")
    : new WampError(ErrorUri.NO_AVAILABLE_CALLEE, "all remaining callees are unavailable");
}

/** The errors of the router that have an outcome of their own. */
const REFUSALS: ReadonlyMap<string, CallOutcome> = new Map([
  [ErrorUri.NO_SUCH_PROCEDURE, "no_procedure"],
  [ErrorUri.NO_AVAILABLE_CALLEE, "no_callee"],
  [ErrorUri.NOT_AUTHORIZED, "denied"],
  [ErrorUri.AUTHORIZATION_FAILED, "denied"],
]);

/** How a call ended that the router refused with this error: what is counted for the event `actionRefused`. */
export function outcomeOfRefusal({ uri }: WampError): CallOutcome {
  return REFUSALS.get(uri) ?? "error";
}

/** How a call ended that its callee answered with ERROR. */
export function outcomeOfError({ state, timeout, callee }: PendingCall, error: string): CallOutcome {
  if (state === "interrupted") return "canceled";
  return error === ErrorUri.TIMEOUT && timeout > 0 && callee?.forwardTimeout === true ? "timeout" : "error";
}
