import { toBase64 } from "../base64.js";
import { integerField, textField, textOf, type AuthMethod, type Secret } from "./auth-method.js";
import { hmacSha256, pbkdf2, utf8 } from "./bytes.js";

/** Logs in as nobody in particular. */
export function anonymous(authid?: string): AuthMethod {
  return {
    authmethod: "anonymous",
    ...(authid !== undefined && { authid }),
    begin: () => ({ answer: () => ({ signature: "" }) }),
  };
}

/** Sends a ticket (spec: "Ticket-based Authentication"). Over anything but TLS or loopback, others can read it. */
export function ticket(authid: string, secret: Secret): AuthMethod {
  return {
    authmethod: "ticket",
    authid,
    begin: () => ({ answer: async () => ({ signature: await textOf(secret) }) }),
  };
}

/** What a router may make this client compute. */
export const MAX_ITERATIONS = 10_000_000;

/** Signs with a shared secret, salted when the challenge has a salt (spec: "Challenge Response Authentication"). */
export function wampcra(authid: string, secret: Secret): AuthMethod {
  return {
    authmethod: "wampcra",
    authid,
    begin: () => ({
      async answer(extra) {
        let key = await textOf(secret);
        if (extra["salt"] !== undefined && extra["salt"] !== null) {
          const iterations = integerField({ iterations: 1000, ...extra }, "iterations", 1, MAX_ITERATIONS);
          const length = integerField({ keylen: 32, ...extra }, "keylen", 16, 64);
          key = toBase64(await pbkdf2(key, utf8(textField(extra, "salt")), iterations, length));
        }
        return { signature: toBase64(await hmacSha256(utf8(key), utf8(textField(extra, "challenge")))) };
      },
    }),
  };
}
