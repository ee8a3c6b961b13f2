import { fromBase64, readBase64, toBase64 } from "./base64.js";

// Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON").

/** Deeper values take the slow path, which detects values that contain themselves. */
const MAX_PLAIN_DEPTH = 100;

/** The platform writes integers up to 31 bits fast; of larger ones, it is left a few. */
const MAX_FAST_INTEGER = 2 ** 30;
const MAX_SHORT_LIST = 64;

/** How a frame spells the first character of a binary string; JSON has no other way. */
const BINARY_MARK = new TextEncoder().encode("\\u0000");

/** The JSON string for binary data. */
export function binaryToString(bytes: Uint8Array): string {
  return `\0${toBase64(bytes)}`;
}

/** The binary data in a JSON string, or the string itself when it holds none. */
export function stringToBinary(value: string): Uint8Array | string {
  return value.charCodeAt(0) === 0 ? (fromBase64(value, 1) ?? value) : value;
}

/**
 * The JSON of a value that the platform writes as it should: one without bytes, bigints, `toJSON` and integers beyond 2^53.
 * Returns `undefined` for any other value, and for one that we write faster.
 */
export function stringifyPlain(value: unknown): string | undefined {
  return !isListOfIds(value) && isPlain(value, 1) ? JSON.stringify(value) : undefined;
}

/** A long list of large integers, such as all session ids, which the platform writes several times slower. */
function isListOfIds(args: unknown): boolean {
  const list: unknown = Array.isArray(args) ? args[0] : undefined;
  return Array.isArray(list) && list.length > MAX_SHORT_LIST && list[0] > MAX_FAST_INTEGER;
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "number") return value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER;
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  if (depth > MAX_PLAIN_DEPTH || value instanceof Uint8Array || "toJSON" in value) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

/** As {@link stringToBinary}, for a string of a frame; `undefined` as well if it has escapes behind the mark. */
export function base64Bytes(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  for (let index = 0; index < BINARY_MARK.length; index++)
    if (bytes[start + index] !== BINARY_MARK[index]) return undefined;
  return readBase64(bytes, start + BINARY_MARK.length, end);
}
