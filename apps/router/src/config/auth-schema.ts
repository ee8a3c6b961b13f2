import { z } from "zod";
import type { AuthConfig, CookiesConfig, CredentialMethod, User, UserOf } from "./auth-config.js";
import { extensionSchema } from "./extension-config.js";
import { choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";

const ONE_DAY_MS = 86_400_000;
const TEN_YEARS_MS = 315_360_000_000;

const user = {
  role: text("the name of a role").describe("Role of the user's sessions."),
  authid: text("an authid").optional().describe("authid of the user's sessions. Default: the name of the user."),
  extra: z
    .record(z.string(), z.unknown(), expected("a mapping"))
    .optional()
    .describe("Sent to the client as authextra in WELCOME."),
};

const scramUser = section({
  ...user,
  kdf: choice(["argon2id13", "pbkdf2", "argon2id-13"]).describe(
    "Key derivation function. `kreuz hash` prints this and the settings below.",
  ),
  salt: text("base64").describe("Salt of the password, base64."),
  iterations: count().describe("Iterations of the key derivation."),
  memory: count().optional().describe("Memory of Argon2id, in KiB."),
  storedKey: text("base64").describe("StoredKey, base64."),
  serverKey: text("base64").describe("ServerKey, base64."),
});

/** Schemas of a user, by method. */
export const USER_SCHEMAS: { readonly [M in CredentialMethod]: z.ZodType<UserOf<M>> } = {
  ticket: section({
    ...user,
    ticket: text("a ticket").optional().describe("The ticket in clear text."),
    ticketHash: text("a hash").optional().describe("Hash of the ticket, from `kreuz hash ticket`."),
  }),
  wampcra: section({
    ...user,
    secret: text("a secret").describe("The shared secret; with a salt, the derived key from `kreuz hash wampcra`."),
    salt: text("a salt").optional().describe("Salt of the secret."),
    iterations: count().optional().describe("Iterations of PBKDF2. Default: 1000."),
    keylen: count().optional().describe("Length of the derived key, in bytes. Default: 32."),
  }),
  "wamp-scram": scramUser,
  scram: scramUser,
  cryptosign: section({
    ...user,
    keys: list(text("a public key of 64 hex digits"), "a list of public keys")
      .min(1, expected("at least one public key"))
      .describe("Ed25519 public keys, hex."),
  }),
  tls: section({
    ...user,
    fingerprint: text("a fingerprint").optional().describe("SHA-256 fingerprint of the client certificate, hex."),
    commonName: text("a name").optional().describe("Common name of the client certificate."),
  }),
};

/** A mapping of names to users. */
export function usersSchema<U extends User>(schema: z.ZodType<U>): z.ZodRecord<z.ZodString, z.ZodType<U>> {
  return z.record(z.string().min(1), schema, expected("a mapping of names to users"));
}

function users<U extends User>(schema: z.ZodType<U>) {
  return {
    users: usersSchema(schema).optional().describe("Users, by the authid that they log in with."),
    file: text("a path").optional().describe("File with a mapping of users. Read again when it changes."),
    procedure: text("the URI of a procedure")
      .optional()
      .describe("WAMP procedure that looks up a user. Called with realm, authid and details."),
    realm: text("the URI of a realm").optional().describe("Realm of the procedure. Default: this realm."),
    timeoutMs: milliseconds().default(10_000).describe("Time limit for the procedure."),
  };
}

function attemptLimit(failures: number, windowMs: number) {
  const limit = section({
    failures: count().default(failures).describe("Failed attempts before all further ones are rejected."),
    windowMs: milliseconds().default(windowMs).describe("Time after the first attempt until the count restarts."),
  });
  return z.union([z.literal(false, expected("false or a mapping")), limit]).prefault({});
}

/** The built-in authentication methods of a realm. */
export const builtInAuthSchema: z.ZodType<Omit<AuthConfig, "extensions">> = section({
  anonymous: section({
    role: text("the name of a role").describe("Role of anonymous sessions."),
  })
    .optional()
    .describe("Admits every client, with a random authid."),
  ticket: section(users(USER_SCHEMAS.ticket)).optional().describe("A password or token, sent in clear text."),
  wampcra: section(users(USER_SCHEMAS.wampcra)).optional().describe("A shared secret that is never sent."),
  "wamp-scram": section(users(USER_SCHEMAS["wamp-scram"]))
    .optional()
    .describe("A password that is never sent and that the router does not store."),
  scram: section(users(USER_SCHEMAS.scram))
    .optional()
    .describe("SCRAM in the dialect of Autobahn|Python and Crossbar.io."),
  cryptosign: section({
    ...users(USER_SCHEMAS.cryptosign),
    channelBinding: choice(["optional", "required"])
      .default("optional")
      .describe("required rejects clients whose signature is not bound to the TLS channel."),
    routerKey: text("a private key of 64 hex digits")
      .optional()
      .describe("The router's Ed25519 private key, hex. Proves the router's identity to clients that ask for it."),
  })
    .optional()
    .describe("An Ed25519 key pair of the client."),
  tls: section(users(USER_SCHEMAS.tls)).optional().describe("The client certificate of a TLS connection."),
  cookie: section({}).optional().describe("The cookie of a browser that has logged in before. Needs cookies."),
  attempts: section({
    perAuthidAtAddress: attemptLimit(10, 60_000).describe(
      "Limit per authid and client address, for IPv6 per /64; false for no limit.",
    ),
    perAddress: attemptLimit(50, 300_000).describe("Limit per client address, for IPv6 per /64; false for no limit."),
    perAuthid: attemptLimit(1000, 300_000).describe("Limit per authid, from any address; false for no limit."),
  })
    .prefault({})
    .describe("Limits of failed attempts."),
  mockChallengeSecret: text("a secret")
    .optional()
    .describe("Random text that keeps challenges for unknown users the same across restarts."),
});

/** The authentication methods of a realm: under any name, a package may stand in the place of a built-in method. */
export const authSchema: z.ZodType<AuthConfig> = z.unknown().transform((input, { issues }): AuthConfig => {
  const isMapping = typeof input === "object" && input !== null && !Array.isArray(input);
  const entries = isMapping ? Object.entries(input) : [];
  const named = entries.filter(([, method]) => typeof method === "object" && method !== null && "package" in method);
  const rest = isMapping ? Object.fromEntries(entries.filter((entry) => !named.includes(entry))) : input;
  const check = <T>(schema: z.ZodType<T>, value: unknown, path: readonly string[]): T | undefined => {
    const { data, error } = schema.safeParse(value, { reportInput: true });
    for (const issue of error?.issues ?? [])
      issues.push({ ...issue, path: [...path, ...issue.path] } as (typeof issues)[number]);
    return data;
  };
  const builtIn = check(builtInAuthSchema, rest, []);
  const extensions = named.map(([method, ref]) => [method, check(extensionSchema, ref, [method])]);
  return {
    ...builtIn,
    ...(named.length === 0 ? {} : { extensions: Object.fromEntries(extensions) as AuthConfig["extensions"] }),
  };
});

/** Cookies that the transports set. */
export const cookiesSchema: z.ZodType<CookiesConfig> = section({
  name: text("a name").optional().describe("Name of the cookie. Default: __Host-kreuz over TLS, else kreuz."),
  maxAgeMs: integer(1000, TEN_YEARS_MS).default(ONE_DAY_MS).describe("Time after a login until the cookie expires."),
  maxCookies: count().default(100_000).describe("Max logins remembered; a new one replaces the oldest."),
  sameSite: choice(["Strict", "Lax", "None"]).default("Lax").describe("The SameSite attribute of the cookie."),
  secure: flag()
    .optional()
    .describe(
      "Sets the Secure attribute; true behind a proxy that terminates TLS. Default: true if the transport has TLS.",
    ),
  path: text("a path")
    .optional()
    .describe("Folder that keeps cookies across restarts. Needs the package @kreuz/cookie-journal-lmdb."),
});
