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

/** Proves a password without sending it, and checks that the router knows it, too (spec: "WAMP-SCRAM"). */
export function scram(settings: ScramSettings): AuthMethod {
  return { authmethod: "wamp-scram", authid: settings.authid, begin: (link) => begin(settings, link) };
}

function begin(settings: ScramSettings, link: Link): Exchange {
  const { authid, channelBinding: type } = settings;
  const binding = type === undefined ? undefined : link.channelBinding?.(type);
  if (type !== undefined && binding === undefined)
    throw new TypeError(`the transport has no channel binding of type ${type}`);
  const clientNonce = toBase64(randomBytes(16));
  let verifier: string | undefined;
  return {
    authextra: { nonce: clientNonce, channel_binding: type ?? null },
    async answer(extra) {
      const [nonce, salt] = [textField(extra, "nonce"), textField(extra, "salt")];
      if (!nonce.startsWith(clientNonce) || nonce === clientNonce)
        throw new TypeError("CHALLENGE.Extra.nonce: expected the client's nonce, followed by the router's");
      const salted = await saltedPassword(settings, base64Bytes(salt, "CHALLENGE.Extra.salt"), extra);
      const header = utf8(type === undefined ? "n,," : `p=${type},,`);
      const message = [
        `n=${authid.replaceAll("=", "=3D").replaceAll(",", "=2C")}`,
        `r=${clientNonce}`,
        `r=${nonce}`,
        `s=${salt}`,
        `i=${String(extra["iterations"])}`,
        `c=${toBase64(Uint8Array.from([...header, ...(binding ?? [])]))}`,
        `r=${nonce}`,
      ].join(",");
      const clientKey = await hmacSha256(salted, utf8("Client Key"));
      const proof = xor(clientKey, await hmacSha256(await sha256(clientKey), utf8(message)));
      verifier = `v=${toBase64(await hmacSha256(await hmacSha256(salted, utf8("Server Key")), utf8(message)))}`;
      const cbind_data = binding === undefined ? null : toBase64(binding);
      return { signature: toBase64(proof), extra: { nonce, channel_binding: type ?? null, cbind_data } };
    },
    verify: (authextra) => verifier !== undefined && authextra["verifier"] === verifier,
  };
}

async function saltedPassword(settings: ScramSettings, salt: Bytes, extra: Dict): Promise<Bytes> {
  const { argon2id, minIterations = 4096 } = settings;
  const password = saslprep(await textOf(settings.password));
  if (extra["kdf"] === "pbkdf2")
    return pbkdf2(password, salt, integerField(extra, "iterations", minIterations, MAX_ITERATIONS), KEY_LENGTH);
  if (extra["kdf"] !== "argon2id13") throw new TypeError("CHALLENGE.Extra.kdf: expected pbkdf2 or argon2id13");
  if (argon2id === undefined)
    throw new TypeError("the account has an Argon2id password: pass scram() the function of @kreuz/client/argon2id");
  const iterations = integerField(extra, "iterations", 1, 1000);
  const memory = integerField(extra, "memory", 8, MAX_MEMORY_KIB);
  return new Uint8Array(await argon2id(password, salt, { iterations, memory, length: KEY_LENGTH }));
}

const OTHER_SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
const MAPPED_TO_NOTHING = /\u00AD|\u034F|\u1806|\u180B|\u180C|\u180D|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/** Normalizes a password (RFC 4013), so that two keyboards produce the same; the router refuses what is prohibited. */
function saslprep(text: string): string {
  return text.replaceAll(OTHER_SPACES, " ").replaceAll(MAPPED_TO_NOTHING, "").normalize("NFKC");
}
