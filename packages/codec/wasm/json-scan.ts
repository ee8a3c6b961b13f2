// Checks the elements of a JSON message: AssemblyScript with SIMD, compiled into `src/json/json-scan-module.ts`.
//
// The host copies a frame to `TEXT` and calls `scan`. What it accepts is valid JSON in valid UTF-8, within the limits, and
// no dict has a key twice. What it does not accept may still be valid: the host asks its parser. It gives up on keys whose
// hashes are equal, and on those that are not Unicode.

/** Three integers for each element: offset of its start, offset of its end, number of escapes in its strings. */
const ELEMENTS: usize = 0;
const ELEMENT_BYTES: usize = 12;
/** No message has more elements. */
const MAX_ELEMENTS: usize = 7;
/** 16 bytes of a key without its escapes. */
const BLOCK: usize = 96;
/** For each list or dict that is open, what `dict` was outside of it. The host allows 1,000 levels at most. */
const LEVELS: usize = 128;
/** Where the host puts the frame. Zeros lie before and behind it: no token goes on there, and no character either. */
const TEXT: usize = 8192;
const ZEROS: usize = 64;
/** Nesting level of an element; the message itself is level 1. */
const ELEMENT_DEPTH: u32 = 2;
/** Dicts of more keys are looked at with a table. */
const MAX_PAIRWISE: usize = 32;
/** Steps in that table after which the hashes look made up. */
const MAX_STEPS: u32 = 64;
/** Returned in place of an address for what is not accepted. */
const INVALID: usize = 0;

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const COLON: u8 = 0x3a;
const OPEN_LIST: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;
const CLOSE_LIST: u8 = 0x5d;
const LETTER_E: u8 = 0x65;
const LETTER_F: u8 = 0x66;
const LETTER_N: u8 = 0x6e;
const LETTER_T: u8 = 0x74;
const LETTER_U: u8 = 0x75;
const OPEN_DICT: u8 = 0x7b;
const CLOSE_DICT: u8 = 0x7d;
const LOWER_CASE: u8 = 0x20;

let maxDepth: u32 = 0;
let maxValues: u32 = 0;
/** Escapes in the element so far. */
let escapes: u32 = 0;
/** End of the hashes of the keys of all open dicts, the innermost dict's last. */
let keysEnd: usize = 0;
/** The hash of a key with escapes so far, and how much of its next block there is. */
let keyHash: u64 = 0;
let filled: usize = 0;

/** Checks the text of a message. @returns the number of its elements, -1 when the text is not accepted. */
export function scan(length: u32, depthLimit: u32, valueLimit: u32): i32 {
  const end = TEXT + length;
  for (let zero = end; zero < end + ZEROS; zero += 16) v128.store(zero, i8x16.splat(0));
  if (!isUtf8(end)) return -1;
  maxDepth = depthLimit;
  maxValues = valueLimit;
  keysEnd = (end + ZEROS + 7) & ~7;
  let at = endOfSpace(TEXT);
  if (load<u8>(at++) !== OPEN_LIST) return -1;
  for (let count: usize = 0; count < MAX_ELEMENTS;) {
    const start = endOfSpace(at);
    escapes = 0;
    at = endOfValue(start);
    if (at === INVALID) return -1;
    const element = ELEMENTS + ELEMENT_BYTES * count++;
    store<u32>(element, <u32>(start - TEXT));
    store<u32>(element, <u32>(at - TEXT), 4);
    store<u32>(element, escapes, 8);
    at = endOfSpace(at);
    const code = load<u8>(at++);
    if (code === CLOSE_LIST) return endOfSpace(at) === end ? <i32>count : -1;
    if (code !== COMMA) return -1;
  }
  return -1;
}

