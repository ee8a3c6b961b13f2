import { ConfigError, type Dict } from "@kreuz/codec";
import { equalBytes } from "@noble/curves/utils.js";
import { fromHex, systemRandomBytes, toHex, type RandomBytes } from "../bytes.js";
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
import { ChallengeError, type ClientMethod } from "./client-method.js";

/** Settings of {@link cryptosignClient}. */
export interface CryptosignClientOptions {
  /** Ed25519 private key, 64 hex digits. */
  readonly privateKey: string;
  /** The TLS channel to bind the signature to, as the client sees it. */
  readonly channelBinding?: { readonly type: string; readonly data: Uint8Array };
  /** The router's public key, 64 hex digits. A router that cannot prove that it has the private key gets no signature. */
  readonly routerKey?: string;
  /** Source of the challenge for the router. Default: the platform's cryptographic generator. */
  readonly random?: RandomBytes;
}

/**
 * Signs with an Ed25519 key (spec: "Cryptosign-based Authentication").
 *
 * @throws ConfigError when a key is not 64 hex digits.
 */
export function cryptosignClient(options: CryptosignClientOptions): ClientMethod {
  const { channelBinding, random = systemRandomBytes } = options;
  const privateKey = parseKey("privateKey", options.privateKey);
  const routerKey = options.routerKey === undefined ? undefined : parseKey("routerKey", options.routerKey);
  const channelId = channelBinding === undefined ? undefined : channelIdOf(channelBinding.data);
  const routerChallenge = random(CHALLENGE_LENGTH);
  return {
    authmethod: "cryptosign",
    authextra: {
      pubkey: toHex(publicKeyOf(privateKey)),
      ...(channelBinding === undefined ? {} : { channel_binding: channelBinding.type }),
      ...(routerKey === undefined ? {} : { challenge: toHex(routerChallenge) }),
    },
    respond(extra) {
      const challenge = fromHex(extra["challenge"], CHALLENGE_LENGTH);
      if (challenge === undefined) throw new ChallengeError("CHALLENGE.Extra.challenge: expected 64 hex digits");
      if ((extra["channel_binding"] ?? undefined) !== channelBinding?.type)
        throw new ChallengeError(
          `CHALLENGE.Extra.channel_binding: expected ${channelBinding?.type ?? null}; the router does not bind to this TLS channel`,
        );
      if (routerKey !== undefined) checkRouter(extra, messageToSign(routerChallenge, channelId), routerKey);
      return { signature: toHex(signedMessage(privateKey, messageToSign(challenge, channelId))), extra: {} };
    },
  };
}

/** @throws ChallengeError unless the router signed the message (spec: "Router Authentication"). */
function checkRouter(extra: Dict, message: Uint8Array, routerKey: Uint8Array): void {
  const signed = fromHex(extra["signature"], SIGNATURE_LENGTH + CHALLENGE_LENGTH);
  const valid =
    signed !== undefined &&
    equalBytes(signed.subarray(SIGNATURE_LENGTH), message) &&
    isSignature(signed.subarray(0, SIGNATURE_LENGTH), message, routerKey);
  if (!valid) throw new ChallengeError("CHALLENGE.Extra.signature: the router did not prove that it has routerKey");
}

/** @throws ConfigError */
function parseKey(path: string, hex: string): Uint8Array {
  const key = fromHex(hex, KEY_LENGTH);
  if (key === undefined) throw new ConfigError(path, "expected an Ed25519 key of 64 hex digits");
  return key;
}
