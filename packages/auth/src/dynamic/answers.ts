import { toBase64, type Dict } from "@kreuz/codec";
import { fromBase64, fromHex } from "../bytes.js";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { Grant } from "../principal.js";
import { checkScramRecord, SCRAM_KEY_LENGTH, type ScramCredential, type ScramKdf } from "../scram/record.js";
import type { CraCredential } from "../wampcra.js";

/** Reads what a {@link CredentialSource} answers. Whatever does not fit throws: it is the source that is wrong. */

export function grantOf(answer: unknown, realm: string): Grant {
  const { role, authid, extra, realm: other } = dictOf(answer);
  if (typeof role !== "string" || role === "") throw wrong("role", "a role");
  if (present(authid) && typeof authid !== "string") throw wrong("authid", "a string");
  if (present(extra) && !isDict(extra)) throw wrong("extra", "a dict");
  if (present(other) && other !== realm) throw wrong("realm", `the realm that the client asked for, ${realm}`);
  return {
    authrole: role,
    ...(typeof authid === "string" ? { authid } : {}),
    ...(isDict(extra) ? { authextra: extra } : {}),
  };
}

export function craOf(answer: unknown, realm: string): CraCredential {
  const { secret, salt, iterations, keylen } = dictOf(answer);
  if (typeof secret !== "string") throw wrong("secret", "a string");
  if (present(salt) && typeof salt !== "string") throw wrong("salt", "a string");
  const grant = { ...grantOf(answer, realm), secret };
  if (typeof salt !== "string") return grant;
  return { ...grant, salt, ...numbers({ iterations, keylen }) };
}

/** Crossbar.io has salt and keys in hex under names with dashes; base64 as in this package's records is taken too. */
export function scramOf(answer: unknown, realm: string): ScramCredential {
  const dict = dictOf(answer);
  const { kdf, salt, iterations, memory } = dict;
  if (typeof iterations !== "number") throw wrong("iterations", "a number");
  const record: ScramCredential = {
    ...grantOf(answer, realm),
    kdf: kdf as ScramKdf,
    salt: dict["stored-key"] === undefined ? String(salt) : hexAsBase64(salt, "salt"),
    iterations,
    ...(kdf === "pbkdf2" ? {} : numbers({ memory })),
    storedKey: keyOf(dict, "stored-key", "storedKey"),
    serverKey: keyOf(dict, "server-key", "serverKey"),
  };
  checkScramRecord(record);
  return record;
}

/** Crossbar.io has one key as `pubkey`; `authorized_keys` as in its config and `keys` are taken too. */
export function cryptosignOf(answer: unknown, realm: string): CryptosignCredential {
  const { pubkey, authorized_keys: authorized, keys } = dictOf(answer);
  const listed = keys ?? authorized ?? (pubkey === undefined ? undefined : [pubkey]);
  const fits = (key: unknown): key is string => fromHex(key, 32) !== undefined;
  if (!Array.isArray(listed) || !listed.every(fits)) throw wrong("pubkey", "a public key of 64 hex digits");
  return { ...grantOf(answer, realm), keys: listed };
}

function dictOf(answer: unknown): Dict {
  if (typeof answer === "string") return { role: answer };
  if (!isDict(answer)) throw new TypeError("the authenticator answered neither a role nor a dict");
  return answer;
}

function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function numbers(fields: Dict): Record<string, number> {
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
  throw wrong(name, "hex");
}

function wrong(name: string, expected: string): TypeError {
  return new TypeError(`the authenticator's answer: ${name}: expected ${expected}`);
}
