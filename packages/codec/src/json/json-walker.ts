import { DictKeys } from "../frame/dict-keys.js";
import type { CodecLimits } from "../codec.js";
import { dictOutline, ELEMENT_DEPTH, EMPTY_DICT, listOutline } from "../binary/binary-reader.js";
import { alignedFrom, endOfPlainWords } from "./plain-words.js";
import { Utf8Reader } from "../frame/utf8-reader.js";

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
const LAST_ASCII = 0x7f;
const LETTER_A = 0x61;
const LETTER_F = 0x66;
/** `E`, and with it as {@link LOWER} `e`. */
const EXPONENT = 0x65;
const LOWER = 0x20;

/** What stands in the place of an offset where a frame is in another form. */
const UNKNOWN = -1;
/** Integers of up to that many digits are exact however they are put together. */
const EXACT_DIGITS = 15;
/**
 * Up to this many bytes of a string, and behind an escape, are looked at one by one, all others four at a time. There the
 * platform's decoder and parser are faster with what is not ASCII.
 */
const STEP = 128;
const LETTER_U = 0x75;
/** What may stand behind a backslash, but for `u`. */
const ESCAPABLE: ReadonlySet<unknown> = new Set(lettersOf('"\\/bfnrt'));

const TRUE = lettersOf("true");
const FALSE = lettersOf("false");
const NULL = lettersOf("null");

/**
 * Reads, without making strings and objects of it, what nearly every frame is: JSON whose header and keys are in ASCII
 * and without escapes. It knows only what is certainly valid. Any other frame, valid or not, is for `JSON.parse` to decide.
 */
