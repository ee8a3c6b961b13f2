import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64 } from "../bytes.js";
import type { ScramKdf } from "./record.js";
import { saslprep } from "./saslprep.js";

/** What client and server have exchanged before the client computes its proof. */
export interface ScramExchange {
  readonly authid: string;
  readonly clientNonce: string;
  /** The client's nonce and the server's, as CHALLENGE carries them. */
  readonly nonce: string;
  readonly salt: string;
  readonly iterations: number;
  readonly binding: ChannelBinding | undefined;
}

/** The TLS channel that a proof is bound to. */
export interface ChannelBinding {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Where the SCRAM of the specification and that of Autobahn|Python and Crossbar.io differ. */
export interface ScramDialect {
  readonly method: "wamp-scram" | "scram";
  readonly kdfs: readonly ScramKdf[];
  /** Whether a proof can be bound to a TLS channel. */
  readonly channelBinding: boolean;
  /** Whether AUTHENTICATE repeats the nonce and the channel binding. */
  readonly echo: boolean;
  /** Whether CHALLENGE has `memory: null` for a key derivation without memory cost; otherwise `memory` is absent. */
  readonly nullMemory: boolean;
  /** Combines both nonces for CHALLENGE. */
  nonce(client: string, server: Uint8Array): string;
  /** The text that both sides sign. */
  authMessage(exchange: ScramExchange): string;
  /** The server's proof, for `WELCOME.Details.authextra`. */
  verifier(signature: Uint8Array): Dict;
}

/** SCRAM as the specification defines it (spec: "WAMP-SCRAM"). */
export const WAMP_SCRAM: ScramDialect = {
  method: "wamp-scram",
  kdfs: ["argon2id13", "pbkdf2"],
  channelBinding: true,
  echo: true,
  nullMemory: true,
  nonce: (client, server) => client + toBase64(server),
  authMessage: ({ authid, clientNonce, nonce, salt, iterations, binding }) =>
    [
      `n=${authid.replaceAll("=", "=3D").replaceAll(",", "=2C")}`,
      `r=${clientNonce}`,
      `r=${nonce}`,
      `s=${salt}`,
      `i=${iterations}`,
      `c=${toBase64(bindingInput(binding))}`,
      `r=${nonce}`,
    ].join(","),
  verifier: (signature) => ({ verifier: `v=${toBase64(signature)}` }),
};

/**
 * SCRAM as Autobahn|Python and Crossbar.io implement it. It has no channel binding, and differs from the specification
 * in the names of the method, the key derivation (see `ScramKdf`) and the server's proof, which lacks `v=`; in an empty
 * `c=`; in an authid that is normalized, not escaped; in a nonce that is one base64 of both nonces' bytes; and in an
 * AUTHENTICATE that repeats nothing.
 */
export const AUTOBAHN_SCRAM: ScramDialect = {
  method: "scram",
  kdfs: ["argon2id-13", "pbkdf2"],
  channelBinding: false,
  echo: false,
  nullMemory: false,
  nonce: (client, server) => toBase64(Uint8Array.from([...(fromBase64(client) ?? []), ...server])),
  authMessage: ({ authid, clientNonce, nonce, salt, iterations }) =>
    `n=${saslprep(authid)},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=,r=${nonce}`,
  verifier: (signature) => ({ scram_server_signature: toBase64(signature) }),
};

/** The GS2 header followed by the binding's data (RFC 5802, section 7). */
function bindingInput(binding: ChannelBinding | undefined): Uint8Array {
  const header = new TextEncoder().encode(binding === undefined ? "n,," : `p=${binding.type},,`);
  return binding === undefined ? header : Uint8Array.from([...header, ...binding.data]);
}
