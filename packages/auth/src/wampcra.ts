import { systemClock, toBase64, type Dict } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import { hmacSha256, randomOctets, sameSecret, toHex } from "./bytes.js";
import { challenge, Decoys, type ChallengeOptions, type DecoyOptions } from "./challenge.js";
import { accepted, denied, incomplete, later, type Grant, type StoreOptions } from "./principal.js";

/** An account for WAMP-CRA. */
export interface CraCredential extends Grant {
  /** The shared secret; with a salt, the key derived from it, in base64. */
  readonly secret: string;
  readonly salt?: string;
  /** Of PBKDF2. Default 1000, as clients have it. */
  readonly iterations?: number;
  /** Bytes of the derived key. Default 32. */
  readonly keylen?: number;
}

/** Settings of {@link wampcra}. */
export interface CraOptions extends StoreOptions<CraCredential>, ChallengeOptions, DecoyOptions {}

const FALLBACK: CraCredential = { authrole: "user", secret: "" };

/** Challenge-response authentication with a shared secret (spec: "Challenge Response Authentication"). */
export function wampcra({ store, ...options }: CraOptions): Authenticator {
  const decoys = new Decoys(options);
  const { clock = systemClock } = options;

  function ask(request: AuthRequest, found: CraCredential | undefined): AuthStep {
    // Made up for everybody, so that it takes as long for who is known.
    const madeUp = decoy(decoys, request, decoys.pick(store.samples?.() ?? [], request, FALLBACK));
    const credential = found ?? madeUp;
    const text = JSON.stringify({
      authid: credential.authid ?? request.authid,
      authrole: credential.authrole,
      authmethod: "wampcra",
      authprovider: store.provider,
      nonce: toBase64(randomOctets(24)),
      timestamp: new Date(clock.now()).toISOString(),
      session: request.session,
    });
    const right = toBase64(hmacSha256(credential.secret, text));
    return challenge(
      { challenge: text, ...salting(credential) },
      (signature) => {
        // Both are judged: which of them it was must not show in the time it takes.
        const proved = sameSecret(signature, right);
        if (found === undefined) return denied("unknown authid");
        return proved ? accepted(found, request, store.provider) : denied("wrong signature");
      },
      options,
    );
  }

  return {
    method: "wampcra",
    begin(request) {
      if (request.authid === undefined) return incomplete("wampcra: expected HELLO.Details.authid");
      return later(store.find(request), (found) => ask(request, found));
    },
  };
}

function salting({ salt, iterations = 1000, keylen = 32 }: CraCredential): Dict {
  return salt === undefined ? {} : { salt, iterations, keylen };
}

/** An account that nobody has, with a secret that nobody knows, in the manner of a real one. */
function decoy(decoys: Decoys, request: AuthRequest, { authrole, ...like }: CraCredential): CraCredential {
  const secret = toBase64(decoys.bytes("wampcra secret", request));
  if (like.salt === undefined) return { authrole, secret };
  const { iterations = 1000, keylen = 32 } = like;
  return { authrole, secret, salt: similar(like.salt, decoys.bytes("wampcra salt", request)), iterations, keylen };
}

/** Made-up text of the same alphabet and length as a real salt. */
function similar(salt: string, bytes: Uint8Array): string {
  const text = /^[0-9a-f]*$/.test(salt) ? toHex(bytes) : toBase64(bytes).replace(/=+$/, "");
  const padding = /=*$/.exec(salt)?.[0] ?? "";
  return text.repeat(Math.ceil(salt.length / text.length)).slice(0, salt.length - padding.length) + padding;
}
