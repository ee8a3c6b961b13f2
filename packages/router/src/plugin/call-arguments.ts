import { ErrorUri, isId, WampError, type Dict, type Id } from "@kreuz/codec";
import type { ProcedureCall } from "./plugin.js";

// Reads the arguments of a plugin's procedure. Every error is a WampError `wamp.error.invalid_argument` that names the
// argument, what was expected, and what was received.

/** Elements of a list of strings. */
const MAX_ELEMENTS = 1000;

/** Characters of a text for people. */
const MAX_TEXT = 1024;

/** Refuses a call with more positional arguments than its procedure takes. @throws WampError */
export function atMostArguments(call: ProcedureCall, max: number): void {
  if (call.args.length > max)
    throw invalidArgument(
      `${call.procedure} takes ${max === 0 ? "no" : `at most ${max}`} positional arguments, got ${call.args.length}`,
    );
}

/** Reads an argument unless it is absent. `null` counts as absent, since a positional argument cannot be skipped. */
export function optionalArgument<T>(
  name: string,
  value: unknown,
  read: (name: string, value: unknown) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : read(name, value);
}

/** @throws WampError */
export function idArgument(name: string, value: unknown): Id {
  return isId(value) ? value : refuse(name, "an id (integer from 1 to 2^53)", value);
}

/** @throws WampError */
export function stringArgument(name: string, value: unknown): string {
  return typeof value === "string" ? value : refuse(name, "a string", value);
}

/** A text for people, such as a reason, that may be sent to many. @throws WampError */
export function textArgument(name: string, value: unknown): string {
  const text = stringArgument(name, value);
  if (text.length <= MAX_TEXT) return text;
  throw invalidArgument(`${name}: expected at most ${MAX_TEXT} characters, got ${text.length}`);
}

/** @throws WampError */
export function booleanArgument(name: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : refuse(name, "a boolean", value);
}

/** @throws WampError */
export function listArgument(name: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(name, "a list", value);
}

/** @throws WampError */
export function stringsArgument(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return refuse(name, "a list of strings", value);
  const elements: readonly unknown[] = value;
  if (elements.length > MAX_ELEMENTS)
    throw invalidArgument(`${name}: expected at most ${MAX_ELEMENTS} elements, got ${elements.length}`);
  return elements.map((element, index) => stringArgument(`${name}[${index}]`, element));
}

/** @throws WampError */
export function dictArgument(name: string, value: unknown): Dict {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return refuse(name, "a dict", value);
  return value as Dict;
}

/** One of a few strings. @throws WampError */
export function choiceArgument<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value);
  return chosen ?? refuse(name, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`, value);
}

/** The error for an argument that is invalid in another way. */
export function invalidArgument(message: string): WampError {
  return new WampError(ErrorUri.INVALID_ARGUMENT, message);
}

function refuse(name: string, expected: string, value: unknown): never {
  throw invalidArgument(`${name}: expected ${expected}, got ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "number") return `the number ${value}`;
  if (Array.isArray(value)) return "a list";
  return value instanceof Uint8Array ? "binary" : typeof value === "object" ? "a dict" : `a ${typeof value}`;
}
