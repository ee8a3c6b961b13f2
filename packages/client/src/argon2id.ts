import { argon2idAsync } from "@noble/hashes/argon2.js";
import type { Argon2id } from "./auth/scram.js";

/** Argon2id for {@link scram}, by `@noble/hashes`. */
export const argon2id: Argon2id = (password, salt, { iterations, memory, length }) =>
  argon2idAsync(password, salt, { t: iterations, m: memory, p: 1, version: 0x13, dkLen: length });
