import { isDict } from "../messages/checks.js";

/**
 * What a third-party library does for a binary codec, wrapped: application values to bytes and back. The bytes may
 * share memory with other results.
 */
export interface ValueLibrary {
  /** @throws TypeError when the value refers to itself. */
  encode(value: unknown): Uint8Array;
  /** Decodes one value that is known to be valid and needs no interpretation: no tags, no keys but strings. */
  decode(bytes: Uint8Array, needs: DecodingNeeds): unknown;
}

/** What is out of the ordinary in a value. */
export interface DecodingNeeds {
  /** A dict has a key `__proto__`, which the libraries rename: dicts are to become a `Map` each. */
  readonly maps: boolean;
  /** There are integers that a number cannot hold. */
  readonly bigints: boolean;
}

/** A value with each `Map` in it turned into a dict; `__proto__` becomes a key like any other. */
export function dictsFromMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dictsFromMaps);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(Array.from(value, ([key, member]) => [key as string, dictsFromMaps(member)]));
}

/**
 * A decoded value as if it had come in JSON: what is `undefined` is not there, or null where it holds a place. Clients
 * in JavaScript send such values without knowing it, as in `{ match: options.match }`. Changes lists and dicts in place.
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
