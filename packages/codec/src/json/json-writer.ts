import type { FrameMemory } from "../frame/frame-memory.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const BILLION = 1_000_000_000;
/** Up to this many characters a loop beats the platform's encoder. */
const SHORT_TEXT = 200;

/** Most bytes that an integer takes: the digits of 2^53. */
export const MOST_DIGITS = 16;
/** Most bytes that a character takes in a string: an escape with four digits. */
export const MOST_ESCAPED = 6;
/** Most bytes that a character of JSON takes in UTF-8. */
export const MOST_UTF8 = 3;

/** Writes the elements of a message in JSON, into room that was reserved for them. */
export class JsonWriter {
  readonly #encoder = new TextEncoder();
  readonly #digits = new Uint8Array(MOST_DIGITS);
  #target: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Begins to write where the memory has reserved room. */
  open(memory: FrameMemory): void {
    this.#target = memory.target;
    this.#offset = memory.start;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#offset;
  }

  byte(code: number): void {
    this.#target[this.#offset++] = code;
  }

  /** Elements that are JSON already, in bytes. */
  raw(bytes: Uint8Array): void {
    this.#target.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** An element that is JSON already. */
  text(json: string): void {
    const start = this.#offset;
    if (json.length <= SHORT_TEXT && this.#ascii(json)) return;
    this.#offset = start + this.#encoder.encodeInto(json, this.#target.subarray(start)).written;
  }

  string(value: string): void {
    const start = this.#offset;
    this.byte(QUOTE);
    if (value.length <= SHORT_TEXT && this.#ascii(value, QUOTE, BACKSLASH)) return this.byte(QUOTE);
    this.#offset = start;
    this.text(JSON.stringify(value));
  }

  /** A non-negative integer. */
  integer(value: number): void {
    if (value < BILLION) return this.#atLeast(1, value);
    // Arithmetic of 31 bits is far faster than making a string of a number beyond.
    const high = Math.floor(value / BILLION);
    this.#atLeast(1, high);
    this.#atLeast(9, value - high * BILLION);
  }

  /** So many digits at least. */
  #atLeast(digits: number, value: number): void {
    let count = 0;
    let left = value;
    do {
      const tenth = (left / 10) | 0;
      this.#digits[count++] = ZERO + left - 10 * tenth;
      left = tenth;
    } while (left > 0 || count < digits);
    while (count > 0) this.#target[this.#offset++] = this.#digits[--count] as number;
  }

  /** False, with a part written, when a character is not ASCII or would need an escape. */
  #ascii(text: string, quote = -1, backslash = -1): boolean {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7e || code < 0x20 || code === quote || code === backslash) return false;
      this.#target[this.#offset++] = code;
    }
    return true;
  }
}
