import { z } from "zod";
import type { AuthConfig, CookiesConfig, User } from "./auth-config.js";
import { choice, count, expected, flag, integer, milliseconds, section, text } from "./fields.js";
import { USER_SCHEMAS, usersSchema } from "./user-schemas.js";

const ONE_DAY_MS = 86_400_000;

function accounts<U extends User>(user: z.ZodType<U>) {
  return {
    users: usersSchema(user).optional().describe("The users, by the authid that they log in with."),
    file: text("a path")
      .optional()
      .describe("A file with such a mapping of users instead; read again when it changes."),
    procedure: text("the URI of a procedure")
      .optional()
      .describe("A WAMP procedure that knows the users instead; called with realm, authid and details."),
    realm: text("the URI of a realm").optional().describe("Realm where the procedure is; by default this one."),
    timeoutMs: milliseconds().default(10_000).describe("Time for the procedure's answer."),
  };
}

const anonymous = section({
  role: text("the name of a role").describe("The role that they get."),
});

const cryptosign = section({
  ...accounts(USER_SCHEMAS.cryptosign),
  channelBinding: choice(["optional", "required"])
    .default("optional")
    .describe("required refuses clients whose signature is not bound to the TLS channel."),
  routerKey: text("a private key of 64 hex digits")
    .optional()
    .describe("The router's own private key, Ed25519, hex: proves to clients that ask for it whom they talk to."),
});

function attempts(failures: number, windowMs: number) {
  const limit = section({
    failures: count().default(failures).describe("Failed attempts, after which all are refused."),
    windowMs: milliseconds().default(windowMs).describe("Time from the first attempt until it is forgotten."),
  });
  return z.union([z.literal(false, expected("false or a mapping")), limit]).prefault({});
}

const attemptLimits = section({
  perAddress: attempts(50, 300_000).describe("Per address of the client, /64 for IPv6; false for no limit."),
  perAuthid: attempts(10, 60_000).describe("Per authid, from wherever; false for no limit."),
});

/** The ways into a realm. */
export const authSchema: z.ZodType<AuthConfig> = section({
  anonymous: anonymous.optional().describe("Lets everybody in, under a random authid."),
  ticket: section(accounts(USER_SCHEMAS.ticket)).optional().describe("A password or token that is sent as it is."),
  wampcra: section(accounts(USER_SCHEMAS.wampcra)).optional().describe("A shared secret that is never sent."),
  "wamp-scram": section(accounts(USER_SCHEMAS["wamp-scram"]))
    .optional()
    .describe("A password that is never sent, and that the router does not know."),
  scram: section(accounts(USER_SCHEMAS.scram))
    .optional()
    .describe("The same as Autobahn|Python and Crossbar.io speak it."),
  cryptosign: cryptosign.optional().describe("A key pair of the client's, Ed25519."),
  tls: section(accounts(USER_SCHEMAS.tls)).optional().describe("The client certificate of a TLS connection."),
  cookie: section({}).optional().describe("The cookie of a browser that has logged in before; needs cookies."),
  attempts: attemptLimits.prefault({}).describe("Bounds for failed attempts."),
  mockChallengeSecret: text("a secret")
    .optional()
    .describe("Random text; keeps what unknown names are shown the same when the router restarts."),
});

/** Cookies, which the transports set. */
export const cookiesSchema: z.ZodType<CookiesConfig> = section({
  name: text("a name").optional().describe("Name of the cookie; by default __Host-kreuz over TLS, else kreuz."),
  maxAgeMs: integer(1000, 315_360_000_000)
    .default(ONE_DAY_MS)
    .describe("Time after a login that the cookie is good for."),
  maxCookies: count().default(100_000).describe("Logins that are remembered; the oldest gives way."),
  sameSite: choice(["Strict", "Lax", "None"]).default("Lax").describe("Pages of which sites may use it."),
  secure: flag()
    .optional()
    .describe("True where a proxy in front of the router does TLS; by default where the router does."),
});