/** End of the element at `start`, with all that is in it. */
function endOfValue(start: usize): usize {
  let at = start;
  let values: u32 = 1;
  let depth: u32 = ELEMENT_DEPTH - 1;
  /** Start of the hashes of the innermost dict's keys; 0 in a list. */
  let dict: usize = 0;
  while (true) {
    const code = load<u8>(at);
    if (code === QUOTE) at = endOfString(at + 1);
    else if (code === OPEN_DICT || code === OPEN_LIST) {
      if (++depth > maxDepth) return INVALID;
      at = endOfSpace(at + 1);
      // Both brackets are closed by the character two places on.
      if (load<u8>(at) !== code + 2) {
        if (++values > maxValues) return INVALID;
        store<u32>(LEVELS + 4 * (depth as usize), dict as u32);
        dict = 0;
        if (code === OPEN_LIST) continue;
        dict = keysEnd;
        at = endOfKey(at);
        if (at === INVALID) return INVALID;
        continue;
      }
      at++;
      depth--;
    } else if (code === LETTER_T || code === LETTER_F || code === LETTER_N) at = endOfLiteral(at, code);
    else at = endOfNumber(at);
    if (at === INVALID) return INVALID;

    // What follows a value: the ends of lists and dicts, then a comma or the end of the element.
    while (true) {
      if (depth < ELEMENT_DEPTH) return at;
      at = endOfSpace(at);
      const code = load<u8>(at++);
      if (code === COMMA) {
        if (++values > maxValues) return INVALID;
        at = endOfSpace(at);
        if (dict !== 0) at = endOfKey(at);
        if (at === INVALID) return INVALID;
        break;
      }
      if (dict === 0) {
        if (code !== CLOSE_LIST) return INVALID;
      } else {
        if (code !== CLOSE_DICT || !areDistinct(dict)) return INVALID;
        keysEnd = dict;
      }
      dict = load<u32>(LEVELS + 4 * (depth as usize));
      depth--;
    }
  }
}

function endOfSpace(start: usize): usize {
  let at = start;
  while (true) {
    const code = load<u8>(at);
    if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) return at;
    at++;
  }
}

/** One bit for each of 16 characters that does not simply go on a string: a quote, a backslash, a control character. */
function marksOf(block: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(block, i8x16.splat(QUOTE)), i8x16.eq(block, i8x16.splat(BACKSLASH))),
      i8x16.le_u(block, i8x16.splat(0x1f)),
    ),
  );
}

/** End of the string whose first character, behind the quote, is at `start`. */
function endOfString(start: usize): usize {
  let at = start;
  while (true) {
    const marks = marksOf(v128.load(at));
    if (marks === 0) {
      at += 16;
      continue;
    }
    at += ctz(marks);
    const code = load<u8>(at++);
    if (code === QUOTE) return at;
    if (code !== BACKSLASH) return INVALID;
    escapes++;
    at = endOfEscape(at);
    if (at === INVALID) return INVALID;
  }
}

function endOfEscape(start: usize): usize {
  switch (load<u8>(start)) {
    case 0x22:
    case 0x2f:
    case 0x5c:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return start + 1;
    case LETTER_U:
      for (let digit: usize = 1; digit <= 4; digit++) if (!isHexDigit(load<u8>(start + digit))) return INVALID;
      return start + 5;
    default:
      return INVALID;
  }
}

function isHexDigit(code: u8): bool {
  return code - ZERO < 10 || (code | LOWER_CASE) - 0x61 < 6;
}

/** End of the key at `start` with its colon and the space behind it. Keeps a hash of the key. */
function endOfKey(start: usize): usize {
  if (load<u8>(start) !== QUOTE) return INVALID;
  let at = start + 1;
  let hash: u64 = 0;
  let block = v128.load(at);
  let marks = marksOf(block);
  for (; marks === 0; marks = marksOf(block)) {
    hash = mixed(hash, block);
    at += 16;
    block = v128.load(at);
  }
  const rest = ctz(marks);
  // Zeros in place of what follows the key. A key that ends in zeros is taken for one that does not: the parser decides.
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  hash = mixed(hash, v128.and(block, i8x16.lt_u(places, i8x16.splat(rest as u8))));
  at += rest;
  const code = load<u8>(at);
  if (code === BACKSLASH) return endOfEscapedKey(start + 1);
  return code === QUOTE ? endOfPair(at, hash) : INVALID;
}

/** Keeps the hash of a key. @returns the start of its value, behind the colon. */
function endOfPair(quote: usize, hash: u64): usize {
  store<u64>(keysEnd, hash);
  keysEnd += 8;
  const at = endOfSpace(quote + 1);
  return load<u8>(at) === COLON ? endOfSpace(at + 1) : INVALID;
}

