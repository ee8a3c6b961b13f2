import { fromBase64, toBase64 } from "../base64.js";
import type { AuthMethod } from "./auth-method.js";
import { utf8 } from "./bytes.js";
import { saslprep, scramMethod, type ScramDialect, type ScramSettings } from "./scram.js";

const DIALECT: ScramDialect = {
  authmethod: "scram",
  argon2id: "argon2id-13",
  password: (password) => password,
  // The hash as text, without padding.
  key: (hash) => utf8(toBase64(hash).replace(/=+$/, "")),
  // One base64 of both nonces' bytes.
  continues(nonce, clientNonce) {
    const [own, both] = [fromBase64(clientNonce)!, fromBase64(nonce)];
    return both !== undefined && both.length > own.length && own.every((byte, index) => byte === both[index]);
  },
  name: saslprep,
  binding: () => "",
  extra: () => ({}),
  proves: ({ scram_server_signature }, signature) => scram_server_signature === signature,
};

/**
 * Proves a password as Autobahn|Python and Crossbar.io do, by the method `scram`. It differs from {@link scram}, which the
 * specification defines, and cannot be bound to a TLS channel.
 */
export function autobahnScram(settings: Omit<ScramSettings, "channelBinding">): AuthMethod {
  return scramMethod(DIALECT, settings);
}
