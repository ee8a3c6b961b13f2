import type { FrameRoom } from "../codec.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const BILLION = 1_000_000_000;
/** Up to this many characters, a loop is faster than the platform's encoder. */
const MAX_CHARACTERS_IN_LOOP = 200;

/** Digits of the largest integer, 2^53. */
export const MAX_DIGITS = 16;
/** Bytes of the longest form of a character in a string: an escape with four digits. */
export const MAX_ESCAPE_BYTES = 6;
/** Bytes of the longest form of a UTF-16 code unit in UTF-8. */
export const MAX_UTF8_BYTES = 3;

/** Writes the elements of a message as JSON into room that was reserved for them. */
export class JsonWriter {
  readonly #encoder = new TextEncoder();
  readonly #digits = new Uint8Array(MAX_DIGITS);
  #target: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Starts writing into what `room` has reserved. */
  open(room: FrameRoom): void {
    this.#target = room.target;
    this.#offset = room.start;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#offset;
  }

  byte(code: number): void {
    this.#target[this.#offset++] = code;
  }

  /** Writes encoded JSON. */
  raw(bytes: Uint8Array): void {
    this.#target.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** Writes JSON text. */
  text(json: string): void {
    const start = this.#offset;
    if (json.length <= MAX_CHARACTERS_IN_LOOP && this.#ascii(json)) return;
    this.#offset = start + this.#encoder.encodeInto(json, this.#target.subarray(start)).written;
  }

  /** Writes a string, quoted and escaped. */
  string(value: string): void {
    const start = this.#offset;
    this.byte(QUOTE);
    if (value.length <= MAX_CHARACTERS_IN_LOOP && this.#ascii(value, QUOTE, BACKSLASH)) return this.byte(QUOTE);
    this.#offset = start;
    this.text(JSON.stringify(value));
  }

  /** Writes a non-negative integer. */
  integer(value: number): void {
    if (value < BILLION) return this.#padded(1, value);
    // Two halves below 2^31: converting a larger number to a string is far slower.
    const high = Math.floor(value / BILLION);
    this.#padded(1, high);
    this.#padded(9, value - high * BILLION);
  }

  /** Writes an integer below 2^31, with leading zeros up to `minDigits`. */
  #padded(minDigits: number, value: number): void {
    let count = 0;
    let left = value;
    do {
      const tenth = (left / 10) | 0;
      this.#digits[count++] = ZERO + left - 10 * tenth;
      left = tenth;
    } while (left > 0 || count < minDigits);
    while (count > 0) this.#target[this.#offset++] = this.#digits[--count] as number;
  }

  /** Returns false, with a part written, at a character that is not printable ASCII or needs an escape. */
  #ascii(text: string, quote = -1, backslash = -1): boolean {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7e || code < 0x20 || code === quote || code === backslash) return false;
      this.#target[this.#offset++] = code;
    }
    return true;
  }
}
