import { ProtocolError } from "../errors.js";
import { type Id, isId } from "../id.js";
import type { Dict } from "../payload.js";

/** Shared stand-in for every empty dict, so that decoding one allocates nothing. */
export const EMPTY_DICT: Dict = Object.freeze({});

/** A test for one value, with the words that an error uses for what it expects. */
export interface Check {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** The test for each element of a list, so that an error can name the wrong one. */
  readonly element?: Check;
}

export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

export function isEmptyDict(value: object): boolean {
  for (const _key in value) return false;
  return true;
}

const isString = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isHop = (value: unknown): boolean =>
  isDict(value) &&
  isId(value["session"]) &&
  (value["authid"] === null || isString(value["authid"])) &&
  isString(value["authrole"]);

export const bool: Check = { expected: "a boolean", accepts: (value) => typeof value === "boolean" };
export const string: Check = { expected: "a string", accepts: isString };
export const count: Check = { expected: "a non-negative integer", accepts: isCount };
export const id: Check = { expected: "an id (integer from 1 to 2^53)", accepts: isId };
export const dict: Check = { expected: "a dict", accepts: isDict };
export const idList: Check = listOf("a list of ids", id);
export const stringList: Check = listOf("a list of strings", string);
export const hops: Check = listOf("a list of dicts with session, authid and authrole", {
  expected: "a dict with session (an id), authid (a string or null) and authrole (a string)",
  accepts: isHop,
});

function listOf(expected: string, element: Check): Check {
  return { expected, element, accepts: (value) => Array.isArray(value) && value.every(element.accepts) };
}

export function oneOf(...values: readonly string[]): Check {
  return {
    expected: `one of ${values.map((value) => `"${value}"`).join(", ")}`,
    accepts: (value) => typeof value === "string" && values.includes(value),
  };
}

/** Payload encryption algorithms of Autobahn and Crossbar.io, or an implementation's own `x_…`. */
export const encryptionAlgorithm: Check = {
  expected: '"cryptobox", "mqtt", "xbr" or an "x_" name',
  accepts: (value) => typeof value === "string" && /^(?:cryptobox|mqtt|xbr|x_[a-z][0-9a-z_]*)$/.test(value),
};

/**
 * Throws the error for a field with a wrong value.
 *
 * @param field - message and field as the specification writes them, for example `CALL.Request`.
 * @throws ProtocolError always: names the field, the expected value and the actual one.
 */
export function reject(field: string, expected: string, value: unknown): never {
  throw new ProtocolError(`${field}: expected ${expected}, got ${describe(value)}`);
}

/**
 * Throws the error for a value that a check does not accept; in a list, for the first wrong element.
 *
 * @throws ProtocolError always, as {@link reject} does.
 */
export function rejectBy(check: Check, field: string, value: unknown): never {
  const { element } = check;
  if (element === undefined || !Array.isArray(value)) return reject(field, check.expected, value);
  const index = value.findIndex((item) => !element.accepts(item));
  return rejectBy(element, `${field}[${index}]`, value[index]);
}

export function asId(field: string, value: unknown): Id {
  return isId(value) ? value : reject(field, id.expected, value);
}

export function asString(field: string, value: unknown): string {
  return typeof value === "string" ? value : reject(field, string.expected, value);
}

export function asDict(field: string, value: unknown): Dict {
  return isDict(value) ? value : reject(field, dict.expected, value);
}

/** Describes a value for an error message: its kind and, for scalars, the start of its text. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Uint8Array) return `binary data (length ${value.length})`;
  if (typeof value === "object") return "a dict";
  if (typeof value === "string")
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  return `${typeof value === "bigint" ? "integer" : typeof value} ${String(value).slice(0, 40)}`;
}
