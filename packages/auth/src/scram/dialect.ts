import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64, type Bytes } from "../bytes.js";
import { saslprep } from "./saslprep.js";
import type { ScramKdf } from "./record.js";

/** What both sides have said when the proof is made. */
export interface ScramExchange {
  readonly authid: string;
  readonly clientNonce: string;
  /** The client's nonce and the server's, as the challenge has them. */
  readonly nonce: string;
  readonly salt: string;
  readonly iterations: number;
  readonly binding: ChannelBinding | undefined;
}

/** A TLS channel that the proof is bound to. */
export interface ChannelBinding {
  readonly type: string;
  readonly data: Uint8Array;
}

/** What differs between the SCRAM of the specification and that of Autobahn|Python and Crossbar.io. */
export interface ScramDialect {
  readonly method: "wamp-scram" | "scram";
  readonly kdfs: readonly ScramKdf[];
  readonly channelBinding: boolean;
  /** AUTHENTICATE repeats the nonce and the binding. */
  readonly echo: boolean;
  /** `memory` is there, as null, when the key derivation has none. */
  readonly nullMemory: boolean;
  nonce(client: string, server: Bytes): string;
  /** What both sides sign. */
  authMessage(exchange: ScramExchange): string;
  /** The server's proof, for `WELCOME.Details.authextra`. */
  verifier(signature: Uint8Array): Dict;
}

/** SCRAM as the specification has it (spec: "WAMP-SCRAM"). */
export const SPECIFIED: ScramDialect = {
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
 * SCRAM as Autobahn|Python and Crossbar.io speak it. It differs in the name of the method, in that of the key derivation
 * (see `ScramKdf`), in `c=` which is empty, in the authid which is normalized and not escaped, in the nonce which is one
 * base64 of both parts' bytes, in the name of the server's proof and its lack of `v=`, and in an AUTHENTICATE that
 * repeats nothing. There is no channel binding.
 */
export const AUTOBAHN: ScramDialect = {
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

/** The GS2 header and the bytes of the binding (RFC 5802, section 7). */
function bindingInput(binding: ChannelBinding | undefined): Uint8Array {
  const header = new TextEncoder().encode(binding === undefined ? "n,," : `p=${binding.type},,`);
  return binding === undefined ? header : Uint8Array.from([...header, ...binding.data]);
}
