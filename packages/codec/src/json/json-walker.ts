import type { CodecLimits } from "../codec.js";
import { DictKeys } from "../frame/dict-keys.js";
import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { BOUNDS_PER_ELEMENT, type JsonScanner, MAX_ELEMENTS } from "./json-scanner.js";
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
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
const LAST_ASCII = 0x7f;
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
 * Scans in JavaScript, for platforms without WebAssembly. Keys must be ASCII without escapes, and far into a string any
 * non-ASCII is left to the parser.
 */
export class JsonWalker implements JsonScanner {
  readonly bounds: Int32Array = new Int32Array(BOUNDS_PER_ELEMENT * MAX_ELEMENTS);
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #keys = new DictKeys(new Utf8Reader());
  #bytes: Uint8Array = new Uint8Array(0);
  /** Values in the element so far. */
  #values = 0;
  /** Escapes in the element so far. */
  #escapes = 0;
  #hasNonAscii = false;

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
  }

  scan(bytes: Uint8Array): number {
    this.#bytes = bytes;
    this.#hasNonAscii = false;
    this.#keys.reset();
    let offset = this.#skipSpace(0);
    if (bytes[offset] !== OPEN_LIST) return INVALID;
    let count = 0;
    do {
      const end = count < MAX_ELEMENTS ? this.#element(count++, this.#skipSpace(offset + 1)) : INVALID;
      if (end === INVALID) return INVALID;
      offset = this.#skipSpace(end);
    } while (bytes[offset] === COMMA);
    if (bytes[offset] !== CLOSE_LIST || this.#skipSpace(offset + 1) !== bytes.length) return INVALID;
    return this.#hasNonAscii && !isUtf8(this.#decoder, bytes) ? INVALID : count;
  }

  #element(index: number, start: number): number {
    this.#values = 1;
    this.#escapes = 0;
    const end = this.#skip(start, ELEMENT_DEPTH);
    this.bounds[BOUNDS_PER_ELEMENT * index] = start;
    this.bounds[BOUNDS_PER_ELEMENT * index + 1] = end;
    this.bounds[BOUNDS_PER_ELEMENT * index + 2] = this.#escapes;
    return this.#values > this.#limits.maxValues ? INVALID : end;
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
    const end = this.#skipKey(start);
    if (end === INVALID) return INVALID;
    this.#keys.add(start + 1, end - 1);
    const colon = this.#skipSpace(end);
    return this.#bytes[colon] === COLON ? this.#skip(this.#skipSpace(colon + 1), depth + 1) : INVALID;
  }

  /** Escapes can spell one key in many ways, which a comparison of bytes would miss. */
  #skipKey(start: number): number {
    const escapes = this.#escapes;
    const hadNonAscii = this.#hasNonAscii;
    this.#hasNonAscii = false;
    const end = this.#skipString(start);
    const isPlain = !this.#hasNonAscii && this.#escapes === escapes;
    this.#hasNonAscii ||= hadNonAscii;
    return isPlain ? end : INVALID;
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
      if (code > LAST_ASCII) this.#hasNonAscii = true;
    }
    return this.#skipLongString(offset);
  }

  #skipLongString(start: number): number {
    const bytes = this.#bytes;
    let aligned = alignedFrom(bytes, start);
    for (let offset = start; offset < bytes.length; offset++) {
      if (offset === aligned) offset = endOfPlainRun(bytes, offset);
      const code = bytes[offset];
      if (code === QUOTE) return offset + 1;
      if (code === BACKSLASH) {
        this.#escapes++;
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

function isUtf8(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
