import { ConfigError } from "@kreuz/codec";
import { generateCryptosignPair, hashCraSecret, hashScramPassword, hashTicket } from "@kreuz/auth/hashing";
import { stringify } from "yaml";
import { readSecret } from "./read-secret.js";
import type { Surroundings } from "./cli-context.js";

export const HASH_METHODS = ["ticket", "wampcra", "wamp-scram", "scram"] as const;

export interface HashFlags {
  readonly kdf?: string;
  readonly iterations?: string;
  readonly memory?: string;
}

/** `kreuz hash`: what a config keeps in place of a secret. The secret comes from the terminal or standard input. */
export async function hash(method: string, flags: HashFlags, surroundings: Surroundings): Promise<void> {
  // First, so that nobody types a secret in vain.
  const make = hasher(method, flags);
  const secret = await readSecret(surroundings);
  if (secret === "") throw new ConfigError("", "expected a secret, got nothing");
  surroundings.stdout.write(stringify(await make(secret)));
}

/** `kreuz keys`: a new key pair for cryptosign. */
export function keys({ stdout, stderr }: Surroundings): void {
  const { privateKey, publicKey } = generateCryptosignPair();
  stdout.write(stringify({ privateKey, keys: [publicKey] }));
  stderr.write("The private key is for the client alone; keys goes to the user in the config.\n");
}

function hasher(method: string, flags: HashFlags): (secret: string) => Promise<object> {
  const cost = { ...numberOf("iterations", flags.iterations), ...numberOf("memory", flags.memory) };
  switch (method) {
    case "ticket":
      return async (secret) => ({ ticketHash: await hashTicket(secret, cost) });
    case "wampcra":
      return (secret) => hashCraSecret(secret, cost);
    case "wamp-scram":
    case "scram": {
      const argon = method === "scram" ? "argon2id-13" : "argon2id13";
      return (secret) => hashScramPassword(secret, { kdf: flags.kdf === "pbkdf2" ? "pbkdf2" : argon, ...cost });
    }
    default:
      throw new ConfigError("", `expected one of ${HASH_METHODS.join(", ")}, got "${method}"`);
  }
}

function numberOf(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new ConfigError(`--${name}`, `expected a whole number, 1 or more, got "${text}"`);
  return { [name]: Number(text) };
}
