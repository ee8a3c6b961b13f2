import { hmacSha256, toBase64 } from "../bytes.js";
import { hashCraSecret } from "../hashing/cra-hash.js";
import { countOf, textOf, type ClientMethod } from "./client-method.js";

/** Shows a ticket (spec: "Ticket-based Authentication"). */
export function ticketClient(ticket: string): ClientMethod {
  return { authmethod: "ticket", authextra: {}, respond: () => ({ signature: ticket, extra: {} }) };
}

/** Signs with a shared secret, salted when the router says so (spec: "Challenge Response Authentication"). */
export function wampcraClient(secret: string): ClientMethod {
  return {
    authmethod: "wampcra",
    authextra: {},
    async respond(extra) {
      const key = extra["salt"] === undefined ? secret : await salted(secret, extra);
      return { signature: toBase64(hmacSha256(key, textOf(extra, "challenge"))), extra: {} };
    },
  };
}

async function salted(secret: string, extra: Readonly<Record<string, unknown>>): Promise<string> {
  const iterations = countOf({ iterations: 1000, ...extra }, "iterations");
  const keylen = countOf({ keylen: 32, ...extra }, "keylen");
  return (await hashCraSecret(secret, { salt: textOf(extra, "salt"), iterations, keylen })).secret;
}
