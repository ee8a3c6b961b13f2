// Logs clients in by a JSON Web Token, and lets an authorizer see its claims.
import { ErrorUri } from "@kreuz/codec";
import { options, text } from "@kreuz/codec/options";
import { defineAuthenticator, defineAuthorizer } from "@kreuz/router";
import { jwtVerify } from "jose";

/** The client answers CHALLENGE with a token that was signed with the secret (HS256) and is not too old. */
export const jwt = defineAuthenticator({
  name: "jwt",
  options: options({
    secret: text("the secret that tokens are signed with").secret(),
    issuer: text("the issuer of the tokens"),
    role: text("the role of who logs in"),
  }),
  example: { secret: "at least 32 characters of a secret", issuer: "https://login.example.com", role: "user" },
  create: ({ secret, issuer, role }) => {
    const key = new TextEncoder().encode(secret);
    return {
      method: "jwt",
      begin: () => ({ type: "challenge", extra: {}, respond: (token) => check(token, key, issuer, role) }),
    };
  },
});

async function check(token, key, issuer, role) {
  try {
    // Never let the token choose the algorithm.
    const { payload } = await jwtVerify(token, key, { issuer, algorithms: ["HS256"], requiredClaims: ["sub", "exp"] });
    return { type: "accept", authid: payload.sub, authrole: role, authprovider: "jwt", attributes: payload };
  } catch (error) {
    // The client is told nothing; the log is.
    const [reason, message] = [ErrorUri.AUTHENTICATION_DENIED, "the token is not valid"];
    return { type: "deny", reason, message, detail: error.message };
  }
}

/** Allows everything below the URI of the tenant that the token names: `com.example.<tenant>`. */
export const tenants = defineAuthorizer({
  name: "tenants",
  create: () => {
    let realm;
    return {
      setup: (context) => void (realm = context),
      authorize(session, { uri }) {
        const { tenant } = realm.attributes(session);
        return typeof tenant === "string" && /^\w+$/.test(tenant) && uri.startsWith(`com.example.${tenant}.`);
      },
    };
  },
});
