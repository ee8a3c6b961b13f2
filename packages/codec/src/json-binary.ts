/**
 * Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON").
 */

/** Searched for, not matched against: a match of a whole megabyte exhausts the stack of the expression engine. */
const NOT_BASE64 = /[^A-Za-z0-9+/]/;
const CHUNK = 0x8000;

/** The string that stands for binary bytes in JSON. */
export function binaryToString(bytes: Uint8Array): string {
  let characters = "";
  for (let start = 0; start < bytes.length; start += CHUNK)
    characters += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  return `\0${btoa(characters)}`;
}

/** The bytes that a string stands for, or the string itself when it is an ordinary one. */
export function stringToBinary(value: string): Uint8Array | string {
  if (value.charCodeAt(0) !== 0 || !isBase64(value.slice(1))) return value;
  const characters = atob(value.slice(1));
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

function isBase64(text: string): boolean {
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  return text.length % 4 === 0 && !NOT_BASE64.test(text.slice(0, text.length - padding));
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
  return JSON.stringify(value, replace) ?? "null";
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  // Node's Buffer has a toJSON, so that its bytes are to be found in the original only.
  const original: unknown = (this as Record<string, unknown>)[key];
  const bytes = original instanceof Uint8Array ? original : value;
  return bytes instanceof Uint8Array ? binaryToString(bytes) : value;
}