export class JsonWalker {
  /** The elements of the message; an outline stands for a list, and for a dict behind one. */
  elements: unknown[] = [];
  /** Which element is the first list: the payload, where there is one. */
  list: number = UNKNOWN;
  /** Where that list begins and ends, and where the last element ends. */
  start = 0;
  endOfList = 0;
  end = 0;
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #utf8 = new Utf8Reader();
  readonly #keys = new DictKeys(this.#utf8);
  #bytes: Uint8Array = new Uint8Array(0);
  #commas = 0;
  /** Escapes and characters beyond ASCII, so far. */
  #odd = 0;
  #beyondAscii = false;

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
  }

  /** @returns whether the frame is in the form that is known here. */
  read(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#commas = 0;
    this.#odd = 0;
    this.#beyondAscii = false;
    this.#keys.reset();
    this.elements = [];
    this.list = UNKNOWN;
    const open = this.#space(0);
    if (bytes[open] !== OPEN_LIST) return false;
    let offset = open;
    do {
      this.end = this.#element(this.#space(offset + 1));
      if (this.end === UNKNOWN) return false;
      offset = this.#space(this.end);
    } while (this.#isComma(offset));
    if (bytes[offset] !== CLOSE_LIST || this.#space(offset + 1) !== bytes.length) return false;
    return this.#commas < this.#limits.maxValues && (!this.#beyondAscii || isUtf8(this.#decoder, bytes));
  }

  #element(start: number): number {
    const end = this.#skip(start, ELEMENT_DEPTH);
    if (end === UNKNOWN) return UNKNOWN;
    // Only payload is carried as it is: what is read here must mean what it says.
    const carried = this.#bytes[start] === OPEN_LIST || this.list !== UNKNOWN;
    if (carried ? this.#bytes[start] === QUOTE : this.#odd > 0) return UNKNOWN;
    this.elements.push(this.#valueAt(start, end));
    return end;
  }

  #valueAt(start: number, end: number): unknown {
    switch (this.#bytes[start]) {
      case QUOTE:
        return this.#text(start + 1, end - 1);
      case OPEN_DICT:
        return this.#dictAt(start, end);
      case OPEN_LIST:
        if (this.list === UNKNOWN) this.#payloadAt(start, end);
        return listOutline(this.#members(start, end));
      default:
        return this.#scalarAt(start, end);
    }
  }

  #payloadAt(start: number, end: number): void {
    this.list = this.elements.length;
    this.start = start;
    this.endOfList = end;
  }

  #dictAt(start: number, end: number): unknown {
    const members = this.#members(start, end);
    if (this.list !== UNKNOWN) return dictOutline(members);
    return members === 0 ? EMPTY_DICT : JSON.parse(this.#text(start, end));
  }

  #scalarAt(start: number, end: number): unknown {
    if (end - start > EXACT_DIGITS) return JSON.parse(this.#text(start, end));
    let value = 0;
    for (let offset = start; offset < end; offset++) {
      const digit = (this.#bytes[offset] as number) - ZERO;
      if (digit < 0 || digit > 9) return JSON.parse(this.#text(start, end));
      value = 10 * value + digit;
    }
    return value;
  }

  #text(start: number, end: number): string {
    return this.#utf8.read(this.#bytes, start, end);
  }

  /** 0 for an empty list or dict, 1 for any other. */
  #members(start: number, end: number): number {
    return end - start === 2 || this.#space(start + 1) === end - 1 ? 0 : 1;
  }

  /** Where the value at `offset` ends. */
  #skip(offset: number, depth: number): number {
    switch (this.#bytes[offset]) {
      case QUOTE:
        return this.#string(offset);
      case OPEN_LIST:
        return this.#list(offset, depth);
      case OPEN_DICT:
        return this.#dict(offset, depth);
      case TRUE[0]:
        return this.#word(offset, TRUE);
      case FALSE[0]:
        return this.#word(offset, FALSE);
      case NULL[0]:
        return this.#word(offset, NULL);
      default:
        return this.#number(offset);
    }
  }

  #list(start: number, depth: number): number {
    if (depth > this.#limits.maxDepth) return UNKNOWN;
    let offset = this.#space(start + 1);
    if (this.#bytes[offset] === CLOSE_LIST) return offset + 1;
    for (;;) {
      const end = this.#skip(offset, depth + 1);
      if (end === UNKNOWN) return UNKNOWN;
      offset = this.#space(end);
      if (!this.#isComma(offset)) return this.#bytes[offset] === CLOSE_LIST ? offset + 1 : UNKNOWN;
      offset = this.#space(offset + 1);
    }
  }

  #dict(start: number, depth: number): number {
    if (depth > this.#limits.maxDepth) return UNKNOWN;
    let offset = this.#space(start + 1);
    if (this.#bytes[offset] === CLOSE_DICT) return offset + 1;
    const mark = this.#keys.open();
    for (;;) {
      const end = this.#member(offset, depth);
      if (end === UNKNOWN) return UNKNOWN;
      offset = this.#space(end);
      if (!this.#isComma(offset)) break;
      offset = this.#space(offset + 1);
    }
    const closes = this.#bytes[offset] === CLOSE_DICT && this.#keys.closeDistinct(this.#bytes, mark);
    return closes ? offset + 1 : UNKNOWN;
  }

  #member(start: number, depth: number): number {
    if (this.#bytes[start] !== QUOTE) return UNKNOWN;
    const before = this.#odd;
    const end = this.#string(start);
    // One key may be written in many ways.
    if (end === UNKNOWN || this.#odd > before) return UNKNOWN;
    this.#keys.add(start + 1, end - 1);
    const colon = this.#space(end);
    return this.#bytes[colon] === COLON ? this.#skip(this.#space(colon + 1), depth + 1) : UNKNOWN;
  }

  #string(start: number): number {
    const bytes = this.#bytes;
    const near = Math.min(start + STEP, bytes.length);
    let offset = start + 1;
    for (; offset < near; offset++) {
      const code = bytes[offset] as number;
      if (code === QUOTE) return offset + 1;
      if (code === BACKSLASH) break;
      if (code < SPACE) return UNKNOWN;
      if (code > LAST_ASCII) this.#noteBeyondAscii();
    }
    return this.#longString(offset);
  }

  #noteBeyondAscii(): void {
    this.#odd++;
    this.#beyondAscii = true;
  }

  #longString(start: number): number {
    const bytes = this.#bytes;
    let aligned = alignedFrom(bytes, start);
    for (let offset = start; offset < bytes.length; offset++) {
      if (offset === aligned) offset = endOfPlainWords(bytes, offset);
      const code = bytes[offset];
      if (code === QUOTE) return offset + 1;
      if (code === BACKSLASH) {
        offset = this.#escape(offset + 1);
        if (offset === UNKNOWN) return UNKNOWN;
        aligned = alignedFrom(bytes, offset + STEP);
      } else if (code === undefined || code < SPACE || code > LAST_ASCII) return UNKNOWN;
    }
    return UNKNOWN;
  }

  /** The last character of the escape whose backslash is in front of `offset`. */
  #escape(offset: number): number {
    this.#odd++;
    if (this.#bytes[offset] !== LETTER_U) return ESCAPABLE.has(this.#bytes[offset]) ? offset : UNKNOWN;
    for (let digit = 1; digit <= 4; digit++) if (!isHexDigit(this.#bytes[offset + digit])) return UNKNOWN;
    return offset + 4;
  }

  #word(start: number, letters: Uint8Array): number {
    for (let index = 1; index < letters.length; index++)
      if (this.#bytes[start + index] !== letters[index]) return UNKNOWN;
    return start + letters.length;
  }

  #number(start: number): number {
    const bytes = this.#bytes;
    const first = bytes[start] === MINUS ? start + 1 : start;
    let end = this.#digits(first);
    if (bytes[first] === ZERO && end > first + 1) return UNKNOWN;
    if (bytes[end] === POINT) end = this.#digits(end + 1);
    if (end === UNKNOWN || ((bytes[end] as number) | LOWER) !== EXPONENT) return end;
    const sign = bytes[end + 1];
    return this.#digits(sign === PLUS || sign === MINUS ? end + 2 : end + 1);
  }

  /** At least one. */
  #digits(start: number): number {
    let offset = start;
    while ((this.#bytes[offset] as number) >= ZERO && (this.#bytes[offset] as number) < COLON) offset++;
    return offset === start ? UNKNOWN : offset;
  }

  #space(offset: number): number {
    return (this.#bytes[offset] as number) > SPACE ? offset : this.#someSpace(offset);
  }

  #someSpace(start: number): number {
    let offset = start;
    for (;;) {
      const code = this.#bytes[offset];
      if (code !== SPACE && code !== NEWLINE && code !== RETURN && code !== TAB) return offset;
      offset++;
    }
  }

  /** Counts the commas as it meets them. */
  #isComma(offset: number): boolean {
    if (this.#bytes[offset] !== COMMA) return false;
    this.#commas++;
    return true;
  }
}

function isUtf8(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isHexDigit(code: number | undefined): boolean {
  if (code === undefined) return false;
  const letter = code | LOWER;
  return (code >= ZERO && code < COLON) || (letter >= LETTER_A && letter <= LETTER_F);
}

function lettersOf(word: string): Uint8Array {
  return Uint8Array.from(word, (letter) => letter.charCodeAt(0));
}
