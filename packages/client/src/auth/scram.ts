import type { Dict } from "@kreuz/codec";
import { toBase64 } from "../base64.js";
import { integerField, textField, textOf, type AuthMethod, type Exchange, type Secret } from "./auth-method.js";
import { base64Bytes, hmacSha256, pbkdf2, randomBytes, sha256, utf8, xor, type Bytes } from "./bytes.js";
import { MAX_ITERATIONS } from "./secrets.js";
import type { Link } from "../transport.js";

/** Derives a key with Argon2id, version 1.3, one lane: {@link https://www.rfc-editor.org/rfc/rfc9106 | RFC 9106}. */
export type Argon2id = (password: string, salt: Bytes, cost: Argon2idCost) => Promise<Uint8Array>;

/** What Argon2id costs. */
export interface Argon2idCost {
  readonly iterations: number;
  /** KiB. */
  readonly memory: number;
  /** Bytes of the key. */
  readonly length: number;
}

/** Settings of {@link scram}. */
export interface ScramSettings {
  readonly authid: string;
  readonly password: Secret;
  /** For accounts with Argon2id: the function of `@kreuz/client/argon2id`. Without it only PBKDF2 is possible. */
  readonly argon2id?: Argon2id;
  /** Binds the proof to the TLS channel where the transport can tell it. Default none. */
  readonly channelBinding?: "tls-exporter" | "tls-unique";
  /** Fewest iterations of PBKDF2 to accept: fewer would help a rogue router to guess. Default 4096. */
  readonly minIterations?: number;
}

const KEY_LENGTH = 32;
/** What a router may make this client use: 1 GiB. */
const MAX_MEMORY_KIB = 1_048_576;

/** Where the SCRAM of the specification and that of Autobahn|Python and Crossbar.io differ. */
export interface ScramDialect {
  readonly authmethod: string;
  /** `CHALLENGE.Extra.kdf` for Argon2id. */
  readonly argon2id: string;
  /** What Argon2id hashes, and the key that its hash becomes. */
  readonly password: (password: string) => string;
  readonly key: (hash: Uint8Array) => Bytes;
  /** Whether the router's nonce begins with the client's. */
  readonly continues: (nonce: string, clientNonce: string) => boolean;
  /** The name and the channel binding as they are signed. */
  readonly name: (authid: string) => string;
  readonly binding: (type: string | undefined, data: Uint8Array | undefined) => string;
  /** `AUTHENTICATE.Extra`. */
  readonly extra: (nonce: string, type: string | undefined, data: Uint8Array | undefined) => Dict;
  /** The router's proof in `WELCOME.Details.authextra`. */
  readonly proves: (authextra: Dict, signature: string) => boolean;
}

const SPECIFIED: ScramDialect = {
  authmethod: "wamp-scram",
  argon2id: "argon2id13",
  password: saslprep,
  key: (hash) => new Uint8Array(hash),
  continues: (nonce, clientNonce) => nonce.startsWith(clientNonce) && nonce !== clientNonce,
  name: (authid) => authid.replaceAll("=", "=3D").replaceAll(",", "=2C"),
  binding: (type, data = new Uint8Array()) =>
    toBase64(Uint8Array.from([...utf8(type === undefined ? "n,," : `p=${type},,`), ...data])),
  extra: (nonce, type, data) => ({
    nonce,
    channel_binding: type ?? null,
    cbind_data: data === undefined ? null : toBase64(data),
  }),
  proves: ({ verifier }, signature) => verifier === `v=${signature}`,
};

/** Proves a password without sending it, and checks that the router knows it, too (spec: "WAMP-SCRAM"). */
export function scram(settings: ScramSettings): AuthMethod {
  return scramMethod(SPECIFIED, settings);
}

export function scramMethod(dialect: ScramDialect, settings: ScramSettings): AuthMethod {
  const { authmethod } = dialect;
  return { authmethod, authid: settings.authid, begin: (link) => begin(dialect, settings, link) };
}

function begin(dialect: ScramDialect, settings: ScramSettings, link: Link): Exchange {
  const { authid, channelBinding: type } = settings;
  const binding = type === undefined ? undefined : link.channelBinding?.(type);
  if (type !== undefined && binding === undefined)
    throw new TypeError(`the transport has no channel binding of type ${type}`);
  const clientNonce = toBase64(randomBytes(16));
  let expected: string | undefined;
  return {
    authextra: { nonce: clientNonce, channel_binding: type ?? null },
    async answer(extra) {
      const [nonce, salt] = [textField(extra, "nonce"), textField(extra, "salt")];
      if (!dialect.continues(nonce, clientNonce))
        throw new TypeError("CHALLENGE.Extra.nonce: expected the client's nonce, followed by the router's");
      const salted = await saltedPassword(dialect, settings, base64Bytes(salt, "CHALLENGE.Extra.salt"), extra);
      const message = [
        `n=${dialect.name(authid)}`,
        `r=${clientNonce}`,
        `r=${nonce}`,
        `s=${salt}`,
        `i=${String(extra["iterations"])}`,
        `c=${dialect.binding(type, binding)}`,
        `r=${nonce}`,
      ].join(",");
      const clientKey = await hmacSha256(salted, utf8("Client Key"));
      const proof = xor(clientKey, await hmacSha256(await sha256(clientKey), utf8(message)));
      expected = toBase64(await hmacSha256(await hmacSha256(salted, utf8("Server Key")), utf8(message)));
      return { signature: toBase64(proof), extra: dialect.extra(nonce, type, binding) };
    },
    verify: (authextra) => expected !== undefined && dialect.proves(authextra, expected),
  };
}

async function saltedPassword(
  dialect: ScramDialect,
  settings: ScramSettings,
  salt: Bytes,
  extra: Dict,
): Promise<Bytes> {
  const { argon2id, minIterations = 4096 } = settings;
  const password = await textOf(settings.password);
  if (extra["kdf"] === "pbkdf2") {
    const iterations = integerField(extra, "iterations", minIterations, MAX_ITERATIONS);
    return pbkdf2(saslprep(password), salt, iterations, KEY_LENGTH);
  }
  if (extra["kdf"] !== dialect.argon2id)
    throw new TypeError(`CHALLENGE.Extra.kdf: expected pbkdf2 or ${dialect.argon2id}`);
  if (argon2id === undefined)
    throw new TypeError("the account has an Argon2id password: pass scram() the function of @kreuz/client/argon2id");
  const iterations = integerField(extra, "iterations", 1, 1000);
  const memory = integerField(extra, "memory", 8, MAX_MEMORY_KIB);
  return dialect.key(await argon2id(dialect.password(password), salt, { iterations, memory, length: KEY_LENGTH }));
}

const OTHER_SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
const MAPPED_TO_NOTHING = /\u00AD|\u034F|\u1806|\u180B|\u180C|\u180D|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/** Normalizes a password (RFC 4013), so that two keyboards produce the same; the router refuses what is prohibited. */
export function saslprep(text: string): string {
  return text.replaceAll(OTHER_SPACES, " ").replaceAll(MAPPED_TO_NOTHING, "").normalize("NFKC");
}
