/**
 * Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON").
 */

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
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
  if (value.charCodeAt(0) !== 0 || !BASE64.test(value.slice(1))) return value;
  const characters = atob(value.slice(1));
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

/** A parsed JSON value with its binary strings turned into bytes. Changes lists and dicts in place: they are ours. */
export function reviveBinary(value: unknown): unknown {
  if (typeof value === "string") return stringToBinary(value);
  if (typeof value !== "object" || value === null) return value;
  const container = value as Record<string, unknown>;
  for (const key of Object.keys(container)) {
    const before = container[key];
    const after = reviveBinary(before);
    // Defined, not assigned: a key named __proto__ must stay an ordinary key.
    if (after !== before)
      Object.defineProperty(container, key, { value: after, writable: true, enumerable: true, configurable: true });
  }
  return value;
}

/** For `JSON.stringify`: bytes become strings, integers beyond 2^53 become the nearest number. */
export function replaceForJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Uint8Array ? binaryToString(value) : value;
}
