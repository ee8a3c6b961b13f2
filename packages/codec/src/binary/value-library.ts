import { isDict } from "../messages/checks.js";

/**
 * A third-party library that encodes and decodes application values for a binary codec. The bytes that it returns may
 * share memory with other results.
 */
export interface ValueLibrary {
  /** @throws TypeError when the value contains itself. */
  encode(value: unknown): Uint8Array;
  /** Decodes one value that is known to be valid and has neither tags nor keys other than strings. */
  decode(bytes: Uint8Array, needs: DecodingNeeds): unknown;
}

/** What is unusual about a value. */
export interface DecodingNeeds {
  /** Decode each dict as a `Map`, because one has a key `__proto__`, which the libraries would rename. */
  readonly maps: boolean;
  /** Decode as bigint the integers that a number cannot hold. */
  readonly bigints: boolean;
}

/** Turns each `Map` in a value into a dict; `__proto__` becomes an ordinary key. */
export function dictsFromMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dictsFromMaps);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(Array.from(value, ([key, member]) => [key as string, dictsFromMaps(member)]));
}

/**
 * Makes a decoded value what it would be in JSON: removes keys whose value is `undefined` and turns any other `undefined`
 * into null. JavaScript clients send such values unintentionally, as in `{ match: options.match }`. Changes lists and
 * dicts in place.
 */
export function withoutUndefined(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) value[index] = withoutUndefined(element);
  } else if (isDict(value)) {
    const dict = value as Record<string, unknown>;
    for (const [key, member] of Object.entries(dict))
      if (member === undefined) delete dict[key];
      else withoutUndefined(member);
  }
  return value;
}
