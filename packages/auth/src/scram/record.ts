import { ConfigError, toBase64 } from "@kreuz/codec";
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64, hmacSha256, pbkdf2, toBytes, xor } from "../bytes.js";
import type { Principal } from "../principal.js";

/**
 * Key derivation function. `argon2id13` and `pbkdf2` are the specification's. `argon2id-13` is what Autobahn|Python
 * computes: the same Argon2id, but it continues with the text of the hash (base64 without padding) instead of its bytes.
 * Keys made by one do not work with the other.
 */
export type ScramKdf = "argon2id13" | "pbkdf2" | "argon2id-13";

/** What a server stores instead of a password (spec: "WAMP-SCRAM", "Data Stored on the Server"). */
export interface ScramRecord {
  readonly kdf: ScramKdf;
  /** Base64. */
  readonly salt: string;
  readonly iterations: number;
  /** KiB, for Argon2id. */
  readonly memory?: number;
  /** Base64 of 32 bytes. */
  readonly storedKey: string;
  /** Base64 of 32 bytes. */
  readonly serverKey: string;
}

/** An account for SCRAM. */
export interface ScramCredential extends Principal, ScramRecord {}

export const SCRAM_KEY_LENGTH = 32;

/** Checks a record that came from outside. @throws ConfigError whose path is the name of the malformed field. */
export function checkScramRecord({ kdf, salt, iterations, memory, storedKey, serverKey }: ScramRecord): void {
  if (kdf !== "argon2id13" && kdf !== "pbkdf2" && kdf !== "argon2id-13")
    throw new ConfigError("kdf", `expected argon2id13, pbkdf2 or argon2id-13, got ${String(kdf)}`);
  if (!isPositiveInteger(iterations))
    throw new ConfigError("iterations", `expected a positive integer, got ${String(iterations)}`);
  if (kdf !== "pbkdf2" && !isPositiveInteger(memory))
    throw new ConfigError("memory", `expected a positive integer (KiB), got ${String(memory)}`);
  if ((fromBase64(salt)?.length ?? 0) === 0) throw new ConfigError("salt", "expected base64");
  for (const [name, key] of Object.entries({ storedKey, serverKey }))
    if (fromBase64(key)?.length !== SCRAM_KEY_LENGTH)
      throw new ConfigError(name, `expected ${SCRAM_KEY_LENGTH} bytes in base64`);
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** A key derivation function and its cost. */
export type KdfSettings = Pick<ScramRecord, "kdf" | "iterations" | "memory">;

/**
 * Computes SaltedPassword (spec: "SCRAM Algorithms"). It is slow on purpose; only clients compute it.
 *
 * @param password - already normalized.
 */
export async function saltedPassword(password: string, salt: Uint8Array, settings: KdfSettings): Promise<Uint8Array> {
  const { kdf, iterations, memory = 0 } = settings;
  if (kdf === "pbkdf2") return pbkdf2("SHA-256", toBytes(password), salt, iterations, SCRAM_KEY_LENGTH);
  const cost = { t: iterations, m: memory, p: 1, version: 0x13, dkLen: SCRAM_KEY_LENGTH };
  const key = await argon2idAsync(password, salt, cost);
  return kdf === "argon2id13" ? key : toBytes(toBase64(key).replace(/=+$/, ""));
}

export function clientKeyOf(saltedPassword: Uint8Array): Uint8Array {
  return hmacSha256(saltedPassword, "Client Key");
}

export function storedKeyOf(clientKey: Uint8Array): Uint8Array {
  return sha256(clientKey);
}

export function serverKeyOf(saltedPassword: Uint8Array): Uint8Array {
  return hmacSha256(saltedPassword, "Server Key");
}

/** Turns ClientKey into ClientProof. The XOR is its own inverse: given a proof, it returns ClientKey. */
export function clientProof(key: Uint8Array, storedKey: Uint8Array, authMessage: string): Uint8Array {
  return xor(key, hmacSha256(storedKey, authMessage));
}

export function serverSignature(serverKey: Uint8Array, authMessage: string): Uint8Array {
  return hmacSha256(serverKey, authMessage);
}
