import { ConfigError } from "@kreuz/codec";
import { octets, randomOctets, sameSecret, toBase64, type Bytes, fromBase64 } from "./bytes.js";
import { pbkdf2 } from "./pbkdf2.js";

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
  readonly salt: Bytes;
  readonly key: string;
}

const SCHEME = "pbkdf2-sha512";
const DEFAULT_ITERATIONS = 210_000;
const KEY_LENGTH = 32;

/** The hash of a ticket, to be kept in its place: `pbkdf2-sha512$iterations$salt$key`. */
export async function hashTicket(ticket: string, options: TicketHashOptions = {}): Promise<string> {
  const { iterations = DEFAULT_ITERATIONS, salt = randomOctets(16) } = options;
  const key = await pbkdf2("SHA-512", octets(ticket), salt, iterations, KEY_LENGTH);
  return [SCHEME, iterations, toBase64(salt), toBase64(key)].join("$");
}

/** Whether this is the ticket that was hashed. @throws ConfigError when the hash is none. */
export async function isTicketOf(hash: string, ticket: string): Promise<boolean> {
  const { iterations, salt, key } = parseTicketHash(hash);
  return sameSecret(toBase64(await pbkdf2("SHA-512", octets(ticket), salt, iterations, KEY_LENGTH)), key);
}

/** @throws ConfigError when the text is not what {@link hashTicket} makes. */
export function parseTicketHash(hash: string): TicketHash {
  const [scheme, count = "", salt = "", key = "", ...rest] = hash.split("$");
  const iterations = Number(count);
  const saltBytes = fromBase64(salt);
  const fits = scheme === SCHEME && rest.length === 0 && /^[1-9]\d{0,8}$/.test(count);
  if (!fits || saltBytes === undefined || fromBase64(key)?.length !== KEY_LENGTH)
    throw new ConfigError("ticketHash", `expected ${SCHEME}$iterations$salt$key, as \`kreuz hash ticket\` makes it`);
  return { iterations, salt: saltBytes, key };
}
