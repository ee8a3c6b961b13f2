const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** Deeper than any peer would accept; a value that refers to itself gets there, too. */
export const DEEPEST_VALUE = 1000;

/**
 * Makes application values ready for a library that writes a binary format, so that what reaches the wire is within
 * WAMP's data model and the same for each format: no float for an integer, no tag, no invalid UTF-8.
 */
export class PlainValues {
  /** The least integer that the library writes as one when it is a number; beyond, it must be a bigint. */
  readonly #least: number;
  #wide = false;

  constructor(least: number) {
    this.#least = least;
  }

  /**
   * Gives back the value itself where nothing needs to change.
   *
   * @throws TypeError when the value refers to itself.
   */
  of(value: unknown): unknown {
    this.#wide = false;
    return this.#plain(value, 1);
  }

  /** True when the last value had an integer that is now a bigint. */
  get foundBigint(): boolean {
    return this.#wide;
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
        return this.#integer(value);
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        return null;
    }
  }

  #number(value: number): number | bigint {
    if (value <= 0xffff_ffff && value >= this.#least) return value;
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) return value;
    this.#wide = true;
    return BigInt(value);
  }

  /** In the fewest bytes; beyond 64 bits the nearest float, as in JSON. */
  #integer(value: bigint): number | bigint {
    const fits = value >= -(2n ** 63n) && value < 2n ** 64n;
    if (!fits || (value <= 0xffff_ffffn && value >= this.#least)) return Number(value);
    this.#wide = true;
    return value;
  }

  #object(value: object, depth: number): unknown {
    if (depth > DEEPEST_VALUE) throw new TypeError("a value to encode nests too deeply or refers to itself");
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
    // As in JSON, what is undefined is not there.
    const present = keys.filter((key) => dict[key] !== undefined);
    return Object.fromEntries(
      present.map((key) => [plainString(key), changed?.has(key) === true ? changed.get(key) : dict[key]]),
    );
  }
}

/** A string that has a UTF-8 form. */
function plainString(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, "\ufffd") : text;
}

/** A subclass, as Node's Buffer is, would be written with a tag. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
