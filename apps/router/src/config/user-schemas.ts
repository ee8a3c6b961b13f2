import { z } from "zod";
import type { AccountMethod, CraUser, CryptosignUser, ScramUser, TicketUser, TlsUser, User } from "./auth-config.js";
import { choice, count, expected, list, section, text } from "./fields.js";

const common = {
  role: text("the name of a role").describe("The role that the user gets."),
  authid: text("an authid").optional().describe("The authid of the session; by default the name of the user."),
  extra: z
    .record(z.string(), z.unknown(), expected("a mapping"))
    .optional()
    .describe("Goes to the client as authextra, in WELCOME."),
};

const ticket: z.ZodType<TicketUser> = section({
  ...common,
  ticket: text("a ticket").optional().describe("The ticket as it is."),
  ticketHash: text("a hash").optional().describe("The hash of the ticket, made by `kreuz hash ticket`."),
});

const wampcra: z.ZodType<CraUser> = section({
  ...common,
  secret: text("a secret").describe("The shared secret; with a salt, the key that `kreuz hash wampcra` makes of it."),
  salt: text("a salt").optional().describe("Salt of the password."),
  iterations: count().optional().describe("Iterations of PBKDF2; by default 1000."),
  keylen: count().optional().describe("Bytes of the key; by default 32."),
});

const scram: z.ZodType<ScramUser> = section({
  ...common,
  kdf: choice(["argon2id13", "pbkdf2", "argon2id-13"]).describe("Made by `kreuz hash`, like all that follows."),
  salt: text("base64").describe("Salt of the password, base64."),
  iterations: count().describe("Iterations of the key derivation."),
  memory: count().optional().describe("KiB that Argon2id needs."),
  storedKey: text("base64").describe("StoredKey, base64."),
  serverKey: text("base64").describe("ServerKey, base64."),
});

const cryptosign: z.ZodType<CryptosignUser> = section({
  ...common,
  keys: list(text("a public key of 64 hex digits"), "a list of public keys")
    .min(1, expected("at least one public key"))
    .describe("Ed25519 public keys, hex."),
});

const tls: z.ZodType<TlsUser> = section({
  ...common,
  fingerprint: text("a fingerprint").optional().describe("SHA-256 fingerprint of the certificate, hex."),
  commonName: text("a name").optional().describe("Common name in the certificate."),
});

/** What an account of a method looks like. */
export const USER_SCHEMAS: { readonly [M in AccountMethod]: z.ZodType<UserOf<M>> } = {
  ticket,
  wampcra,
  "wamp-scram": scram,
  scram,
  cryptosign,
  tls,
};

interface Users {
  readonly ticket: TicketUser;
  readonly wampcra: CraUser;
  readonly "wamp-scram": ScramUser;
  readonly scram: ScramUser;
  readonly cryptosign: CryptosignUser;
  readonly tls: TlsUser;
}

export type UserOf<M extends AccountMethod> = Users[M];

/** Accounts by name. */
export function usersSchema<U extends User>(user: z.ZodType<U>): z.ZodRecord<z.ZodString, z.ZodType<U>> {
  return z.record(z.string().min(1), user, expected("a mapping of names to users"));
}
