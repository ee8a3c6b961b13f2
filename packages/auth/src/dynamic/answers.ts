import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64, fromHex } from "../bytes.js";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { Principal } from "../principal.js";
import { KEY_LENGTH } from "../cryptosign/keys.js";
import { checkScramRecord, SCRAM_KEY_LENGTH, type ScramCredential, type ScramKdf } from "../scram/record.js";
import type { CraCredential } from "../wampcra.js";

// Parses what a CredentialSource returned. Each function throws TypeError for an answer of the wrong shape: the source
// failed, and the client gets `wamp.error.authentication_failed`.

/** Parses a role, or a dict with `role`, `authid` and `extra`. */
export function parsePrincipal(answer: unknown, realm: string): Principal {
  const { role, authid, extra, realm: other } = dictOf(answer);
  if (typeof role !== "string" || role === "") throw wrong("role", "a non-empty string");
  if (present(authid) && typeof authid !== "string") throw wrong("authid", "a string");
  if (present(extra) && !isDict(extra)) throw wrong("extra", "a dict");
  if (present(other) && other !== realm) throw wrong("realm", `${realm}, the realm that the client asked for`);
  return {
    authrole: role,
    ...(typeof authid === "string" ? { authid } : {}),
    ...(isDict(extra) ? { authextra: extra } : {}),
  };
}

/** Parses a dict with `secret` and, for a salted secret, `salt`, `iterations` and `keylen`. */
export function parseCraCredential(answer: unknown, realm: string): CraCredential {
  const { secret, salt, iterations, keylen } = dictOf(answer);
  if (typeof secret !== "string") throw wrong("secret", "a string");
  if (present(salt) && typeof salt !== "string") throw wrong("salt", "a string");
  const credential = { ...parsePrincipal(answer, realm), secret };
  if (typeof salt !== "string") return credential;
  return { ...credential, salt, ...positiveIntegers({ iterations, keylen }) };
}

/** Takes Crossbar.io's shape (hex, `stored-key`, `server-key`) as well as a {@link ScramRecord} (base64). */
export function parseScramCredential(answer: unknown, realm: string): ScramCredential {
  const dict = dictOf(answer);
  const { kdf, salt, iterations, memory } = dict;
  if (typeof iterations !== "number") throw wrong("iterations", "a number");
  const record: ScramCredential = {
    ...parsePrincipal(answer, realm),
    kdf: kdf as ScramKdf,
    salt: dict["stored-key"] === undefined ? String(salt) : hexAsBase64(salt, "salt"),
    iterations,
    ...(kdf === "pbkdf2" ? {} : positiveIntegers({ memory })),
    storedKey: keyOf(dict, "stored-key", "storedKey"),
    serverKey: keyOf(dict, "server-key", "serverKey"),
  };
  checkScramRecord(record);
  return record;
}

/** Takes Crossbar.io's `pubkey` (one key) and `authorized_keys` (a list) as well as `keys`. */
export function parseCryptosignCredential(answer: unknown, realm: string): CryptosignCredential {
  const { pubkey, authorized_keys: authorized, keys } = dictOf(answer);
  const listed = keys ?? authorized ?? (pubkey === undefined ? undefined : [pubkey]);
  const isKey = (key: unknown): key is string => fromHex(key, KEY_LENGTH) !== undefined;
  if (!Array.isArray(listed) || !listed.every(isKey)) throw wrong("pubkey", "a public key of 64 hex digits");
  return { ...parsePrincipal(answer, realm), keys: listed };
}

function dictOf(answer: unknown): Dict {
  if (typeof answer === "string") return { role: answer };
  if (!isDict(answer)) {
    const got = Array.isArray(answer) ? "a list" : `a ${typeof answer}`;
    throw new TypeError(`the dynamic authenticator returned ${got}; expected a role (a string) or a dict`);
  }
  return answer;
}

function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function positiveIntegers(fields: Dict): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!present(value)) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw wrong(name, "a positive integer");
    found[name] = value;
  }
  return found;
}

function keyOf(dict: Dict, dashed: string, plain: string): string {
  return dict[dashed] === undefined ? String(dict[plain]) : hexAsBase64(dict[dashed], dashed, SCRAM_KEY_LENGTH);
}

function hexAsBase64(value: unknown, name: string, length = typeof value === "string" ? value.length / 2 : 0): string {
  const bytes = fromHex(value, length);
  if (bytes !== undefined) return toBase64(bytes);
  if (typeof value === "string" && fromBase64(value) !== undefined) return value;
  throw wrong(name, "hex or base64");
}

function wrong(name: string, expected: string): TypeError {
  return new TypeError(`the dynamic authenticator returned a wrong ${name}: expected ${expected}`);
}
