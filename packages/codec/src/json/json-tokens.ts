// Each file of this folder has its own constants: V8 treats an exported constant as a variable, and decoding JSON takes a
// third longer when its loops compare bytes with variables.
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_A = 0x61;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_U = 0x75;
/** Turns an upper case letter into its lower case form. */
const LOWER_CASE = 0x20;

/** Returned in place of an offset when a token is not what it should be. */
const INVALID = -1;

/** Characters that may follow a backslash, apart from `u`. */
const ESCAPABLE: ReadonlySet<unknown> = new Set(bytesOf('"\\/bfnrt'));

export function bytesOf(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

/** End of the white space at `start`. */
export function endOfSpace(bytes: Uint8Array, start: number): number {
  let offset = start;
  for (;;) {
    const code = bytes[offset];
    if (code !== SPACE && code !== NEWLINE && code !== RETURN && code !== TAB) return offset;
    offset++;
  }
}

/** End of `literal`, whose first character is known to stand at `start`. */
export function endOfLiteral(bytes: Uint8Array, start: number, literal: Uint8Array): number {
  for (let index = 1; index < literal.length; index++) if (bytes[start + index] !== literal[index]) return INVALID;
  return start + literal.length;
}

export function endOfNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let end = endOfDigits(bytes, first);
  if (bytes[first] === ZERO && end > first + 1) return INVALID;
  if (bytes[end] === POINT) end = endOfDigits(bytes, end + 1);
  if (end === INVALID || ((bytes[end] as number) | LOWER_CASE) !== LETTER_E) return end;
  const sign = bytes[end + 1];
  return endOfDigits(bytes, sign === PLUS || sign === MINUS ? end + 2 : end + 1);
}

/** End of one or more digits. */
function endOfDigits(bytes: Uint8Array, start: number): number {
  let offset = start;
  while ((bytes[offset] as number) >= ZERO && (bytes[offset] as number) < COLON) offset++;
  return offset === start ? INVALID : offset;
}

/** Offset of the last character of an escape, given the offset of the first one behind the backslash. */
export function lastOfEscape(bytes: Uint8Array, offset: number): number {
  if (bytes[offset] !== LETTER_U) return ESCAPABLE.has(bytes[offset]) ? offset : INVALID;
  for (let digit = 1; digit <= 4; digit++) if (!isHexDigit(bytes[offset + digit])) return INVALID;
  return offset + 4;
}

function isHexDigit(code: number | undefined): boolean {
  if (code === undefined) return false;
  const letter = code | LOWER_CASE;
  return (code >= ZERO && code < COLON) || (letter >= LETTER_A && letter <= LETTER_F);
}

/** The first offset from `start` on that is aligned for {@link endOfPlainRun}. */
export function alignedFrom({ byteOffset }: Uint8Array, start: number): number {
  return start + ((4 - ((byteOffset + start) % 4)) % 4);
}

/**
 * Skips plain characters of a string, four at a time, from an aligned offset on.
 *
 * @returns the offset of the first group of four that has a quote, a backslash, a control character or non-ASCII.
 */
export function endOfPlainRun({ buffer, byteOffset, length }: Uint8Array, start: number): number {
  const words = new Uint32Array(buffer, byteOffset + start, (length - start) >>> 2);
  let index = 0;
  // Four words per round: checking the bounds costs as much as checking a word.
  while (index + 3 < words.length && arePlain(words, index)) index += 4;
  while (index < words.length && isPlain(words[index] as number)) index++;
  return start + 4 * index;
}

function arePlain(words: Uint32Array, index: number): boolean {
  return (
    isPlain(words[index] as number) &&
    isPlain(words[index + 1] as number) &&
    isPlain(words[index + 2] as number) &&
    isPlain(words[index + 3] as number)
  );
}

/**
 * Whether all four bytes of a word are plain. Subtracting sets the highest bit of a byte that is smaller than the
 * subtrahend; only such a byte borrows from its neighbour, so a word of plain bytes is never mistaken.
 */
function isPlain(word: number): boolean {
  const control = word - 0x2020_2020;
  const quote = (word ^ 0x2222_2222) - 0x0101_0101;
  const backslash = (word ^ 0x5c5c_5c5c) - 0x0101_0101;
  return ((word | control | quote | backslash) & 0x8080_8080) === 0;
}
