import { argon2idAsync } from "@noble/hashes/argon2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hmacSha256, octets, toBase64, xor, type Bytes } from "../bytes.js";
import { pbkdf2 } from "../pbkdf2.js";
import type { ScramRecord } from "./record.js";

const LENGTH = 32;

/** What the password is turned into, and what with. */
export type KdfSettings = Pick<ScramRecord, "kdf" | "iterations" | "memory">;

/**
 * SaltedPassword (spec: "SCRAM Algorithms"). Expensive on purpose, and for clients alone: a server never computes it.
 *
 * @param password - normalized.
 */
export async function saltedPassword(password: string, salt: Uint8Array, settings: KdfSettings): Promise<Uint8Array> {
  const { kdf, iterations, memory = 0 } = settings;
  if (kdf === "pbkdf2") return pbkdf2("SHA-256", octets(password), salt, iterations, LENGTH);
  const key = await argon2idAsync(password, salt, { t: iterations, m: memory, p: 1, version: 0x13, dkLen: LENGTH });
  return kdf === "argon2id13" ? key : octets(toBase64(key).replace(/=+$/, ""));
}

export function clientKeyOf(salted: Uint8Array): Bytes {
  return hmacSha256(salted, "Client Key");
}

export function storedKeyOf(clientKey: Uint8Array): Bytes {
  return new Uint8Array(sha256(clientKey));
}

export function serverKeyOf(salted: Uint8Array): Bytes {
  return hmacSha256(salted, "Server Key");
}

/** ClientProof; and from a proof, with the same arithmetic, the key that it was made with. */
export function clientProof(key: Uint8Array, storedKey: Uint8Array, authMessage: string): Bytes {
  return xor(key, hmacSha256(storedKey, authMessage));
}

export function serverSignature(serverKey: Uint8Array, authMessage: string): Bytes {
  return hmacSha256(serverKey, authMessage);
}
