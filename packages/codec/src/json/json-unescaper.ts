const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const LETTER_A = 0x61;
const LETTER_U = 0x75;
/** Turns an upper case letter into its lower case form. */
const LOWER_CASE = 0x20;
/** First code units of the two halves of a surrogate pair, and what follows them. */
const HIGH_SURROGATES = 0xd800;
const LOW_SURROGATES = 0xdc00;
const SURROGATES_END = 0xe000;
/** Characters of an escape with four digits. */
const ESCAPE_LENGTH = 6;

const MIN_CAPACITY = 256;
/** Longer memory is not kept. */
const MAX_CAPACITY_KEPT = 64 * 1024;

/** What stands for a control character behind a backslash. Any other character stands for itself. */
const CONTROLS: Uint8Array = new Uint8Array(128);
for (const [letter, control] of ["b\b", "f\f", "n\n", "r\r", "t\t"])
  CONTROLS[(letter as string).charCodeAt(0)] = (control as string).charCodeAt(0);

/** Writes strings without their escapes, as UTF-8. The platform wants a string for each, which is many times slower. */
export class JsonUnescaper {
  /** What was written, from its start on. Overwritten by the next string. */
  target: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** @returns the length of the string in {@link target}, -1 if it has half of a surrogate pair and so no UTF-8. */
  unescape(bytes: Uint8Array, start: number, end: number): number {
    this.#reserve(end - start);
    const target = this.target;
    let length = 0;
    for (let offset = start; offset < end; offset++) {
      const code = bytes[offset] as number;
      if (code !== BACKSLASH) {
        target[length++] = code;
        continue;
      }
      const letter = bytes[++offset] as number;
      if (letter !== LETTER_U) {
        target[length++] = CONTROLS[letter] || letter;
        continue;
      }
      this.#length = length;
      offset = this.#unicode(bytes, offset - 1);
      if (offset < 0) return -1;
      length = this.#length;
    }
    return length;
  }

  /** Writes the character of an escape with four digits, or of two for a pair. @returns the offset of the last digit, or -1. */
  #unicode(bytes: Uint8Array, start: number): number {
    const unit = unitAt(bytes, start);
    if (unit < HIGH_SURROGATES || unit >= SURROGATES_END) {
      this.#write(unit);
      return start + ESCAPE_LENGTH - 1;
    }
    const second = start + ESCAPE_LENGTH;
    if (unit >= LOW_SURROGATES || bytes[second] !== BACKSLASH || bytes[second + 1] !== LETTER_U) return -1;
    const low = unitAt(bytes, second);
    if (low < LOW_SURROGATES || low >= SURROGATES_END) return -1;
    this.#write(0x1_0000 + ((unit - HIGH_SURROGATES) << 10) + low - LOW_SURROGATES);
    return second + ESCAPE_LENGTH - 1;
  }

  #write(character: number): void {
    const target = this.target;
    if (character < 0x80) {
      target[this.#length++] = character;
      return;
    }
    if (character < 0x800) target[this.#length++] = 0xc0 | (character >> 6);
    else {
      if (character < 0x1_0000) target[this.#length++] = 0xe0 | (character >> 12);
      else {
        target[this.#length++] = 0xf0 | (character >> 18);
        target[this.#length++] = 0x80 | ((character >> 12) & 0x3f);
      }
      target[this.#length++] = 0x80 | ((character >> 6) & 0x3f);
    }
    target[this.#length++] = 0x80 | (character & 0x3f);
  }

  /** No string is longer without its escapes. */
  #reserve(length: number): void {
    const isTooLarge = this.target.length > MAX_CAPACITY_KEPT && length <= MAX_CAPACITY_KEPT;
    if (length > this.target.length || isTooLarge) this.target = new Uint8Array(Math.max(length, MIN_CAPACITY));
  }
}

/** The code unit of the escape at `start`. */
function unitAt(bytes: Uint8Array, start: number): number {
  let unit = 0;
  for (let offset = start + 2; offset < start + ESCAPE_LENGTH; offset++) {
    const code = bytes[offset] as number;
    unit = 16 * unit + (code <= NINE ? code - ZERO : (code | LOWER_CASE) - LETTER_A + 10);
  }
  return unit;
}
