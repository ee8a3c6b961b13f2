import { Utf8Reader } from "../frame/utf8-reader.js";
import { EMPTY_DICT } from "../messages/checks.js";
import { dictPlaceholder, listPlaceholder } from "../messages/message-layout.js";
import { JsonReader } from "./json-reader.js";
import { BOUNDS_PER_ELEMENT } from "./json-scanner.js";
import { endOfSpace } from "./json-tokens.js";

const SPACE = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const OPEN_DICT = 0x7b;
/** Integers of up to this many digits are exact however they are computed, if they are below 2^53. */
const MAX_EXACT_DIGITS = 16;
/** Digits that a number may not hold. */
const LONG_NUMBER = /\d{16}/;

/** Reads the header of a message whose elements have been found. */
export class JsonElements {
  /** The elements. A placeholder stands for each list, and for each dict behind a list. */
  values: unknown[] = [];
  /** Index of the first list among the elements, which is the payload if there is one; -1 without a list. */
  listIndex: number = -1;
  readonly #utf8 = new Utf8Reader();
  readonly #reader = new JsonReader();
  #bytes: Uint8Array = new Uint8Array(0);

  /** @returns whether the elements could be read; those that have escapes or look rounded are left to the parser. */
  read(bytes: Uint8Array, bounds: Int32Array, count: number): boolean {
    this.#bytes = bytes;
    this.values = [];
    this.listIndex = -1;
    for (let index = 0; index < count; index++) {
      const start = bounds[BOUNDS_PER_ELEMENT * index] as number;
      const end = bounds[BOUNDS_PER_ELEMENT * index + 1] as number;
      if (this.listIndex < 0 && bytes[start] === OPEN_LIST) this.listIndex = index;
      // The payload is passed on in its bytes, whatever they say. The header is read here, so it must be plain.
      const isPlain =
        this.listIndex < 0
          ? bounds[BOUNDS_PER_ELEMENT * index + 2] === 0 && !this.#mayBeRounded(start, end)
          : bytes[start] !== QUOTE;
      if (!isPlain) return false;
      this.values.push(this.#valueAt(start, end));
    }
    return true;
  }

  /** Whether a long number is written with a fraction or an exponent. */
  #mayBeRounded(start: number, end: number): boolean {
    if (end - start <= MAX_EXACT_DIGITS) return false;
    const first = this.#bytes[start] as number;
    return (first === MINUS || (first >= ZERO && first < COLON)) && this.#bytes.subarray(start, end).some(isMark);
  }

  #valueAt(start: number, end: number): unknown {
    switch (this.#bytes[start]) {
      case QUOTE:
        return this.#text(start + 1, end - 1);
      case OPEN_DICT:
        return this.#dictAt(start, end);
      case OPEN_LIST:
        return listPlaceholder(this.#members(start, end));
      default:
        return this.#scalarAt(start, end);
    }
  }

  #dictAt(start: number, end: number): unknown {
    const members = this.#members(start, end);
    if (this.listIndex >= 0) return dictPlaceholder(members);
    if (members === 0) return EMPTY_DICT;
    const text = this.#text(start, end);
    return LONG_NUMBER.test(text) ? this.#reader.read(this.#bytes.subarray(start, end)) : JSON.parse(text);
  }

  #scalarAt(start: number, end: number): unknown {
    let value = 0;
    for (let offset = start; offset < end; offset++) {
      const digit = (this.#bytes[offset] as number) - ZERO;
      if (digit < 0 || digit > 9) return JSON.parse(this.#text(start, end));
      value = 10 * value + digit;
    }
    const isExact = end - start <= MAX_EXACT_DIGITS && value < 2 ** 53;
    return isExact ? value : this.#reader.read(this.#bytes.subarray(start, end));
  }

  #text(start: number, end: number): string {
    return this.#utf8.read(this.#bytes, start, end);
  }

  /** 0 for an empty list or dict, 1 for any other. */
  #members(start: number, end: number): number {
    return end - start === 2 || this.#skipSpace(start + 1) === end - 1 ? 0 : 1;
  }

  #skipSpace(offset: number): number {
    return (this.#bytes[offset] as number) > SPACE ? offset : endOfSpace(this.#bytes, offset);
  }
}

/** Whether a character makes a number a decimal one: a point or the letter of an exponent. */
function isMark(code: number): boolean {
  return code === POINT || code > COLON;
}
