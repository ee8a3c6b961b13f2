import type { AuthRequest } from "@kreuz/router";
import { hmacSha256, randomOctets, type Bytes } from "./bytes.js";

/** Settings of the methods that answer a client that nobody knows like any other. */
export interface DecoyOptions {
  /**
   * What made-up salts are derived from. Give it, and keep it secret, where a router restarts: the salt of an account
   * stays, and so must that of a name that is none. Default: random, as long as this process lives.
   */
  readonly decoySecret?: Uint8Array | string;
}

/**
 * What a client is shown that nobody knows: always the same for the same name, like a real account (spec: "WAMP-SCRAM",
 * mock `CHALLENGE`).
 */
export class Decoys {
  readonly #secret: Uint8Array | string;

  constructor({ decoySecret }: DecoyOptions) {
    this.#secret = decoySecret ?? randomOctets(32);
  }

  /** Thirty-two bytes for one purpose and one name. */
  bytes(purpose: string, { realm, authid }: AuthRequest): Bytes {
    return hmacSha256(this.#secret, JSON.stringify([purpose, realm, authid ?? null]));
  }

  /** One of the samples, or else what `make` gives. */
  pick<C>(samples: readonly C[], request: AuthRequest, fallback: C): C {
    const [first = 0, second = 0] = this.bytes("pick", request);
    return samples[(first * 256 + second) % samples.length] ?? fallback;
  }
}