/** The same for a key with escapes: the hash is that of what it stands for, since a key can be written in many ways. */
function endOfEscapedKey(start: usize): usize {
  let at = start;
  filled = 0;
  keyHash = 0;
  while (true) {
    const code = load<u8>(at++);
    if (code === QUOTE) break;
    if (code < 0x20) return INVALID;
    if (code !== BACKSLASH) {
      put(code);
      continue;
    }
    escapes++;
    const end = endOfEscape(at);
    if (end === INVALID) return INVALID;
    const letter = load<u8>(at);
    if (letter !== LETTER_U) {
      put(unescaped(letter));
      at = end;
      continue;
    }
    let character = hexAt(at + 1);
    at = end;
    if (character - 0xd800 < 0x800) {
      if (character >= 0xdc00 || load<u16>(at) !== 0x755c || endOfEscape(at + 1) === INVALID) return INVALID;
      const low = hexAt(at + 2) - 0xdc00;
      if (low >= 0x400) return INVALID;
      character = 0x10000 + ((character - 0xd800) << 10) + low;
      at += 6;
    }
    putCharacter(character);
  }
  v128.store(BLOCK + filled, i8x16.splat(0));
  return endOfPair(at - 1, mixed(keyHash, v128.load(BLOCK)));
}

function unescaped(letter: u8): u8 {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return letter;
  }
}

/** The value of four hexadecimal digits. */
function hexAt(start: usize): u32 {
  let value: u32 = 0;
  for (let digit: usize = 0; digit < 4; digit++) {
    const code: u32 = load<u8>(start + digit);
    value = 16 * value + (code <= 0x39 ? code - ZERO : (code | LOWER_CASE) - 0x57);
  }
  return value;
}

/** Adds a character as UTF-8: six bits in each byte but the first, whose upper bits tell how many there are. */
function putCharacter(character: u32): void {
  let shift: u32 = character < 0x80 ? 0 : character < 0x800 ? 6 : character < 0x10000 ? 12 : 18;
  let mark: u32 = shift === 0 ? 0 : 0xf80 >>> (shift / 6);
  while (true) {
    put((mark | (character >>> shift)) as u8);
    if (shift === 0) return;
    character &= (1 << shift) - 1;
    mark = 0x80;
    shift -= 6;
  }
}

/** Adds a byte of a key to its hash, in the blocks that a key without escapes is taken in. */
function put(byte: u8): void {
  store<u8>(BLOCK + filled++, byte);
  if (filled < 16) return;
  filled = 0;
  keyHash = mixed(keyHash, v128.load(BLOCK));
}

function mixed(hash: u64, block: v128): u64 {
  const first = (hash ^ i64x2.extract_lane(block, 0)) * 0x9e3779b97f4a7c15;
  const second = (rotl(first, 32) ^ i64x2.extract_lane(block, 1)) * 0xd6e8feb86659fd93;
  return second ^ (second >>> 32);
}

/** Whether the hashes of a dict's keys, which end at `keysEnd`, are all different. */
function areDistinct(start: usize): bool {
  if (keysEnd - start > 8 * MAX_PAIRWISE) return areDistinctInTable(start);
  for (let one = start + 8; one < keysEnd; one += 8) {
    const hash = load<u64>(one);
    for (let other = start; other < one; other += 8) if (load<u64>(other) === hash) return false;
  }
  return true;
}

/** Puts the hashes into an open table behind the keys, for which the host has left room. 0 is a free place. */
function areDistinctInTable(start: usize): bool {
  const count = (keysEnd - start) >>> 3;
  const slots: usize = 1 << (33 - clz<u32>((count - 1) as u32));
  const table = keysEnd;
  memory.fill(table, 0, 8 * slots);
  for (let key = start; key < keysEnd; key += 8) {
    const hash = load<u64>(key) | 1;
    let slot = <usize>(hash >>> 20) & (slots - 1);
    for (let steps: u32 = 0; ; steps++) {
      const known = load<u64>(table + 8 * slot);
      if (known === 0) break;
      if (known === hash || steps === MAX_STEPS) return false;
      slot = (slot + 1) & (slots - 1);
    }
    store<u64>(table + 8 * slot, hash);
  }
  return true;
}

function endOfLiteral(start: usize, code: u8): usize {
  const word = load<u32>(start);
  // "true", "null", "fals" as integers.
  if (code === LETTER_T) return word === 0x65757274 ? start + 4 : INVALID;
  if (code === LETTER_N) return word === 0x6c6c756e ? start + 4 : INVALID;
  return word === 0x736c6166 && load<u8>(start + 4) === LETTER_E ? start + 5 : INVALID;
}

/**
 * End of the number at `start`. Digit by digit: most numbers are short, and a loop whose end the processor foresees is faster
 * than looking at 16 characters, for which it must wait.
 */
