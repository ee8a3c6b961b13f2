import { equalBytes } from "@noble/curves/utils.js";
import { ConfigError, type Dict } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { fromHex, randomOctets, toHex, type Bytes } from "../bytes.js";
import { challenge, type ChallengeOptions } from "../challenge.js";
import {
  CHALLENGE_LENGTH,
  channelIdOf,
  isSignature,
  KEY_LENGTH,
  messageToSign,
  publicKeyOf,
  SIGNATURE_LENGTH,
  signedMessage,
} from "./keys.js";
import { accepted, denied, incomplete, later, type Grant, type StoreOptions } from "../principal.js";

/** An account for cryptosign. */
export interface CryptosignCredential extends Grant {
  /** Public keys, Ed25519, 64 hex digits each. */
  readonly keys: readonly string[];
}

/** Settings of {@link cryptosign}. */
export interface CryptosignOptions extends StoreOptions<CryptosignCredential>, ChallengeOptions {
  /**
   * `required` refuses clients that do not bind their signature to the TLS channel. Default `optional`: whoever asks for
   * a binding that the transport has gets it, and is told when there is none.
   */
  readonly channelBinding?: "optional" | "required";
  /**
   * The router's own private key, Ed25519, 64 hex digits: signs the challenges of clients that want to know whom they
   * talk to (spec: "Router Authentication"). Use it for nothing else.
   */
  readonly routerKey?: string;
}

/** A HELLO for cryptosign, read. */
interface Announcement {
  readonly pubkey: string | undefined;
  readonly binding: string | null;
  readonly channelId: Uint8Array | undefined;
  readonly challenge: Bytes | undefined;
}

/** Authentication by Ed25519 signature (spec: "Cryptosign-based Authentication"). */
export function cryptosign({
  store,
  channelBinding = "optional",
  routerKey,
  ...options
}: CryptosignOptions): Authenticator {
  const ownKey = routerKey === undefined ? undefined : fromHex(routerKey, KEY_LENGTH);
  if (routerKey !== undefined && ownKey === undefined)
    throw new ConfigError("routerKey", "expected an Ed25519 private key of 64 hex digits");

  function ask(request: AuthRequest, hello: Announcement, found: CryptosignCredential | undefined): AuthStep {
    const nonce = randomOctets(CHALLENGE_LENGTH);
    const message = messageToSign(nonce, hello.channelId);
    const { keys, known } = keysToTry(hello.pubkey, found);
    return challenge(
      { challenge: toHex(nonce), channel_binding: hello.binding, ...answerTo(hello, ownKey) },
      (given) => {
        const signed = fromHex(given, SIGNATURE_LENGTH + CHALLENGE_LENGTH);
        if (signed === undefined) return denied("the signature is not 96 bytes in hex");
        // Not only signed by the key, but signed for this session: any other message could be an old one.
        const current = equalBytes(signed.subarray(SIGNATURE_LENGTH), message);
        const proved = keys.some((key) => isSignature(signed.subarray(0, SIGNATURE_LENGTH), message, key));
        if (!known || found === undefined) return denied("unknown authid or public key");
        if (!current) return denied("another message than this session's challenge was signed");
        return proved ? accepted(found, request, store.provider) : denied("wrong signature");
      },
      options,
    );
  }

  return {
    method: "cryptosign",
    begin(request) {
      const hello = read(request);
      if (typeof hello === "string") return incomplete(hello);
      if (channelBinding === "required" && hello.channelId === undefined)
        return incomplete(
          "cryptosign: expected HELLO.Details.authextra.channel_binding, of a kind that this transport has",
        );
      return later(store.find(request), (found) => ask(request, hello, found));
    },
  };
}

/** @returns what is wrong, if anything is. */
function read({ authid, authextra = {}, evidence }: AuthRequest): Announcement | string {
  const { pubkey, channel_binding: wanted, challenge: asked } = authextra;
  const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;
  if (!isAbsent(pubkey) && fromHex(pubkey, KEY_LENGTH) === undefined)
    return "cryptosign: expected 64 hex digits in HELLO.Details.authextra.pubkey";
  if (isAbsent(pubkey) && authid === undefined)
    return "cryptosign: expected HELLO.Details.authextra.pubkey or HELLO.Details.authid";
  if (!isAbsent(wanted) && typeof wanted !== "string")
    return "cryptosign: expected a string in HELLO.Details.authextra.channel_binding";
  const ours = isAbsent(asked) ? undefined : fromHex(asked, CHALLENGE_LENGTH);
  if (!isAbsent(asked) && ours === undefined)
    return "cryptosign: expected 64 hex digits in HELLO.Details.authextra.challenge";
  const binding = isAbsent(wanted) ? undefined : evidence.channelBinding?.(wanted);
  return {
    pubkey: isAbsent(pubkey) ? undefined : String(pubkey).toLowerCase(),
    binding: binding === undefined ? null : (wanted ?? null),
    channelId: binding === undefined ? undefined : channelIdOf(binding),
    challenge: ours,
  };
}

/**
 * The keys that the signature may be of. For a client that nobody knows it is the key that it showed, so that checking
 * takes as long as for any other.
 */
function keysToTry(
  pubkey: string | undefined,
  found: CryptosignCredential | undefined,
): { keys: Bytes[]; known: boolean } {
  const owned = (found?.keys ?? []).map((key) => key.toLowerCase());
  const known = pubkey === undefined ? owned.length > 0 : owned.includes(pubkey);
  const tried = pubkey === undefined ? owned : [pubkey];
  const keys = tried.flatMap((key) => fromHex(key, KEY_LENGTH) ?? []);
  return { keys: keys.length > 0 ? keys : [randomOctets(KEY_LENGTH)], known };
}

/** The router's own proof, for a client that asks for it. */
function answerTo({ challenge: asked, channelId }: Announcement, key: Bytes | undefined): Dict {
  if (asked === undefined || key === undefined) return {};
  return {
    pubkey: toHex(publicKeyOf(key)),
    signature: toHex(signedMessage(key, messageToSign(asked, channelId))),
  };
}
