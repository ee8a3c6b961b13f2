import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ErrorUri } from "@kreuz/codec";
import { mapping, options, text } from "@kreuz/codec/options";
import { type AuthDeny, defineAuthenticator } from "@kreuz/router";

/** Logs clients in that sign a random text with the secret of their user. */
export const myPlugin = defineAuthenticator({
  name: "my-plugin",
  options: options({
    users: mapping(text("a secret").secret()).describe("The secret of each user, by authid."),
    role: text("the name of a role").describe("The role of all users."),
  }),
  example: { users: { joe: "a secret" }, role: "user" },
  create: ({ users, role }) => ({
    // What clients ask for; in a config, the key under `auth`.
    method: "my-plugin",
    begin({ authid = "" }) {
      const challenge = randomBytes(24).toString("base64");
      // Users that do not exist are challenged, too: nobody finds out who exists.
      const secret = Object.hasOwn(users, authid) ? users[authid]! : randomBytes(24).toString("base64");
      return {
        type: "challenge",
        extra: { challenge },
        respond: (signature) =>
          isEqual(signature, sign(challenge, secret))
            ? { type: "accept", authid, authrole: role, authprovider: "static" }
            : DENIED,
      };
    },
  }),
});

/** The client sees the message, so it must give nothing away; `detail` is for the log only. */
const DENIED: AuthDeny = {
  type: "deny",
  reason: ErrorUri.AUTHENTICATION_DENIED,
  message: "unknown client or wrong signature",
};

/** What a client answers to CHALLENGE. */
export function sign(challenge: string, secret: string): string {
  return createHmac("sha256", secret).update(challenge).digest("base64");
}

/** Takes the same time wherever the two differ. */
function isEqual(one: string, other: string): boolean {
  const [bytes, expected] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
