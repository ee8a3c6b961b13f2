import { Utf8Reader } from "../frame/utf8-reader.js";
import { emitInteger, type ValueSink } from "../value-sink.js";
import { ValueBuilder } from "../values/value-builder.js";
import { base64Bytes, stringToBinary } from "./json-binary.js";
import { parseDecimal, parseInteger } from "./json-number.js";
import { endOfNumber, endOfSpace } from "./json-tokens.js";
import { JsonUnescaper } from "./json-unescaper.js";

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
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Turns an upper case letter into its lower case form. */
const LOWER_CASE = 0x20;

/** From here on, an integer that is added up from its digits may be rounded. */
const ROUNDED = 2 ** 53;
/** Integers of up to this many digits have 64 bits. */
const MAX_WORD_DIGITS = 19;
/** Integers of more digits are infinite as a number. */
const MAX_DIGITS = 309;

/** The first bytes of a string are looked at one by one; beyond, the platform searches faster. */
const NEAR = 32;

/** Hands the values of JSON that has been checked to a sink. Integers keep all their digits. */
export class JsonReader {
  readonly #utf8 = new Utf8Reader();
  readonly #builder = new ValueBuilder(this.#utf8);
  readonly #unescaper = new JsonUnescaper();
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;
  /** Offset of the first backslash beyond the last long string. */
  #backslash = -1;

  /** Starts a text. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#offset = 0;
    this.#backslash = -1;
  }

  /** Builds the next value. */
  build(): unknown {
    this.emit(this.#builder);
    return this.#builder.finish();
  }

  /** Builds the only value of a text. */
  read(bytes: Uint8Array): unknown {
    this.open(bytes);
    return this.build();
  }

  /** Hands the next value to a sink. Skips a comma before it. */
  emit(sink: ValueSink): void {
    let code = this.#next();
    if (code === COMMA) {
      this.#offset++;
      code = this.#next();
    }
    switch (code) {
      case QUOTE:
        return this.#string(sink);
      case OPEN_LIST:
        return this.#list(sink);
      case OPEN_DICT:
        return this.#dict(sink);
      case LETTER_T:
        this.#offset += 4;
        return sink.boolean(true);
      case LETTER_F:
        this.#offset += 5;
        return sink.boolean(false);
      case LETTER_N:
        this.#offset += 4;
        return sink.null();
      default:
        return this.#number(sink);
    }
  }

  /** Moves to the next character that is not white space. */
  #next(): number {
    if ((this.#bytes[this.#offset] as number) <= SPACE) this.#offset = endOfSpace(this.#bytes, this.#offset);
    return this.#bytes[this.#offset] as number;
  }

  #list(sink: ValueSink): void {
    this.#offset++;
    const mark = sink.openList(-1);
    let count = 0;
    for (; this.#next() !== CLOSE_LIST; count++) this.emit(sink);
    this.#offset++;
    sink.closeList(mark, count);
  }

  #dict(sink: ValueSink): void {
    this.#offset++;
    const mark = sink.openDict(-1);
    let count = 0;
    for (; this.#next() !== CLOSE_DICT; count++) {
      if (this.#bytes[this.#offset] === COMMA) {
        this.#offset++;
        this.#next();
      }
      this.#key(sink);
      if (this.#next() === COLON) this.#offset++;
      this.emit(sink);
    }
    this.#offset++;
    sink.closeDict(mark, count);
  }

  #key(sink: ValueSink): void {
    const start = this.#offset;
    const end = this.#endOfPlain(start + 1);
    if (this.#bytes[end] === QUOTE) {
      this.#offset = end + 1;
      return sink.utf8Key(this.#bytes, start + 1, end);
    }
    const length = this.#unescaped(start + 1);
    if (length < 0) sink.key(JSON.parse(this.#text(start, this.#offset)) as string);
    else sink.utf8Key(this.#unescaper.target, 0, length);
  }

  #string(sink: ValueSink): void {
    const start = this.#offset;
    const end = this.#endOfPlain(start + 1);
    if (this.#bytes[end] === QUOTE) {
      this.#offset = end + 1;
      return sink.utf8(this.#bytes, start + 1, end);
    }
    const length = this.#unescaped(start + 1);
    if (length >= 0 && this.#unescaper.target[0] !== 0) return sink.utf8(this.#unescaper.target, 0, length);
    const binary = base64Bytes(this.#bytes, start + 1, this.#offset - 1);
    if (binary !== undefined) return sink.binary(binary);
    const value = stringToBinary(JSON.parse(this.#text(start, this.#offset)) as string);
    if (typeof value === "string") sink.string(value);
    else sink.binary(value);
  }

  /** Offset of the quote or the first backslash of the string at `start`. */
  #endOfPlain(start: number): number {
    const bytes = this.#bytes;
    const near = Math.min(start + NEAR, bytes.length);
    let offset = start;
    for (; offset < near; offset++) if (bytes[offset] === QUOTE || bytes[offset] === BACKSLASH) return offset;
    if (this.#backslash < offset) {
      const next = bytes.indexOf(BACKSLASH, offset);
      this.#backslash = next < 0 ? bytes.length : next;
    }
    const quote = bytes.indexOf(QUOTE, offset);
    return Math.min(quote < 0 ? bytes.length : quote, this.#backslash);
  }

  /** Unescapes the string at `start` and moves behind it. @returns its length, -1 if it is not Unicode. */
  #unescaped(start: number): number {
    const bytes = this.#bytes;
    let end = start;
    for (; bytes[end] !== QUOTE && end < bytes.length; end++) if (bytes[end] === BACKSLASH) end++;
    this.#offset = end + 1;
    return this.#unescaper.unescape(bytes, start, end);
  }

  #number(sink: ValueSink): void {
    const bytes = this.#bytes;
    const start = this.#offset;
    const isNegative = bytes[start] === MINUS;
    const first = isNegative ? start + 1 : start;
    let offset = first;
    let value = 0;
    for (; (bytes[offset] as number) >= ZERO && (bytes[offset] as number) < COLON; offset++)
      value = 10 * value + ((bytes[offset] as number) - ZERO);
    const code = bytes[offset] as number;
    if (code === POINT || (code | LOWER_CASE) === LETTER_E) {
      this.#offset = endOfNumber(bytes, start);
      return sink.number(parseDecimal(bytes, start, this.#offset));
    }
    this.#offset = Math.max(offset, start + 1);
    if (value < ROUNDED) return sink.number(isNegative ? -value : value);
    const digits = offset - first;
    if (digits <= MAX_WORD_DIGITS) {
      const integer = parseInteger(bytes, first, offset);
      return emitInteger(isNegative ? -integer : integer, sink);
    }
    if (digits > MAX_DIGITS) return sink.number(isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    emitInteger(BigInt(this.#text(start, offset)), sink);
  }

  #text(start: number, end: number): string {
    return this.#utf8.read(this.#bytes, start, end);
  }
}
