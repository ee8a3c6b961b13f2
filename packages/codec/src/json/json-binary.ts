import { fromBase64, toBase64 } from "./base64.js";

// Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON").

/** Deeper values take the slow path, which detects values that contain themselves. */
const MAX_PLAIN_DEPTH = 100;

/** The JSON string for binary data. */
export function binaryToString(bytes: Uint8Array): string {
  return `\0${toBase64(bytes)}`;
}

/** The binary data in a JSON string, or the string itself when it holds none. */
export function stringToBinary(value: string): Uint8Array | string {
  return value.charCodeAt(0) === 0 ? (fromBase64(value, 1) ?? value) : value;
}

/** Replaces the binary strings in a parsed value by their bytes. Changes its lists and dicts in place. */
export function reviveBinary(value: unknown): unknown {
  if (typeof value === "string") return stringToBinary(value);
  if (Array.isArray(value)) reviveList(value);
  else if (typeof value === "object" && value !== null) reviveDict(value as Record<string, unknown>);
  return value;
}

function reviveList(list: unknown[]): void {
  for (let index = 0; index < list.length; index++) {
    const before = list[index];
    const after = reviveBinary(before);
    if (after !== before) list[index] = after;
  }
}

function reviveDict(dict: Record<string, unknown>): void {
  for (const key of Object.keys(dict)) {
    const before = dict[key];
    const after = reviveBinary(before);
    // Defined, not assigned: the key may be __proto__.
    if (after !== before)
      Object.defineProperty(dict, key, { value: after, writable: true, enumerable: true, configurable: true });
  }
}

/** As `JSON.stringify`, but bytes become binary strings, a bigint the nearest number, and a value that JSON lacks null. */
export function stringify(value: unknown): string {
  // A replacer makes it five times as slow, and most values need none.
  return (isPlain(value, 1) ? JSON.stringify(value) : JSON.stringify(value, replace)) ?? "null";
}

/** Whether a value needs no replacer: no bytes, no bigint, no `toJSON`. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  if (depth > MAX_PLAIN_DEPTH || value instanceof Uint8Array || "toJSON" in value) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  // JSON.stringify has called the toJSON of a Node Buffer already; only the original still holds the bytes.
  const original: unknown = (this as Record<string, unknown>)[key];
  const bytes = original instanceof Uint8Array ? original : value;
  return bytes instanceof Uint8Array ? binaryToString(bytes) : value;
}
