import type { Dict } from "@kreuz/codec";
import { textOf, type AuthMethod, type Secret } from "./auth-method.js";
import { base64Bytes, bytesOf, hexOf, randomBytes, sha256, xor, type Bytes } from "./bytes.js";

/** Settings of {@link cryptosign}. */
export interface CryptosignSettings {
  readonly authid?: string;
  /** The Ed25519 private key: a WebCrypto key pair, which may be unextractable, or the seed as 64 hex digits. */
  readonly key: CryptoKeyPair | Secret;
  /** Binds the signature to the TLS channel where the transport can tell it: `tls-exporter`. Default none. */
  readonly channelBinding?: "tls-exporter" | "tls-unique";
  /** The router's public key, 64 hex digits: a router that cannot prove that it has the private key gets no signature. */
  readonly routerKey?: string;
}

/** PKCS #8 of an Ed25519 seed, up to the seed. */
const PKCS8 = "302e020100300506032b657004220420";

/** Signs with an Ed25519 key by WebCrypto (spec: "Cryptosign-based Authentication"). */
export function cryptosign({ authid, key, channelBinding: type, routerKey }: CryptosignSettings): AuthMethod {
  return {
    authmethod: "cryptosign",
    ...(authid !== undefined && { authid }),
    async begin(link) {
      const { privateKey, pubkey } = await keysOf(key);
      const binding = type === undefined ? undefined : link.channelBinding?.(type);
      if (type !== undefined && binding === undefined)
        throw new TypeError(`the transport has no channel binding of type ${type}`);
      const own = randomBytes(32);
      return {
        authextra: {
          pubkey,
          ...(type !== undefined && { channel_binding: type }),
          ...(routerKey !== undefined && { challenge: hexOf(own) }),
        },
        async answer(extra) {
          const challenge = bytesOf(extra["challenge"], 32, "CHALLENGE.Extra.challenge");
          if ((extra["channel_binding"] ?? undefined) !== type)
            throw new TypeError(`CHALLENGE.Extra.channel_binding: expected ${type ?? null}`);
          const id = binding === undefined ? new Uint8Array(32) : await channelId(binding);
          if (routerKey !== undefined) await checkRouter(extra, xor(own, id), routerKey);
          const message = xor(challenge, id);
          const signature = await crypto.subtle.sign("Ed25519", privateKey, message);
          return { signature: hexOf(new Uint8Array(signature)) + hexOf(message) };
        },
      };
    },
  };
}

/** @throws TypeError unless the router signed the message (spec: "Router Authentication"). */
async function checkRouter(extra: Dict, message: Bytes, routerKey: string): Promise<void> {
  const key = await crypto.subtle.importKey("raw", bytesOf(routerKey, 32, "routerKey"), "Ed25519", false, ["verify"]);
  const signed = bytesOf(extra["signature"], 96, "CHALLENGE.Extra.signature");
  const isOfThisLogin = hexOf(signed.subarray(64)) === hexOf(message);
  if (!isOfThisLogin || !(await crypto.subtle.verify("Ed25519", key, signed.subarray(0, 64), message)))
    throw new TypeError("CHALLENGE.Extra.signature: the router did not prove that it has routerKey");
}

async function channelId(binding: Uint8Array): Promise<Bytes> {
  const bytes = new Uint8Array(binding);
  return bytes.length === 32 ? bytes : sha256(bytes);
}

async function keysOf(
  key: CryptoKeyPair | Secret,
): Promise<{ readonly privateKey: CryptoKey; readonly pubkey: string }> {
  if (typeof key === "object") {
    const raw = await crypto.subtle.exportKey("raw", key.publicKey);
    return { privateKey: key.privateKey, pubkey: hexOf(new Uint8Array(raw)) };
  }
  const seed = await textOf(key);
  bytesOf(seed, 32, "the private key");
  const pkcs8 = bytesOf(PKCS8 + seed, 48, "the private key");
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", privateKey);
  return { privateKey, pubkey: hexOf(base64Bytes(x.replaceAll("-", "+").replaceAll("_", "/"), "the public key")) };
}
