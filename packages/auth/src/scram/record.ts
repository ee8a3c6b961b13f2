import { ConfigError } from "@kreuz/codec";
import { fromBase64 } from "../bytes.js";
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