function endOfNumber(start: usize): usize {
  const first = load<u8>(start) === MINUS ? start + 1 : start;
  const end = endOfDigits(first);
  if (end === first || (end > first + 1 && load<u8>(first) === ZERO)) return INVALID;
  const code = load<u8>(end);
  return code === POINT || (code | LOWER_CASE) === LETTER_E ? endOfLongNumber(end) : end;
}

/** End of the number whose digits before the point end at `start`. */
function endOfLongNumber(start: usize): usize {
  let at = start;
  if (load<u8>(at) === POINT) {
    const fraction = at + 1;
    at = endOfDigits(fraction);
    if (at === fraction) return INVALID;
  }
  if ((load<u8>(at) | LOWER_CASE) !== LETTER_E) return at;
  const sign = load<u8>(at + 1);
  const exponent = sign === MINUS || sign === 0x2b ? at + 2 : at + 1;
  at = endOfDigits(exponent);
  return at === exponent ? INVALID : at;
}

function endOfDigits(start: usize): usize {
  let at = start;
  while (load<u8>(at) - ZERO < 10) at++;
  return at;
}

// What may be wrong with two bytes in a row, one bit each. It is, where the bit is set in three tables: by the upper and the
// lower half of the first byte and by the upper half of the second (Keiser and Lemire, "Validating UTF-8 in less than one
// instruction per byte").
const TOO_SHORT: i8 = 1 << 0;
const TOO_LONG: i8 = 1 << 1;
const OVERLONG_3: i8 = 1 << 2;
const SURROGATE: i8 = 1 << 4;
const OVERLONG_2: i8 = 1 << 5;
const TOO_LARGE: i8 = 1 << 3;
/** Also a sequence of four bytes that would do with three. */
const FAR_TOO_LARGE: i8 = 1 << 6;
/** Two continuations, which is right behind a first byte that asks for more than one. */
const TWO_MORE: i8 = -128;
const ANY: i8 = TOO_SHORT | TOO_LONG | TWO_MORE;

/** Whether the text is UTF-8, but for a sequence that its end cuts off: no JSON ends in a character like that. */
function isUtf8(end: usize): bool {
  let wrong = i8x16.splat(0);
  for (let at = TEXT; at < end; at += 64) {
    const all = v128.or(
      v128.load(at - 3),
      v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48))),
    );
    if (i8x16.bitmask(all) === 0) continue;
    for (let block = at; block < at + 64; block += 16) wrong = v128.or(wrong, wrongBytes(block));
  }
  return !v128.any_true(wrong);
}

/** Not zero where one of 16 bytes is not what those before it ask for. */
function wrongBytes(at: usize): v128 {
  const bytes = v128.load(at);
  const before = v128.load(at - 1);
  const wrong = v128.and(
    v128.and(
      i8x16.swizzle(BY_UPPER_HALF, i8x16.shr_u(before, 4)),
      i8x16.swizzle(BY_LOWER_HALF, v128.and(before, i8x16.splat(0x0f))),
    ),
    i8x16.swizzle(BY_NEXT, i8x16.shr_u(bytes, 4)),
  );
  const third = i8x16.sub_sat_u(v128.load(at - 2), i8x16.splat(<i8>(0xe0 - 0x80)));
  const fourth = i8x16.sub_sat_u(v128.load(at - 3), i8x16.splat(<i8>(0xf0 - 0x80)));
  return v128.xor(v128.and(v128.or(third, fourth), i8x16.splat(-128)), wrong);
}

// prettier-ignore
const BY_UPPER_HALF = i8x16(
  TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
  TWO_MORE, TWO_MORE, TWO_MORE, TWO_MORE,
  TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | FAR_TOO_LARGE,
);

const LARGE: i8 = ANY | TOO_LARGE | FAR_TOO_LARGE;
// prettier-ignore
const BY_LOWER_HALF = i8x16(
  ANY | OVERLONG_2 | OVERLONG_3 | FAR_TOO_LARGE, ANY | OVERLONG_2, ANY, ANY,
  ANY | TOO_LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE | SURROGATE, LARGE, LARGE,
);

const FOLLOWS: i8 = TOO_LONG | OVERLONG_2 | TWO_MORE;
// prettier-ignore
const BY_NEXT = i8x16(
  TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
  FOLLOWS | OVERLONG_3 | FAR_TOO_LARGE, FOLLOWS | OVERLONG_3 | TOO_LARGE,
  FOLLOWS | SURROGATE | TOO_LARGE, FOLLOWS | SURROGATE | TOO_LARGE,
  TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
);
