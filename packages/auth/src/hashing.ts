import { ConfigError, toBase64 } from "@kreuz/codec";
import { equalSecrets, fromBase64, pbkdf2, systemRandomBytes, toBytes, toHex, type RandomBytes } from "./bytes.js";
import { KEY_LENGTH, publicKeyOf } from "./cryptosign/keys.js";
import {
  clientKeyOf,
  saltedPassword,
  serverKeyOf,
  storedKeyOf,
  type ScramKdf,
  type ScramRecord,
} from "./scram/record.js";
import { saslprep } from "./scram/saslprep.js";
import type { CraCredential } from "./wampcra.js";

const SALT_LENGTH = 16;

/** Settings of {@link hashTicket}. */
export interface TicketHashOptions {
  /** Iterations of PBKDF2 with SHA-512. Default 210 000. */
  readonly iterations?: number;
  /** Default: 16 random bytes. */
  readonly salt?: Uint8Array;
}

const TICKET_SCHEME = "pbkdf2-sha512";
const TICKET_KEY_LENGTH = 32;

/** Hashes a ticket, to be stored in its place: `pbkdf2-sha512$iterations$salt$key`. */
export async function hashTicket(ticket: string, options: TicketHashOptions = {}): Promise<string> {
  const { iterations = 210_000, salt = systemRandomBytes(SALT_LENGTH) } = options;
  return [TICKET_SCHEME, iterations, toBase64(salt), await ticketKey(ticket, salt, iterations)].join("$");
}

/** Tells whether a hash was made from this ticket. @throws ConfigError when the hash is malformed. */
export async function verifyTicket(hash: string, ticket: string): Promise<boolean> {
  const { iterations, salt, key } = parseTicketHash(hash);
  return equalSecrets(await ticketKey(ticket, salt, iterations), key);
}

/** @throws ConfigError unless the text is a hash as {@link hashTicket} makes it. */
export function checkTicketHash(hash: string): void {
  parseTicketHash(hash);
}

async function ticketKey(ticket: string, salt: Uint8Array, iterations: number): Promise<string> {
  return toBase64(await pbkdf2("SHA-512", toBytes(ticket), salt, iterations, TICKET_KEY_LENGTH));
}

function parseTicketHash(hash: string): { iterations: number; salt: Uint8Array; key: string } {
  const [scheme, iterations = "", salt = "", key = "", ...rest] = hash.split("$");
  const saltBytes = fromBase64(salt);
  const wellFormed = scheme === TICKET_SCHEME && rest.length === 0 && /^[1-9]\d{0,8}$/.test(iterations);
  if (!wellFormed || saltBytes === undefined || fromBase64(key)?.length !== TICKET_KEY_LENGTH)
    throw new ConfigError(
      "ticketHash",
      `expected ${TICKET_SCHEME}$iterations$salt$key; make one with \`kreuz hash ticket\``,
    );
  return { iterations: Number(iterations), salt: saltBytes, key };
}

/** Settings of {@link hashCraSecret}. */
export interface CraHashOptions {
  /** Iterations of PBKDF2 with SHA-256. Default 100 000: some clients compute it in JavaScript. */
  readonly iterations?: number;
  /** Bytes of the key, a multiple of 4. Default 32. */
  readonly keylen?: number;
  /** Any text. Default: 16 random bytes in base64. */
  readonly salt?: string;
}

/**
 * Derives the salted key that a WAMP-CRA account stores (spec: "Password Salting"). The key hides the password, but it
 * is enough to log in with: keep it as secret as the password.
 */
export async function hashCraSecret(
  secret: string,
  options: CraHashOptions = {},
): Promise<Required<Pick<CraCredential, "secret" | "salt" | "iterations" | "keylen">>> {
  const { iterations = 100_000, keylen = 32, salt = toBase64(systemRandomBytes(SALT_LENGTH)) } = options;
  const key = await pbkdf2("SHA-256", toBytes(secret), toBytes(salt), iterations, keylen);
  return { secret: toBase64(key), salt, iterations, keylen };
}

/** Settings of {@link hashScramPassword}. */
export interface ScramHashOptions {
  /** Default `argon2id13`. Use `argon2id-13` for clients on Autobahn|Python. */
  readonly kdf?: ScramKdf;
  /** Default 3 for Argon2id, 600 000 for PBKDF2. */
  readonly iterations?: number;
  /** KiB, for Argon2id. Default 65 536. */
  readonly memory?: number;
  /** Default: 16 random bytes. */
  readonly salt?: Uint8Array;
}

/** Computes what a server stores for a SCRAM password (spec: "Data Stored on the Server"). */
export async function hashScramPassword(password: string, options: ScramHashOptions = {}): Promise<ScramRecord> {
  const { kdf = "argon2id13", salt = systemRandomBytes(SALT_LENGTH) } = options;
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

/** An Ed25519 key pair for cryptosign, in hex. */
export interface CryptosignPair {
  /** Stays with the client. */
  readonly privateKey: string;
  /** Goes into the account. */
  readonly publicKey: string;
}

/** Generates an Ed25519 key pair. */
export function generateCryptosignPair(random: RandomBytes = systemRandomBytes): CryptosignPair {
  const privateKey = random(KEY_LENGTH);
  return { privateKey: toHex(privateKey), publicKey: toHex(publicKeyOf(privateKey)) };
}
