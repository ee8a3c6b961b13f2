import { ed25519 } from "@noble/curves/ed25519.js";
import { xor, type Bytes } from "../bytes.js";
import { sha256 } from "@noble/hashes/sha2.js";

export const KEY_LENGTH = 32;
export const CHALLENGE_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;

/** What is signed: the challenge, bound to the TLS channel when one is given (spec: "Computing the Signature"). */
export function messageToSign(challenge: Uint8Array, channelId: Uint8Array | undefined): Bytes {
  return channelId === undefined ? new Uint8Array(challenge) : xor(challenge, channelId);
}

/** The 32 bytes that stand for a TLS channel: its binding, or where that has another length, the SHA-256 of it. */
export function channelIdOf(binding: Uint8Array): Uint8Array {
  return binding.length === CHALLENGE_LENGTH ? binding : sha256(binding);
}

/** The signature and behind it the message that was signed: 96 bytes. */
export function signedMessage(privateKey: Uint8Array, message: Uint8Array): Bytes {
  const signed = new Uint8Array(SIGNATURE_LENGTH + message.length);
  signed.set(ed25519.sign(message, privateKey));
  signed.set(message, SIGNATURE_LENGTH);
  return signed;
}

/** As RFC 8032 has it, without the looser rules for signatures that some libraries take. */
export function isSignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

export function publicKeyOf(privateKey: Uint8Array): Bytes {
  return new Uint8Array(ed25519.getPublicKey(privateKey));
}
