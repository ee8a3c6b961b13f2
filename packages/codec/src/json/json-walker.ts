import type { CodecLimits } from "../codec.js";
import { DictKeys } from "../frame/dict-keys.js";
import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { EMPTY_DICT } from "../messages/checks.js";
import { dictPlaceholder, listPlaceholder } from "../messages/message-layout.js";
import { JsonReader } from "./json-reader.js";
import {
  alignedFrom,
  bytesOf,
  endOfLiteral,
  endOfNumber,
  endOfPlainRun,
  endOfSpace,
  lastOfEscape,
} from "./json-tokens.js";

const SPACE = 0x20;
const QUOTE = 0x22;
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
/** Integers of up to this many digits are exact however they are computed, if they are below 2^53. */
const MAX_EXACT_DIGITS = 16;
/** Digits that a number may not hold. */
const LONG_NUMBER = /\d{16}/;
/**
 * The first bytes of a string, and those behind an escape, are checked one by one and the others four at a time. Far into
 * a string, non-ASCII is left to the platform's decoder and parser, which are faster there.
 */
const STEP = 128;

const TRUE = bytesOf("true");
const FALSE = bytesOf("false");
const NULL = bytesOf("null");

/** Returned in place of an offset when the frame is not in the usual form. */
const INVALID = -1;

/**
 * Reads the usual form of a JSON frame without creating strings and objects for its payload: header and keys are ASCII
 * without escapes. It accepts only frames that are certainly valid. Any other frame, valid or not, is left to
 * `JSON.parse`.
 */
