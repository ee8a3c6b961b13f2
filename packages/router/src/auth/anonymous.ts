import type { Authenticator } from "./authenticator.js";
import { CryptoRandom, type Random } from "../random.js";

/** Settings of {@link anonymous}. */
export interface AnonymousOptions {
  /** The role that anonymous clients get. Default `anonymous`. */
  readonly authrole?: string;
  readonly random?: Random;
}

/** Lets everybody in, under a random authid: a name that a client gives itself proves nothing. */
export function anonymous({
  authrole = "anonymous",
  random = new CryptoRandom(),
}: AnonymousOptions = {}): Authenticator {
  return {
    method: "anonymous",
    begin: () => ({ type: "accept", authid: random.name(), authrole, authprovider: "static" }),
  };
}
