import { equalBytes } from "@noble/curves/utils.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64 as decodeBase64, toBase64 } from "@kreuz/codec";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export type Bytes = Uint8Array<ArrayBuffer>;

/** HMAC-SHA-256. A text stands for its UTF-8 bytes. */
export function hmacSha256(key: Uint8Array | string, message: Uint8Array | string): Bytes {
  return hmac(sha256, octets(key), octets(message));
}

export function octets(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? utf8ToBytes(value) : value;
}

/** Bytes that nobody can predict, from the platform's generator. */
export function randomOctets(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Whether two secrets are the same, in a time that tells neither where they differ nor how long the right one is. */
export function sameSecret(given: string, right: string): boolean {
  return equalBytes(sha256(utf8ToBytes(given)), sha256(utf8ToBytes(right)));
}

/** @returns `undefined` unless the text is Base64 in its one canonical form: what it stands for is written just so. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = decodeBase64(text, 0);
  return bytes !== undefined && toBase64(bytes) === text ? bytes : undefined;
}

/** @returns `undefined` unless the text is exactly `length` bytes in hex, of either case. */
export function fromHex(text: unknown, length: number): Bytes | undefined {
  if (typeof text !== "string" || text.length !== length * 2 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return hexToBytes(text) as Bytes;
}

export const toHex: (bytes: Uint8Array) => string = bytesToHex;

/** Byte by byte; both have the same length. */
export function xor(one: Uint8Array, other: Uint8Array): Bytes {
  return Uint8Array.from(one, (byte, index) => byte ^ other[index]!);
}

/** PBKDF2 (RFC 8018) by the platform, which does it beside the event loop. */
export async function pbkdf2(
  hash: "SHA-256" | "SHA-512",
  secret: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), "PBKDF2", false, ["deriveBits"]);
  const settings = { name: "PBKDF2", hash, salt: new Uint8Array(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(settings, key, length * 8));
}
