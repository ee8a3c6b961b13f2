import { randomOctets, toHex } from "../bytes.js";
import { KEY_LENGTH, publicKeyOf } from "../cryptosign/keys.js";

/** A key pair for cryptosign, in hex. */
export interface CryptosignPair {
  /** Stays with the client. */
  readonly privateKey: string;
  /** Goes into the account. */
  readonly publicKey: string;
}

/** A new Ed25519 key pair. */
export function generateCryptosignPair(): CryptosignPair {
  const privateKey = randomOctets(KEY_LENGTH);
  return { privateKey: toHex(privateKey), publicKey: toHex(publicKeyOf(privateKey)) };
}
