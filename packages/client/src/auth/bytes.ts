import { fromBase64 } from "../base64.js";

/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

export async function hmacSha256(key: Bytes, data: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

export async function pbkdf2(password: string, salt: Bytes, iterations: number, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveBits"]);
  const settings = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(settings, key, length * 8));
}

/** Both must have the same length. */
export function xor(one: Bytes, other: Bytes): Bytes {
  return one.map((byte, index) => byte ^ other[index]!);
}

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @throws TypeError unless the text is `length` bytes in hex. */
export function bytesOf(hex: unknown, length: number, what: string): Bytes {
  if (typeof hex !== "string" || hex.length !== length * 2 || !/^[0-9a-f]*$/i.test(hex))
    throw new TypeError(`${what}: expected ${length * 2} hex digits`);
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

/** @throws TypeError unless the text is base64. */
export function base64Bytes(text: string, what: string): Bytes {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new TypeError(`${what}: expected base64`);
  return bytes;
}