export class JsonWalker {
  /** The elements of the message. A placeholder stands for each list, and for each dict behind a list. */
  elements: unknown[] = [];
  /** Index of the first list among the elements, which is the payload if there is one; -1 without a list. */
  listIndex: number = -1;
  /** Offsets at which that list starts and ends. */
  listStart = 0;
  listEnd = 0;
  /** Offset at which the last element ends. */
  lastEnd = 0;
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #utf8 = new Utf8Reader();
  readonly #keys = new DictKeys(this.#utf8);
  readonly #reader = new JsonReader();
  #bytes: Uint8Array = new Uint8Array(0);
  /** Values in the element so far. */
  #values = 0;
  /** Escapes and non-ASCII characters so far. */
  #unusual = 0;
  #hasNonAscii = false;

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
  }

  /** Reads a frame. @returns whether it has the usual form. */
  read(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#unusual = 0;
    this.#hasNonAscii = false;
    this.#keys.reset();
    this.elements = [];
    this.listIndex = -1;
    const open = this.#skipSpace(0);
    if (bytes[open] !== OPEN_LIST) return false;
    let offset = open;
    do {
      this.lastEnd = this.#element(this.#skipSpace(offset + 1));
      if (this.lastEnd === INVALID) return false;
      offset = this.#skipSpace(this.lastEnd);
    } while (this.#isComma(offset));
    if (bytes[offset] !== CLOSE_LIST || this.#skipSpace(offset + 1) !== bytes.length) return false;
    return !this.#hasNonAscii || isUtf8(this.#decoder, bytes);
  }

  #element(start: number): number {
    this.#values = 1;
    const end = this.#skip(start, ELEMENT_DEPTH);
    if (end === INVALID || this.#values > this.#limits.maxValues) return INVALID;
    // The payload is passed on in its bytes, whatever they say. The header is read here, so it must be plain.
    const isPayload = this.#bytes[start] === OPEN_LIST || this.listIndex >= 0;
    if (isPayload ? this.#bytes[start] === QUOTE : this.#unusual > 0) return INVALID;
    // A long number may be rounded, which the parser checks.
    if (!isPayload && end - start > MAX_EXACT_DIGITS && this.#isDecimal(start, end)) return INVALID;
    this.elements.push(this.#valueAt(start, end));
    return end;
  }

  /** Whether a number is written with a fraction or an exponent. */
  #isDecimal(start: number, end: number): boolean {
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
        if (this.listIndex < 0) this.#noteList(start, end);
        return listPlaceholder(this.#members(start, end));
      default:
        return this.#scalarAt(start, end);
    }
  }

  #noteList(start: number, end: number): void {
    this.listIndex = this.elements.length;
    this.listStart = start;
    this.listEnd = end;
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

  /** End of the value at `offset`. */
  #skip(offset: number, depth: number): number {
    switch (this.#bytes[offset]) {
      case QUOTE:
        return this.#skipString(offset);
      case OPEN_LIST:
        return this.#skipList(offset, depth);
      case OPEN_DICT:
        return this.#skipDict(offset, depth);
      case TRUE[0]:
        return endOfLiteral(this.#bytes, offset, TRUE);
      case FALSE[0]:
        return endOfLiteral(this.#bytes, offset, FALSE);
      case NULL[0]:
        return endOfLiteral(this.#bytes, offset, NULL);
      default:
        return endOfNumber(this.#bytes, offset);
    }
  }

  #skipList(start: number, depth: number): number {
    if (depth > this.#limits.maxDepth) return INVALID;
    let offset = this.#skipSpace(start + 1);
    if (this.#bytes[offset] === CLOSE_LIST) return offset + 1;
    this.#values++;
    for (;;) {
      const end = this.#skip(offset, depth + 1);
      if (end === INVALID) return INVALID;
      offset = this.#skipSpace(end);
      if (!this.#isComma(offset)) return this.#bytes[offset] === CLOSE_LIST ? offset + 1 : INVALID;
      offset = this.#skipSpace(offset + 1);
    }
  }

  #skipDict(start: number, depth: number): number {
    if (depth > this.#limits.maxDepth) return INVALID;
    let offset = this.#skipSpace(start + 1);
    if (this.#bytes[offset] === CLOSE_DICT) return offset + 1;
    this.#values++;
    const mark = this.#keys.open();
    for (;;) {
      const end = this.#skipMember(offset, depth);
      if (end === INVALID) return INVALID;
      offset = this.#skipSpace(end);
      if (!this.#isComma(offset)) break;
      offset = this.#skipSpace(offset + 1);
    }
    const closes = this.#bytes[offset] === CLOSE_DICT && this.#keys.closeDistinct(this.#bytes, mark);
    return closes ? offset + 1 : INVALID;
  }

  #skipMember(start: number, depth: number): number {
    if (this.#bytes[start] !== QUOTE) return INVALID;
    const before = this.#unusual;
    const end = this.#skipString(start);
    // Escapes can spell one key in many ways, which a comparison of bytes would miss.
    if (end === INVALID || this.#unusual > before) return INVALID;
    this.#keys.add(start + 1, end - 1);
    const colon = this.#skipSpace(end);
    return this.#bytes[colon] === COLON ? this.#skip(this.#skipSpace(colon + 1), depth + 1) : INVALID;
  }

  #skipString(start: number): number {
    const bytes = this.#bytes;
    const near = Math.min(start + STEP, bytes.length);
    let offset = start + 1;
    for (; offset < near; offset++) {
      const code = bytes[offset] as number;
      if (code === QUOTE) return offset + 1;
      if (code === BACKSLASH) break;
      if (code < SPACE) return INVALID;
      if (code > LAST_ASCII) this.#noteNonAscii();
    }
    return this.#skipLongString(offset);
  }

  #noteNonAscii(): void {
    this.#unusual++;
    this.#hasNonAscii = true;
  }

  #skipLongString(start: number): number {
    const bytes = this.#bytes;
    let aligned = alignedFrom(bytes, start);
    for (let offset = start; offset < bytes.length; offset++) {
      if (offset === aligned) offset = endOfPlainRun(bytes, offset);
      const code = bytes[offset];
      if (code === QUOTE) return offset + 1;
      if (code === BACKSLASH) {
        this.#unusual++;
        offset = lastOfEscape(bytes, offset + 1);
        if (offset === INVALID) return INVALID;
        aligned = alignedFrom(bytes, offset + STEP);
      } else if (code === undefined || code < SPACE || code > LAST_ASCII) return INVALID;
    }
    return INVALID;
  }

  #skipSpace(offset: number): number {
    return (this.#bytes[offset] as number) > SPACE ? offset : endOfSpace(this.#bytes, offset);
  }

  /** Counts the value that follows a comma. No comma is accepted once there are too many. */
  #isComma(offset: number): boolean {
    return this.#bytes[offset] === COMMA && this.#values++ < this.#limits.maxValues;
  }
}

/** Whether a character makes a number a decimal one: a point or the letter of an exponent. */
function isMark(code: number): boolean {
  return code === POINT || code > COLON;
}

function isUtf8(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
