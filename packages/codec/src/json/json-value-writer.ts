import type { ValueSink } from "../value-sink.js";
import { base64Length, writeBase64 } from "./base64.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_U = 0x75;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
const SPACE = 0x20;

const NULL = "null";
/** How a binary string begins (spec: "Binary support in JSON"). */
const BINARY_MARK = "\\u0000";
/** Bytes of the longest form of a byte in a string. */
const MAX_ESCAPE_BYTES = 6;
/** Bytes of a string that are written at once. */
const PART_BYTES = 4096;
/** Smaller integers, and those of up to six digits more behind the point, are written by hand. */
const MAX_SMALL = 1_000_000_000;
const DIGITS_OF_SMALL = 9;
const MIN_SHORT_DECIMAL = 0.001;
const POWERS: readonly number[] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
/** A sign, nine digits, a point and six more. */
const MAX_SHORT_BYTES = 17;
/** From here on the platform writes an exponent, which does not claim that all digits count. */
const MIN_EXPONENT = 1e21;
const MIN_CAPACITY = 1024;
/** Longer memory is not kept. */
const MAX_CAPACITY_KEPT = 64 * 1024;
const HEX: Uint8Array = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The letter behind the backslash, by character; 0 for a character that needs none. */
const ESCAPES: Uint8Array = new Uint8Array(256).fill(LETTER_U, 0, SPACE);
for (const [index, code] of [8, 9, 10, 12, 13, 34, 92].entries()) ESCAPES[code] = 'btnfr"\\'.charCodeAt(index);

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
    const magnitude = Math.abs(value);
    if (magnitude < MAX_SMALL) {
      const isWhole = (magnitude | 0) === magnitude;
      if (isWhole || magnitude >= MIN_SHORT_DECIMAL) {
        const digits = isWhole ? 0 : fractionDigits(magnitude);
        if (digits >= 0) return this.#short(value < 0, magnitude, digits);
      }
    } else if (Number.isSafeInteger(value)) return this.#large(value < 0, magnitude);
    if (!Number.isFinite(value)) return this.null();
    // The platform writes zeros for digits that a number does not determine; others would take them for digits.
    const isLong = magnitude > Number.MAX_SAFE_INTEGER && magnitude < MIN_EXPONENT;
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

  /** Writes a number with so many digits behind the point. */
  #short(isNegative: boolean, magnitude: number, fraction: number): void {
    this.#separate();
    this.#room(MAX_SHORT_BYTES);
    if (isNegative) this.#target[this.#offset++] = MINUS;
    const whole = Math.floor(magnitude);
    this.#digits(whole, digitsOf(whole));
    if (fraction === 0) return;
    this.#target[this.#offset++] = POINT;
    const scale = POWERS[fraction] as number;
    this.#digits(Math.round(magnitude * scale) - whole * scale, fraction);
  }

  /** Two parts that fit 32 bits: the platform is slow to write an id, which has up to 53. */
  #large(isNegative: boolean, magnitude: number): void {
    this.#separate();
    this.#room(MAX_SHORT_BYTES);
    if (isNegative) this.#target[this.#offset++] = MINUS;
    const high = Math.floor(magnitude / MAX_SMALL);
    this.#digits(high, digitsOf(high));
    this.#digits(magnitude - high * MAX_SMALL, DIGITS_OF_SMALL);
  }

  /** Writes an integer below 2^31 in so many digits. */
  #digits(value: number, count: number): void {
    let left = value | 0;
    for (let index = this.#offset + count - 1; index >= this.#offset; index--) {
      const tenth = (left / 10) | 0;
      this.#target[index] = ZERO + left - 10 * tenth;
      left = tenth;
    }
    this.#offset += count;
  }

  #quoted(value: string): void {
    const text = JSON.stringify(value);
    this.#room(3 * text.length);
    this.#offset += this.#encoder.encodeInto(text, this.#target.subarray(this.#offset)).written;
  }

  /** Writes a string that lies in `bytes` as UTF-8. */
  #escaped(bytes: Uint8Array, start: number, end: number): void {
    this.#room(1);
    this.#target[this.#offset++] = QUOTE;
    for (let from = start; from < end; from += PART_BYTES) this.#part(bytes, from, Math.min(from + PART_BYTES, end));
    this.#room(1);
    this.#target[this.#offset++] = QUOTE;
  }

  /** Writes a part of a string. By parts, since there must be room for six times as many bytes. */
  #part(bytes: Uint8Array, start: number, end: number): void {
    this.#room(MAX_ESCAPE_BYTES * (end - start));
    const target = this.#target;
    let to = this.#offset;
    for (let from = start; from < end; from++) {
      const code = bytes[from] as number;
      const letter = ESCAPES[code] as number;
      if (letter === 0) target[to++] = code;
      else {
        target[to++] = BACKSLASH;
        target[to++] = letter;
        if (letter !== LETTER_U) continue;
        target[to++] = ZERO;
        target[to++] = ZERO;
        target[to++] = ZERO + (code >> 4);
        target[to++] = HEX[code & 15] as number;
      }
    }
    this.#offset = to;
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

/**
 * How many digits behind the point a number needs if it is the nearest to a decimal number of few digits, -1 otherwise. As
 * long as there are 15 digits at most, no two decimals have the same nearest number, so the first one is the shortest.
 */
function fractionDigits(magnitude: number): number {
  for (let digits = 1; digits < POWERS.length; digits++) {
    const scale = POWERS[digits] as number;
    if (Math.round(magnitude * scale) / scale === magnitude) return digits;
  }
  return -1;
}
