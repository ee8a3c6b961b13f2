import { argon2idAsync } from "@noble/hashes/argon2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ConfigError, toBase64 } from "@kreuz/codec";
import { fromBase64, hmacSha256, octets, pbkdf2, xor, type Bytes } from "../bytes.js";
import type { Grant } from "../principal.js";

/**
 * How a password becomes a key. `argon2id13` and `pbkdf2` are the specification's. `argon2id-13` is Autobahn|Python's:
 * the same Argon2id, but it goes on with the text of the hash (base64 without padding) where the specification takes the
 * bytes, so that keys made by one are no good for the other.
 */
export type ScramKdf = "argon2id13" | "pbkdf2" | "argon2id-13";

/** What a server keeps in place of a password (spec: "WAMP-SCRAM", "Data Stored on the Server"). */
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
export interface ScramCredential extends Grant, ScramRecord {}

export const SCRAM_KEY_LENGTH = 32;

/** @throws ConfigError when a record is broken; the path is the name of the field. */
export function checkScramRecord({ kdf, salt, iterations, memory, storedKey, serverKey }: ScramRecord): void {
  if (kdf !== "argon2id13" && kdf !== "pbkdf2" && kdf !== "argon2id-13")
    throw new ConfigError("kdf", "expected argon2id13, pbkdf2 or argon2id-13");
  const count = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value) && value > 0;
  if (!count(iterations)) throw new ConfigError("iterations", "expected a positive integer");
  if (kdf !== "pbkdf2" && !count(memory)) throw new ConfigError("memory", "expected KiB, a positive integer");
  if ((fromBase64(salt)?.length ?? 0) === 0) throw new ConfigError("salt", "expected base64");
  for (const [name, key] of Object.entries({ storedKey, serverKey }))
    if (fromBase64(key)?.length !== SCRAM_KEY_LENGTH) throw new ConfigError(name, "expected 32 bytes in base64");
}

/** What the password is turned into, and what with. */
export type KdfSettings = Pick<ScramRecord, "kdf" | "iterations" | "memory">;

/**
 * SaltedPassword (spec: "SCRAM Algorithms"). Expensive on purpose, and for clients alone: a server never computes it.
 *
 * @param password - normalized.
 */
export async function saltedPassword(password: string, salt: Uint8Array, settings: KdfSettings): Promise<Uint8Array> {
  const { kdf, iterations, memory = 0 } = settings;
  if (kdf === "pbkdf2") return pbkdf2("SHA-256", octets(password), salt, iterations, SCRAM_KEY_LENGTH);
  const key = await argon2idAsync(password, salt, {
    t: iterations,
    m: memory,
    p: 1,
    version: 0x13,
    dkLen: SCRAM_KEY_LENGTH,
  });
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
