import { fromBase64 as decodeBase64, toBase64 } from "@kreuz/codec";
import { equalBytes } from "@noble/curves/utils.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Returns `length` bytes that nobody can predict. */
export type RandomBytes = (length: number) => Uint8Array;

/** Draws from the platform's cryptographic generator. */
export const systemRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A string becomes its UTF-8 bytes. */
export function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? utf8ToBytes(value) : value;
}

/** HMAC-SHA-256. Strings are taken as UTF-8. */
export function hmacSha256(key: Uint8Array | string, message: Uint8Array | string): Uint8Array {
  return hmac(sha256, toBytes(key), toBytes(message));
}

/** PBKDF2 (RFC 8018), computed by the platform outside the event loop. */
export async function pbkdf2(
  hash: "SHA-256" | "SHA-512",
  secret: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), "PBKDF2", false, ["deriveBits"]);
  const settings = { name: "PBKDF2", hash, salt: new Uint8Array(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(settings, key, length * 8));
}

/** Compares two secrets in a time that reveals neither the first difference nor the length of the expected one. */
export function equalSecrets(given: string, expected: string): boolean {
  return equalBytes(sha256(utf8ToBytes(given)), sha256(utf8ToBytes(expected)));
}

/**
 * Decodes canonical Base64: codec's decoder ignores the unused bits of the last digit, so that several strings give the
 * same bytes.
 *
 * @returns `undefined` when the text is not canonical Base64 with padding (RFC 4648, sections 3.5 and 4).
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = decodeBase64(text, 0);
  return bytes !== undefined && toBase64(bytes) === text ? bytes : undefined;
}

/** @returns `undefined` unless the text is exactly `length` bytes in hex, upper or lower case. */
export function fromHex(text: unknown, length: number): Uint8Array | undefined {
  if (typeof text !== "string" || text.length !== length * 2 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return hexToBytes(text);
}

export const toHex: (bytes: Uint8Array) => string = bytesToHex;

/** XORs two arrays of the same length. */
export function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ right[index]!);
}
