import type { ValueSink } from "../value-sink.js";
import { base64Length, writeBase64 } from "./base64.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
const SPACE = 0x20;

const NULL = "null";
/** How a binary string begins (spec: "Binary support in JSON"). */
const BINARY_MARK = "\\u0000";
/** Bytes of the longest form of a byte in a string. */
const MAX_ESCAPE_BYTES = 6;
/** Up to this many bytes, a loop copies faster than `set`. */
const MAX_BYTES_IN_LOOP = 32;
/** Smaller integers are written by hand. */
const MAX_SMALL = 1_000_000_000;
const DIGITS_OF_SMALL = 9;
/** From here on the platform writes an exponent, which does not claim that all digits count. */
const MIN_EXPONENT = 1e21;
const MIN_CAPACITY = 1024;
/** Longer memory is not kept. */
const MAX_CAPACITY_KEPT = 64 * 1024;
const HEX = "0123456789abcdef";
/** The letters of short escapes, by character. */
const SHORT: Readonly<Record<number, string>> = { 8: "b", 9: "t", 10: "n", 12: "f", 13: "r", 34: '"', 92: "\\" };
const ESCAPES: readonly string[] = Array.from({ length: 0x5d }, (_, code) => {
  const letter = SHORT[code];
  return letter === undefined ? `\\u00${HEX[code >> 4]}${HEX[code & 15]}` : `\\${letter}`;
});

/** Writes values as JSON into memory of its own, which grows. Integers keep all their digits. */
export class JsonValueWriter implements ValueSink {
  readonly #encoder = new TextEncoder();
  #target: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #needsComma = false;

  /** Starts a text. Values at the outermost level are separated by commas. */
  begin(): void {
    if (this.#target.length > MAX_CAPACITY_KEPT) this.#target = new Uint8Array(0);
    this.#offset = 0;
    this.#needsComma = false;
  }

  /** @returns what was written since {@link begin}, in memory that the next text overwrites. */
  written(): Uint8Array {
    return this.#target.subarray(0, this.#offset);
  }

  null(): void {
    this.#ascii(NULL);
  }

  boolean(value: boolean): void {
    this.#ascii(value ? "true" : "false");
  }

  number(value: number): void {
    if (value >= 0 && value < MAX_SMALL && (value | 0) === value) return this.#small(value);
    if (value >= MAX_SMALL && Number.isSafeInteger(value)) return this.#large(value);
    if (!Number.isFinite(value)) return this.null();
    // The platform writes zeros for digits that a number does not determine; others would take them for digits.
    const isLong = Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < MIN_EXPONENT;
    this.#ascii(isLong ? String(BigInt(value)) : String(value));
  }

  bigint(value: bigint): void {
    this.#ascii(String(value));
  }

  string(value: string): void {
    this.#separate();
    this.#quoted(value);
  }

  utf8(bytes: Uint8Array, start: number, end: number): void {
    this.#separate();
    this.#escaped(bytes, start, end);
  }

  binary(value: Uint8Array): void {
    this.#separate();
    this.#room(2 + BINARY_MARK.length + base64Length(value.length));
    this.#target[this.#offset++] = QUOTE;
    this.#append(BINARY_MARK);
    this.#offset = writeBase64(value, this.#target, this.#offset);
    this.#target[this.#offset++] = QUOTE;
  }

  openList(): number {
    this.#open(OPEN_LIST);
    return 0;
  }

  closeList(): void {
    this.#close(CLOSE_LIST);
  }

  openDict(): number {
    this.#open(OPEN_DICT);
    return 0;
  }

  key(value: string): void {
    this.#separate();
    this.#quoted(value);
    this.#colon();
  }

  utf8Key(bytes: Uint8Array, start: number, end: number): void {
    this.#separate();
    this.#escaped(bytes, start, end);
    this.#colon();
  }

  closeDict(): void {
    this.#close(CLOSE_DICT);
  }

  #open(bracket: number): void {
    this.#separate();
    this.#room(1);
    this.#target[this.#offset++] = bracket;
    this.#needsComma = false;
  }

