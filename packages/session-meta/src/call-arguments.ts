import { CloseUri, ErrorUri, isId, isUri, WampError, type Id } from "@kreuz/codec";
import type { Departure, ProcedureCall } from "@kreuz/router";

/** @throws WampError `wamp.error.invalid_argument` when a call has more positional arguments than its procedure takes. */
export function atMost(call: ProcedureCall, most: number): void {
  if (call.args.length > most)
    throw invalid(`${call.procedure} takes ${most === 0 ? "no" : `at most ${most}`} positional arguments, got ${call.args.length}`);
}

/** The session id at `args[0]`. @throws WampError `wamp.error.invalid_argument` */
export function sessionArgument(call: ProcedureCall): Id {
  atMost(call, 1);
  const session: unknown = call.args[0];
  if (!isId(session)) throw mismatch("session", "an id (integer from 1 to 2^53)", session);
  return session;
}

/** The string at `args[0]`. @throws WampError `wamp.error.invalid_argument` */
export function stringArgument(call: ProcedureCall, name: string): string {
  atMost(call, 1);
  const value: unknown = call.args[0];
  if (typeof value !== "string") throw mismatch(name, "a string", value);
  return value;
}

/** The optional list of roles at `args[0]`; `null` counts as absent. @throws WampError `wamp.error.invalid_argument` */
export function authrolesArgument(call: ProcedureCall): readonly string[] | undefined {
  atMost(call, 1);
  const value: unknown = call.args[0];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw mismatch("filter_authroles", "a list of strings", value);
  const roles: readonly unknown[] = value;
  return roles.map((role, index) => {
    if (typeof role !== "string") throw mismatch(`filter_authroles[${index}]`, "a string", role);
    return role;
  });
}

/**
 * What GOODBYE will say, from the keyword arguments `reason` and `message`. Checked before anybody is killed.
 *
 * @throws WampError `wamp.error.invalid_uri` for a malformed reason, `wamp.error.invalid_argument` for a wrong type.
 */
export function departureArguments({ kwargs }: ProcedureCall): Departure {
  const reason: unknown = kwargs["reason"] ?? CloseUri.KILLED;
  const message: unknown = kwargs["message"] ?? undefined;
  if (typeof reason !== "string") throw mismatch("reason", "a URI", reason);
  if (!isUri(reason)) throw new WampError(ErrorUri.INVALID_URI, `reason: "${reason.slice(0, 80)}" is not a valid URI`);
  if (message === undefined) return { reason };
  if (typeof message !== "string") throw mismatch("message", "a string", message);
  return { reason, message };
}

function mismatch(argument: string, expected: string, value: unknown): WampError {
  return invalid(`${argument}: expected ${expected}, got ${kindOf(value)}`);
}

function invalid(message: string): WampError {
  return new WampError(ErrorUri.INVALID_ARGUMENT, message);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "number") return `the number ${value}`;
  return Array.isArray(value) ? "a list" : value instanceof Uint8Array ? "binary" : typeof value === "object" ? "a dict" : `a ${typeof value}`;
}
