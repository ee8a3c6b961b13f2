import { randomOctets, toBase64 } from "../bytes.js";
import { saslprep } from "../scram/saslprep.js";
import type { ScramKdf, ScramRecord } from "../scram/record.js";
import { clientKeyOf, saltedPassword, serverKeyOf, storedKeyOf } from "../scram/keys.js";

/** Settings of {@link hashScramPassword}. */
export interface ScramHashOptions {
  /** Default `argon2id13`; `argon2id-13` for clients that use Autobahn|Python. */
  readonly kdf?: ScramKdf;
  /** Default 3 for Argon2id, 600 000 for PBKDF2. */
  readonly iterations?: number;
  /** KiB, for Argon2id. Default 65 536. */
  readonly memory?: number;
  /** Default: 16 random bytes. */
  readonly salt?: Uint8Array;
}

/** What a server keeps of a password for SCRAM (spec: "Data Stored on the Server"). */
export async function hashScramPassword(password: string, options: ScramHashOptions = {}): Promise<ScramRecord> {
  const { kdf = "argon2id13", salt = randomOctets(16) } = options;
  const cost =
    kdf === "pbkdf2"
      ? { iterations: options.iterations ?? 600_000 }
      : { iterations: options.iterations ?? 3, memory: options.memory ?? 65_536 };
  // Autobahn|Python does not normalize passwords.
  const text = kdf === "argon2id-13" ? password : saslprep(password);
  const salted = await saltedPassword(text, salt, { kdf, ...cost });
  return {
    kdf,
    salt: toBase64(salt),
    ...cost,
    storedKey: toBase64(storedKeyOf(clientKeyOf(salted))),
    serverKey: toBase64(serverKeyOf(salted)),
  };
}
