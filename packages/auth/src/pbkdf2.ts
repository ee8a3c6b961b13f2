import type { Bytes } from "./bytes.js";

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
