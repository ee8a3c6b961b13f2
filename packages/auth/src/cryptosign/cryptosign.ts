import { ConfigError, type Dict } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { equalBytes } from "@noble/curves/utils.js";
import { fromHex, systemRandomBytes, toHex } from "../bytes.js";
import { challenge, MockChallenges, type ChallengeOptions, type MockChallengeOptions } from "../challenge.js";
import {
  accepted,
  denied,
  incomplete,
  malformed,
  thenMaybe,
  unbound,
  type Principal,
  type StoreOptions,
} from "../principal.js";
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

/** An account for cryptosign. */
export interface CryptosignCredential extends Principal {
  /** Ed25519 public keys, 64 hex digits each. */
  readonly keys: readonly string[];
}

/** Settings of {@link cryptosign}. */
export interface CryptosignOptions extends StoreOptions<CryptosignCredential>, ChallengeOptions, MockChallengeOptions {
  /**
   * `required` denies clients that do not bind their signature to the TLS channel. Default `optional`: a client gets the
   * binding that it asks for if the transport has it, and CHALLENGE says so.
   */
  readonly channelBinding?: "optional" | "required";
  /**
   * The router's own Ed25519 private key, 64 hex digits. The router signs the challenges of clients that want to
   * authenticate it (spec: "Router Authentication"). Do not use the key for anything else.
   */
  readonly routerKey?: string;
}

/** What HELLO carries for cryptosign. */
interface CryptosignHello {
  readonly pubkey: string | undefined;
  readonly binding: string | null;
  readonly channelId: Uint8Array | undefined;
  readonly challenge: Uint8Array | undefined;
}

/** What an unknown client is checked against when the store has no samples: a valid public key (RFC 8032, section 7.1). */
const DEFAULT_SAMPLE: CryptosignCredential = {
  authrole: "",
  keys: ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
};

/** Authentication by Ed25519 signature (spec: "Cryptosign-based Authentication"). */
export function cryptosign(options: CryptosignOptions): Authenticator {
  const { store, channelBinding = "optional", routerKey: routerKeyHex, random = systemRandomBytes } = options;
  const routerKey = routerKeyHex === undefined ? undefined : fromHex(routerKeyHex, KEY_LENGTH);
  if (routerKeyHex !== undefined && routerKey === undefined)
    throw new ConfigError("routerKey", "expected an Ed25519 private key of 64 hex digits");
  const mocks = new MockChallenges(options);

  function challengeFor(
    request: AuthRequest,
    hello: CryptosignHello,
    found: CryptosignCredential | undefined,
  ): AuthStep {
    const nonce = random(CHALLENGE_LENGTH);
    const message = messageToSign(nonce, hello.channelId);
    // Picked for known clients too, so that both take equally long.
    const sample = mocks.pick(store.samples?.() ?? [], request, DEFAULT_SAMPLE);
    const { keys, known } = keysToTry(hello.pubkey, found, sample);
    return challenge(
      { challenge: toHex(nonce), channel_binding: hello.binding, ...routerProof(hello, routerKey) },
      (given) => {
        const signed = fromHex(given, SIGNATURE_LENGTH + CHALLENGE_LENGTH);
        if (signed === undefined) return malformed("the signature is not 96 bytes in hex");
        // A valid signature is not enough: over another message, it may be an old one.
        const current = equalBytes(signed.subarray(SIGNATURE_LENGTH), message);
        // All are tried: the time must not tell which one it was.
        const valid = keys.filter((key) => isSignature(signed.subarray(0, SIGNATURE_LENGTH), message, key)).length > 0;
        if (!known || found === undefined) return denied("unknown authid or public key");
        if (!current) return denied("the client signed another message than this session's challenge");
        return valid ? accepted(found, request, store.provider) : denied("wrong signature");
      },
      options,
    );
  }

  return {
    method: "cryptosign",
    begin(request) {
      const hello = readHello(request);
      if (typeof hello === "string") return incomplete(`cryptosign: ${hello}`);
      if (channelBinding === "required" && hello.channelId === undefined)
        return unbound("cryptosign: expected a channel_binding of this transport in HELLO.Details.authextra");
      return thenMaybe(store.find(request), (found) => challengeFor(request, hello, found));
    },
    lookup: (request) =>
      thenMaybe(store.find(request), (found) => {
        const { pubkey } = request.authextra ?? {};
        const known = found?.keys.some((key) => pubkey === undefined || key.toLowerCase() === pubkey) === true;
        return found === undefined || !known ? undefined : accepted(found, request, store.provider);
      }),
  };
}

/** @returns a message for the client when HELLO lacks something. */
function readHello({ authid, authextra = {}, evidence }: AuthRequest): CryptosignHello | string {
  // Autobahn|JS sends null for what it leaves out.
  const [pubkey, type, challenge] = ["pubkey", "channel_binding", "challenge"].map(
    (key) => authextra[key] ?? undefined,
  );
  if (pubkey === undefined && authid === undefined)
    return "expected HELLO.Details.authextra.pubkey or HELLO.Details.authid";
  if (pubkey !== undefined && fromHex(pubkey, KEY_LENGTH) === undefined)
    return "expected 64 hex digits in HELLO.Details.authextra.pubkey";
  if (type !== undefined && typeof type !== "string")
    return "expected a string in HELLO.Details.authextra.channel_binding";
  const challengeBytes = fromHex(challenge, CHALLENGE_LENGTH);
  if (challenge !== undefined && challengeBytes === undefined)
    return "expected 64 hex digits in HELLO.Details.authextra.challenge";
  const binding = type === undefined ? undefined : evidence.channelBinding?.(type);
  return {
    pubkey: pubkey === undefined ? undefined : String(pubkey).toLowerCase(),
    binding: binding === undefined ? null : (type ?? null),
    channelId: binding === undefined ? undefined : channelIdOf(binding),
    challenge: challengeBytes,
  };
}

/** The public keys that the signature may belong to, and whether the account has them. Without an account, as many as `sample` has. */
function keysToTry(
  pubkey: string | undefined,
  found: CryptosignCredential | undefined,
  sample: CryptosignCredential,
): { keys: Uint8Array[]; known: boolean } {
  const owned = (found?.keys ?? []).map((key) => key.toLowerCase());
  const known = pubkey === undefined ? owned.length > 0 : owned.includes(pubkey);
  const tried = pubkey !== undefined ? [pubkey] : owned.length > 0 ? owned : sample.keys;
  return { keys: tried.flatMap((key) => fromHex(key, KEY_LENGTH) ?? []), known };
}

/** The router's signature, for a client that sent a challenge of its own. */
function routerProof({ challenge, channelId }: CryptosignHello, key: Uint8Array | undefined): Dict {
  if (challenge === undefined || key === undefined) return {};
  return {
    pubkey: toHex(publicKeyOf(key)),
    signature: toHex(signedMessage(key, messageToSign(challenge, channelId))),
  };
}
