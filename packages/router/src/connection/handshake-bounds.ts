import { ProtocolError, type Authenticate, type Hello } from "@kreuz/codec";

/** Characters of a name: authid, authrole, agent, a method, a key. */
const MAX_NAME = 256;

/** Characters of any other text, such as a signature or a ticket. */
const MAX_TEXT = 8192;

/** Methods of one HELLO. */
const MAX_METHODS = 32;

/** Keys of one dict, and elements of one list. */
const MAX_ENTRIES = 64;

/** Levels of dicts and lists in Details or Extra. */
const MAX_DEPTH = 8;

const NAMES = ["authid", "authrole", "agent"] as const;

/**
 * Bounds every part of HELLO before anything is done with it, so that no normalization, hash or log line of a client that
 * has not logged in costs more than a little. The realm is bounded by the rule for URIs.
 *
 * @throws ProtocolError that names the part, its length and the maximum.
 */
export function checkHello({ details }: Hello): void {
  for (const name of NAMES) checkLength(`HELLO.Details.${name}`, details[name] ?? "", MAX_NAME);
  const { authmethods = [] } = details;
  checkEntries("HELLO.Details.authmethods", authmethods.length, MAX_METHODS, "elements");
  for (const method of authmethods) checkLength("an element of HELLO.Details.authmethods", method, MAX_NAME);
  checkValue("HELLO.Details", details, 0);
}

/** @throws ProtocolError that names the part, its length and the maximum. */
export function checkAuthenticate({ signature, extra }: Authenticate): void {
  checkLength("AUTHENTICATE.Signature", signature, MAX_TEXT);
  checkValue("AUTHENTICATE.Extra", extra, 0);
}

/** Walks a value whose dicts and lists are all bounded. `path` names the part of the message, and no key of the client's. */
function checkValue(path: string, value: unknown, depth: number): void {
  if (typeof value === "string") return checkLength(`a text in ${path}`, value, MAX_TEXT);
  if (value instanceof Uint8Array) return checkEntries(`binary data in ${path}`, value.length, MAX_TEXT, "bytes");
  if (typeof value === "bigint" && (value >= MAX_INTEGER || value <= -MAX_INTEGER))
    throw new ProtocolError(`an integer in ${path} is beyond 64 bits`);
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH) throw new ProtocolError(`${path} is nested deeper than ${MAX_DEPTH} levels`);
  const isList = Array.isArray(value);
  const keys = isList ? [] : Object.keys(value);
  const entries: readonly unknown[] = isList ? value : Object.values(value);
  checkEntries(depth === 0 ? path : `a part of ${path}`, entries.length, MAX_ENTRIES, isList ? "elements" : "keys");
  for (const key of keys) checkLength(`a key in ${path}`, key, MAX_NAME);
  for (const entry of entries) checkValue(path, entry, depth + 1);
}

const MAX_INTEGER = 2n ** 64n;

function checkLength(what: string, { length }: string, max: number): void {
  if (length > max) throw new ProtocolError(`${what} has ${length} characters; the maximum is ${max}`);
}

function checkEntries(what: string, count: number, max: number, unit: string): void {
  if (count > max) throw new ProtocolError(`${what} has ${count} ${unit}; the maximum is ${max}`);
}
