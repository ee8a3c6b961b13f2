import { ConfigError, toBase64 } from "@kreuz/codec";
import { fromBase64, octets, pbkdf2, randomOctets, sameSecret, toHex } from "./bytes.js";
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

/** Settings of {@link hashTicket}. */
export interface TicketHashOptions {
  /** Of PBKDF2 with SHA-512. Default 210 000. */
  readonly iterations?: number;
  /** Default: 16 random bytes. */
  readonly salt?: Uint8Array;
}

/** The parts of a ticket's hash. */
interface TicketHash {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly key: string;
}

const TICKET_SCHEME = "pbkdf2-sha512";
const DEFAULT_TICKET_ITERATIONS = 210_000;
const TICKET_KEY_LENGTH = 32;

/** The hash of a ticket, to be kept in its place: `pbkdf2-sha512$iterations$salt$key`. */
export async function hashTicket(ticket: string, options: TicketHashOptions = {}): Promise<string> {
  const { iterations = DEFAULT_TICKET_ITERATIONS, salt = randomOctets(16) } = options;
  const key = await pbkdf2("SHA-512", octets(ticket), salt, iterations, TICKET_KEY_LENGTH);
  return [TICKET_SCHEME, iterations, toBase64(salt), toBase64(key)].join("$");
}

/** Whether this is the ticket that was hashed. @throws ConfigError when the hash is none. */
export async function isTicketOf(hash: string, ticket: string): Promise<boolean> {
  const { iterations, salt, key } = parseTicketHash(hash);
  return sameSecret(toBase64(await pbkdf2("SHA-512", octets(ticket), salt, iterations, TICKET_KEY_LENGTH)), key);
}

/** @throws ConfigError when the text is not what {@link hashTicket} makes. */
export function parseTicketHash(hash: string): TicketHash {
  const [scheme, count = "", salt = "", key = "", ...rest] = hash.split("$");
  const iterations = Number(count);
  const saltBytes = fromBase64(salt);
  const fits = scheme === TICKET_SCHEME && rest.length === 0 && /^[1-9]\d{0,8}$/.test(count);
  if (!fits || saltBytes === undefined || fromBase64(key)?.length !== TICKET_KEY_LENGTH)
    throw new ConfigError(
      "ticketHash",
      `expected ${TICKET_SCHEME}$iterations$salt$key, as \`kreuz hash ticket\` makes it`,
    );
  return { iterations, salt: saltBytes, key };
}

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

/** A key pair for cryptosign, in hex. */
export interface CryptosignPair {
  /** Stays with the client. */
  readonly privateKey: string;
  /** Goes into the account. */
  readonly publicKey: string;
}

/** A new Ed25519 key pair. */
export function generateCryptosignPair(): CryptosignPair {
  const privateKey = randomOctets(KEY_LENGTH);
  return { privateKey: toHex(privateKey), publicKey: toHex(publicKeyOf(privateKey)) };
}
