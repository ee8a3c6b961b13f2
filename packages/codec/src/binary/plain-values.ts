import { plainView } from "../frame/frame-memory.js";

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** Nesting that no peer would accept; a value that contains itself reaches it, too. */
export const MAX_VALUE_DEPTH = 1000;

/**
 * Prepares application values for a library that writes a binary format, so that the output stays within WAMP's data
 * model and is the same in each format: no float for an integer, no tag, no invalid UTF-8.
 */
export class PlainValues {
  readonly #minInteger: number;
  #foundBigint = false;

  /** @param minInteger - the smallest number that the library writes as an integer; it needs a bigint for integers below. */
  constructor(minInteger: number) {
    this.#minInteger = minInteger;
  }

  /**
   * Prepares a value.
   *
   * @returns the value itself if nothing needs to change.
   * @throws TypeError when the value contains itself.
   */
  of(value: unknown): unknown {
    this.#foundBigint = false;
    return this.#plain(value, 1);
  }

  /** Whether the last prepared value contains a bigint. */
  get foundBigint(): boolean {
    return this.#foundBigint;
  }

  #plain(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return plainString(value);
      case "boolean":
        return value;
      case "number":
        return this.#number(value);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        return null;
    }
  }

  #number(value: number): number | bigint {
    if (value <= 0xffff_ffff && value >= this.#minInteger) return value;
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) return value;
    this.#foundBigint = true;
    return BigInt(value);
  }

  /** In the fewest bytes; beyond 64 bits the nearest float, as in JSON. */
  #bigint(value: bigint): number | bigint {
    const fits = value >= -(2n ** 63n) && value < 2n ** 64n;
    if (!fits || (value <= 0xffff_ffffn && value >= this.#minInteger)) return Number(value);
    this.#foundBigint = true;
    return value;
  }

  #object(value: object, depth: number): unknown {
    if (depth > MAX_VALUE_DEPTH)
      throw new TypeError(`cannot encode a value that contains itself or nests deeper than ${MAX_VALUE_DEPTH} levels`);
    if (value instanceof Uint8Array) return plainBytes(value);
    if (Array.isArray(value)) return this.#list(value, depth);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.#plain(value.toJSON(), depth + 1);
    return this.#dict(value as Record<string, unknown>, depth);
  }

  #list(list: readonly unknown[], depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const plain = this.#plain(list[index], depth + 1);
      if (!Object.is(plain, list[index])) (copy ??= Array.from(list))[index] = plain;
    }
    return copy ?? list;
  }

  #dict(dict: Record<string, unknown>, depth: number): object {
    const keys = Object.keys(dict);
    let same = Object.getPrototypeOf(dict) === Object.prototype;
    let changed: Map<string, unknown> | undefined;
    for (const key of keys) {
      const plain = this.#plain(dict[key], depth + 1);
      if (!Object.is(plain, dict[key])) (changed ??= new Map()).set(key, plain);
      same &&= plainString(key) === key;
    }
    if (same && changed === undefined) return dict;
    // As in JSON, a member that is undefined is left out.
    const present = keys.filter((key) => dict[key] !== undefined);
    return Object.fromEntries(
      present.map((key) => [plainString(key), changed?.has(key) === true ? changed.get(key) : dict[key]]),
    );
  }
}

/** Replaces lone surrogates, which have no UTF-8 form. */
function plainString(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, "\ufffd") : text;
}

/** The libraries would write a subclass such as Node's Buffer with a tag. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : plainView(bytes, 0, bytes.length);
}
