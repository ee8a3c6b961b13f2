import { fromBase64, toBase64 } from "./base64.js";

/** Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON"). */

/** Deeper values are left to the slow way, which tells whether they refer to themselves. */
const DEEPEST_PLAIN = 100;

/** The string that stands for binary bytes in JSON. */
export function binaryToString(bytes: Uint8Array): string {
  return `\0${toBase64(bytes)}`;
}

/** The bytes that a string stands for, or the string itself when it is an ordinary one. */
export function stringToBinary(value: string): Uint8Array | string {
  return value.charCodeAt(0) === 0 ? (fromBase64(value, 1) ?? value) : value;
}

/** A parsed JSON value with its binary strings turned into bytes. Changes lists and dicts in place: they are ours. */
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
    // Defined, not assigned: a key named __proto__ must stay an ordinary key.
    if (after !== before)
      Object.defineProperty(dict, key, { value: after, writable: true, enumerable: true, configurable: true });
  }
}

/** A value as JSON: bytes become strings, integers beyond 2^53 the nearest number, what JSON cannot say null. */
export function stringify(value: unknown): string {
  // A replacer makes it five times as slow, and most values need none.
  return (isPlain(value, 1) ? JSON.stringify(value) : JSON.stringify(value, replace)) ?? "null";
}

/** True when a value is as JSON has it all through: no bytes, no bigint, nothing with a `toJSON`. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  if (depth > DEEPEST_PLAIN || value instanceof Uint8Array || "toJSON" in value) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  // Node's Buffer has a toJSON, so that its bytes are to be found in the original only.
  const original: unknown = (this as Record<string, unknown>)[key];
  const bytes = original instanceof Uint8Array ? original : value;
  return bytes instanceof Uint8Array ? binaryToString(bytes) : value;
}
