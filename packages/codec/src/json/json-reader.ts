import { Utf8Reader } from "../frame/utf8-reader.js";
import { emitInteger, type ValueSink } from "../value-sink.js";
import { ValueBuilder } from "../values/value-builder.js";
import { base64Bytes, stringToBinary } from "./json-binary.js";
import { parseDecimal } from "./json-number.js";
import { endOfNumber, endOfSpace } from "./json-tokens.js";

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Integers of up to this many digits are exact however they are computed. */
const MAX_EXACT_DIGITS = 15;
/** Integers of more digits are infinite as a number. */
const MAX_DIGITS = 309;

/** Hands the values of JSON that has been checked to a sink. Integers keep all their digits. */
export class JsonReader {
  readonly #utf8 = new Utf8Reader();
  readonly #builder = new ValueBuilder(this.#utf8);
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Starts a text. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#offset = 0;
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
    if (this.#endOfString()) sink.key(JSON.parse(this.#text(start, this.#offset)) as string);
    else sink.utf8Key(this.#bytes, start + 1, this.#offset - 1);
  }

  #string(sink: ValueSink): void {
    const start = this.#offset;
    if (!this.#endOfString()) return sink.utf8(this.#bytes, start + 1, this.#offset - 1);
    const binary = base64Bytes(this.#bytes, start + 1, this.#offset - 1);
    if (binary !== undefined) return sink.binary(binary);
    const value = stringToBinary(JSON.parse(this.#text(start, this.#offset)) as string);
    if (typeof value === "string") sink.string(value);
    else sink.binary(value);
  }

  /** Moves behind a string. @returns whether it has escapes. */
  #endOfString(): boolean {
    const bytes = this.#bytes;
    let hasEscapes = false;
    let offset = this.#offset + 1;
    for (;;) {
      const code = bytes[offset++];
      if (code === QUOTE || code === undefined) break;
      if (code !== BACKSLASH) continue;
      hasEscapes = true;
      offset++;
    }
    this.#offset = offset;
    return hasEscapes;
  }

  #number(sink: ValueSink): void {
    const bytes = this.#bytes;
    const start = this.#offset;
    const isNegative = bytes[start] === MINUS;
    const first = isNegative ? start + 1 : start;
    let offset = first;
    let value = 0;
    for (; (bytes[offset] as number) >= ZERO && (bytes[offset] as number) < COLON; offset++)
      value = 10 * value + (bytes[offset] as number) - ZERO;
    const end = endOfNumber(bytes, start);
    this.#offset = Math.max(end, start + 1);
    if (end > offset) return sink.number(parseDecimal(bytes, start, end));
    const digits = offset - first;
    if (digits <= MAX_EXACT_DIGITS) return sink.number(isNegative ? -value : value);
    if (digits > MAX_DIGITS) return sink.number(Number(this.#text(start, end)));
    emitInteger(BigInt(this.#text(start, end)), sink);
  }

  #text(start: number, end: number): string {
    return this.#utf8.read(this.#bytes, start, end);
  }
}
