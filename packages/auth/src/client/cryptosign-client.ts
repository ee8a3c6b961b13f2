import { ConfigError, type Dict } from "@kreuz/codec";
import { fromHex, randomOctets, toHex } from "../bytes.js";
import {
  CHALLENGE_LENGTH,
  channelIdOf,
  isSignature,
  KEY_LENGTH,
  messageToSign,
  publicKeyOf,
  SIGNATURE_LENGTH,
  signedMessage,
} from "../cryptosign/keys.js";
import { equalBytes } from "@noble/curves/utils.js";
import { ChallengeError, type ClientMethod } from "./client-method.js";

/** Settings of {@link cryptosignClient}. */
export interface CryptosignClientOptions {
  /** Ed25519, 64 hex digits. */
  readonly privateKey: string;
  /** The TLS channel to bind the signature to, as this end of it sees it. */
  readonly channelBinding?: { readonly type: string; readonly data: Uint8Array };
  /** The router's public key, 64 hex digits: with it, a router that does not have that key gets no signature. */
  readonly routerKey?: string;
}

/** Signs with an Ed25519 key (spec: "Cryptosign-based Authentication"). @throws ConfigError for a key that is none. */
export function cryptosignClient({ privateKey, channelBinding, routerKey }: CryptosignClientOptions): ClientMethod {
  const key = fromHex(privateKey, KEY_LENGTH);
  if (key === undefined) throw new ConfigError("privateKey", "expected 64 hex digits");
  const channelId = channelBinding === undefined ? undefined : channelIdOf(channelBinding.data);
  const asked = randomOctets(CHALLENGE_LENGTH);
  return {
    authmethod: "cryptosign",
    authextra: {
      pubkey: toHex(publicKeyOf(key)),
      ...(channelBinding === undefined ? {} : { channel_binding: channelBinding.type }),
      ...(routerKey === undefined ? {} : { challenge: toHex(asked) }),
    },
    respond(extra) {
      const challenge = fromHex(extra["challenge"], CHALLENGE_LENGTH);
      if (challenge === undefined) throw new ChallengeError("CHALLENGE.Extra.challenge: expected 64 hex digits");
      if ((extra["channel_binding"] ?? undefined) !== channelBinding?.type)
        throw new ChallengeError("the router does not bind the signature to the TLS channel that was asked for");
      if (routerKey !== undefined) checkRouter(extra, messageToSign(asked, channelId), routerKey);
      return { signature: toHex(signedMessage(key, messageToSign(challenge, channelId))), extra: {} };
    },
  };
}

/** @throws ChallengeError unless the router signed the message (spec: "Router Authentication"). */
function checkRouter(extra: Dict, message: Uint8Array, routerKey: string): void {
  const signed = fromHex(extra["signature"], SIGNATURE_LENGTH + CHALLENGE_LENGTH);
  const key = fromHex(routerKey, KEY_LENGTH);
  const good =
    signed !== undefined &&
    key !== undefined &&
    equalBytes(signed.subarray(SIGNATURE_LENGTH), message) &&
    isSignature(signed.subarray(0, SIGNATURE_LENGTH), message, key);
  if (!good) throw new ChallengeError("the router does not have the key that it should have");
}
