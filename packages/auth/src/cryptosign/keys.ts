import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { xor } from "../bytes.js";

export const KEY_LENGTH = 32;
export const CHALLENGE_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;

/** The message to sign: the challenge, XOR the channel id where one was agreed (spec: "Computing the Signature"). */
export function messageToSign(challenge: Uint8Array, channelId: Uint8Array | undefined): Uint8Array {
  return channelId === undefined ? challenge : xor(challenge, channelId);
}

/** The 32 bytes that identify a TLS channel: its binding, or the SHA-256 of a binding of another length. */
export function channelIdOf(binding: Uint8Array): Uint8Array {
  return binding.length === CHALLENGE_LENGTH ? binding : sha256(binding);
}

/** Signs a message. @returns the signature followed by the message: 96 bytes. */
export function signedMessage(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const signed = new Uint8Array(SIGNATURE_LENGTH + message.length);
  signed.set(ed25519.sign(message, privateKey));
  signed.set(message, SIGNATURE_LENGTH);
  return signed;
}

/** Verifies a signature by the rules of RFC 8032, not by the looser ones of ZIP 215. */
export function isSignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(privateKey);
}
