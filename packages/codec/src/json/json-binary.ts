/**
 * Binary values in JSON: a string of `\0` followed by Base64 (spec: "Binary support in JSON"). Base64 is coded here
 * because the platform's `btoa` and `atob` take a microsecond for 25 bytes.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 0x3d;
const INVALID = 64;
const LETTERS: Uint8Array = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const VALUES: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = ALPHABET.indexOf(String.fromCharCode(code));
  return value < 0 ? INVALID : value;
});
const DECODER = new TextDecoder();

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

function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let filled = 0;
  for (let offset = 0; offset < bytes.length; offset += 3) {
    const left = bytes.length - offset;
    const group =
      ((bytes[offset] as number) << 16) |
      (left > 1 ? (bytes[offset + 1] as number) << 8 : 0) |
      (left > 2 ? (bytes[offset + 2] as number) : 0);
    text[filled++] = LETTERS[group >> 18] as number;
    text[filled++] = LETTERS[(group >> 12) & 63] as number;
    text[filled++] = left > 1 ? (LETTERS[(group >> 6) & 63] as number) : PADDING;
    text[filled++] = left > 2 ? (LETTERS[group & 63] as number) : PADDING;
  }
  return DECODER.decode(text);
}

/** Decodes from `start` on; `undefined` unless it is Base64 with padding (RFC 4648, section 4). */
function fromBase64(text: string, start: number): Uint8Array | undefined {
  if ((text.length - start) % 4 !== 0) return undefined;
  let end = text.length;
  while (end > Math.max(start, text.length - 2) && text.charCodeAt(end - 1) === PADDING) end--;
  const bytes = new Uint8Array(Math.floor(((end - start) * 3) / 4));
  let filled = 0;
  let bits = 0;
  let group = 0;
  for (let offset = start; offset < end; offset++) {
    const code = text.charCodeAt(offset);
    const value = code < 128 ? (VALUES[code] as number) : INVALID;
    if (value === INVALID) return undefined;
    group = (group << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[filled++] = group >> bits;
    }
  }
  return bytes;
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