  #close(bracket: number): void {
    this.#room(1);
    this.#target[this.#offset++] = bracket;
    this.#needsComma = true;
  }

  #colon(): void {
    this.#room(1);
    this.#target[this.#offset++] = COLON;
    this.#needsComma = false;
  }

  #separate(): void {
    if (this.#needsComma) {
      this.#room(1);
      this.#target[this.#offset++] = COMMA;
    }
    this.#needsComma = true;
  }

  /** Writes a text that needs no quotes. */
  #ascii(text: string): void {
    this.#separate();
    this.#room(text.length);
    this.#append(text);
  }

  #append(text: string): void {
    const target = this.#target;
    let to = this.#offset;
    for (let index = 0; index < text.length; index++) target[to++] = text.charCodeAt(index);
    this.#offset = to;
  }

  #small(value: number): void {
    this.#separate();
    this.#digits(value, digitsOf(value));
  }

  /** Two parts that fit 32 bits: the platform is slow to write an id, which has up to 53. */
  #large(value: number): void {
    this.#separate();
    const high = Math.floor(value / MAX_SMALL);
    this.#digits(high, digitsOf(high));
    this.#digits(value - high * MAX_SMALL, DIGITS_OF_SMALL);
  }

  /** Writes an integer below 2^31, with leading zeros. */
  #digits(value: number, digits: number): void {
    this.#room(10);
    let left = value | 0;
    for (let index = this.#offset + digits - 1; index >= this.#offset; index--) {
      const tenth = (left / 10) | 0;
      this.#target[index] = ZERO + left - 10 * tenth;
      left = tenth;
    }
    this.#offset += digits;
  }

  #quoted(value: string): void {
    const text = JSON.stringify(value);
    this.#room(3 * text.length);
    this.#offset += this.#encoder.encodeInto(text, this.#target.subarray(this.#offset)).written;
  }

  /** Writes a string that lies in `bytes` as UTF-8. */
  #escaped(bytes: Uint8Array, start: number, end: number): void {
    this.#room(MAX_BYTES_IN_LOOP * MAX_ESCAPE_BYTES + end - start);
    this.#target[this.#offset++] = QUOTE;
    if (end - start <= MAX_BYTES_IN_LOOP) this.#escapedShort(bytes, start, end);
    else this.#escapedLong(bytes, start, end);
    this.#room(1);
    this.#target[this.#offset++] = QUOTE;
  }

  #escapedShort(bytes: Uint8Array, start: number, end: number): void {
    const target = this.#target;
    let to = this.#offset;
    for (let offset = start; offset < end; offset++) {
      const code = bytes[offset] as number;
      if (code >= SPACE && code !== QUOTE && code !== BACKSLASH) target[to++] = code;
      else {
        this.#offset = to;
        this.#append(ESCAPES[code] as string);
        to = this.#offset;
      }
    }
    this.#offset = to;
  }

  #escapedLong(bytes: Uint8Array, start: number, end: number): void {
    let copied = start;
    for (let offset = start; offset < end; offset++) {
      const code = bytes[offset] as number;
      if (code >= SPACE && code !== QUOTE && code !== BACKSLASH) continue;
      this.#raw(bytes, copied, offset);
      this.#room(MAX_ESCAPE_BYTES);
      this.#append(ESCAPES[code] as string);
      copied = offset + 1;
    }
    this.#raw(bytes, copied, end);
  }

  #raw(bytes: Uint8Array, start: number, end: number): void {
    this.#room(end - start);
    if (end - start > MAX_BYTES_IN_LOOP) this.#target.set(bytes.subarray(start, end), this.#offset);
    else for (let from = start, to = this.#offset; from < end; from++) this.#target[to++] = bytes[from] as number;
    this.#offset += end - start;
  }

  #room(length: number): void {
    if (this.#offset + length <= this.#target.length) return;
    const larger = new Uint8Array(Math.max(2 * (this.#offset + length), MIN_CAPACITY));
    larger.set(this.#target.subarray(0, this.#offset));
    this.#target = larger;
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
