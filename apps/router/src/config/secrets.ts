import type { ConfigPath } from "./config-problem.js";

/** Settings that hold a secret. Their values appear in no message, and each may be read from a file: `ticketFile`. */
export const SECRET_KEYS: readonly string[] = [
  "ticket",
  "ticketHash",
  "secret",
  "storedKey",
  "serverKey",
  "routerKey",
  "mockChallengeSecret",
  "metricsToken",
  "password",
  "token",
  "nkeySeed",
  "creds",
];

/** Whether the value at a path is a secret, or was probably meant to be one: `users: { joe: sesame }`. */
function isSecret(path: ConfigPath): boolean {
  const last = path.at(-1);
  return last === "users" || path.at(-2) === "users" || (typeof last === "string" && SECRET_KEYS.includes(last));
}

/** Removes the value of a secret from a message: `expected a ticket, got 12345; put it in quotes`. */
export function withoutValue(path: ConfigPath, message: string): string {
  if (!isSecret(path)) return message;
  return message.replace(/, got (?!nothing$).*?(; put it in quotes)?$/s, ", got something else, which is not shown$1");
}
