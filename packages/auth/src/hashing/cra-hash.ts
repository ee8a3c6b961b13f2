import { octets, randomOctets, toBase64 } from "../bytes.js";
import { pbkdf2 } from "../pbkdf2.js";
import type { CraCredential } from "../wampcra.js";

/** Settings of {@link hashCraSecret}. */
export interface CraHashOptions {
  /** Of PBKDF2 with SHA-256. Default 100 000: some clients compute it in JavaScript. */
  readonly iterations?: number;
  /** Bytes of the key, a multiple of 4. Default 32. */
  readonly keylen?: number;
  /** Any text. Default: 16 random bytes in base64. */
  readonly salt?: string;
}

/**
 * The salted key that a WAMP-CRA account is kept with (spec: "Password Salting"). Who has it can log in with it: it
 * hides what the password was, and is itself as secret as one.
 */
export async function hashCraSecret(
  secret: string,
  { iterations = 100_000, keylen = 32, salt = toBase64(randomOctets(16)) }: CraHashOptions = {},
): Promise<Required<Pick<CraCredential, "secret" | "salt" | "iterations" | "keylen">>> {
  const key = await pbkdf2("SHA-256", octets(secret), octets(salt), iterations, keylen);
  return { secret: toBase64(key), salt, iterations, keylen };
}
