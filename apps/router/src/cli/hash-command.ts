import { generateCryptosignPair, hashCraSecret, hashScramPassword, hashTicket } from "@kreuz/auth/hashing";
import { ConfigError } from "@kreuz/codec";
import { stringify } from "yaml";
import type { CliContext } from "./cli-context.js";
import { askOnTerminal, readInput } from "./standard-input.js";

export const HASH_METHODS = ["ticket", "wampcra", "wamp-scram", "scram"] as const;

/** Flags of `kreuz hash`. */
export interface HashFlags {
  readonly kdf?: string;
  readonly iterations?: string;
  readonly memory?: string;
}

/** `kreuz hash`: reads a secret from the terminal or standard input and prints the settings that replace it in a config. */
export async function hash(method: string, flags: HashFlags, context: CliContext): Promise<void> {
  // Checks the flags before the user types a secret.
  const hashSecret = hasher(method, flags);
  const secret = await readSecret(context);
  if (secret === "") throw new ConfigError("", "expected a secret, got nothing");
  context.stdout.write(stringify(await hashSecret(secret)));
}

/** `kreuz keys`: prints a new key pair for cryptosign. */
export function keys({ stdout, stderr }: CliContext): void {
  const { privateKey, publicKey } = generateCryptosignPair();
  stdout.write(stringify({ privateKey, keys: [publicKey] }));
  stderr.write("Give privateKey to the client only, and add keys to the user in the config.\n");
}

function hasher(method: string, flags: HashFlags): (secret: string) => Promise<object> {
  const cost = { ...costOf("iterations", flags.iterations), ...costOf("memory", flags.memory) };
  switch (method) {
    case "ticket":
      return async (secret) => ({ ticketHash: await hashTicket(secret, cost) });
    case "wampcra":
      return (secret) => hashCraSecret(secret, cost);
    case "wamp-scram":
    case "scram": {
      const argon2id = method === "scram" ? "argon2id-13" : "argon2id13";
      return (secret) => hashScramPassword(secret, { kdf: flags.kdf === "pbkdf2" ? "pbkdf2" : argon2id, ...cost });
    }
    default:
      throw new ConfigError("", `expected one of ${HASH_METHODS.join(", ")}, got "${method}"`);
  }
}

function costOf(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new ConfigError(`--${name}`, `expected a whole number, 1 or more, got "${text}"`);
  return { [name]: Number(text) };
}

/** Reads a line from a terminal without echo, or all of standard input. */
async function readSecret(context: CliContext): Promise<string> {
  const { stdin, stderr } = context;
  if (stdin?.isTTY === true) return askOnTerminal("Secret (hidden): ", { stdin, stderr }, true);
  // `echo` appends a newline.
  return (await readInput(context)).replace(/\r?\n$/, "");
}
