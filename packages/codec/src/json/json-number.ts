import { ProtocolError } from "../errors.js";

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

const DECODER = new TextDecoder();

/** Digits of which a number holds any combination. */
const MAX_EXACT_DIGITS = 15;
/** Digits that two numbers hold together. */
const MAX_DIGITS = 19;
/** Powers of ten that a number holds. */
const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Splits a number into halves of 26 bits, whose products are exact. */
const SPLITTER = 2 ** 27 + 1;
/** More than the relative error of what {@link quotient} and {@link product} add last. */
const ERROR = 2 ** -48;

/**
 * The number nearest to a decimal number with a fraction or an exponent. The platform's parser wants a string, which makes
 * it several times slower.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let offset = bytes[start] === MINUS ? start + 1 : start;
  let high = 0;
  let low = 0;
  let lowDigits = 0;
  let digits = 0;
  let exponent = 0;
  let isFraction = false;
  for (; offset < end; offset++) {
    const code = bytes[offset] as number;
    if (code === POINT) {
      isFraction = true;
      continue;
    }
    if (code < ZERO || code > NINE) break;
    if (isFraction) exponent--;
    if (digits < MAX_EXACT_DIGITS) high = 10 * high + code - ZERO;
    else {
      low = 10 * low + code - ZERO;
      lowDigits++;
    }
    // Leading zeros are no digits.
    if (digits > 0 || code !== ZERO) digits++;
  }
  if (digits > MAX_DIGITS) return platform(bytes, start, end);
  if (offset < end) exponent += exponentOf(bytes, offset + 1, end);
  if (Math.abs(exponent) > 22) return high === 0 && low === 0 ? 0 : platform(bytes, start, end);
  const value = scale(high, low, lowDigits, exponent);
  if (Number.isNaN(value)) return platform(bytes, start, end);
  return bytes[start] === MINUS ? -value : value;
}

function exponentOf(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start];
  let value = 0;
  for (let offset = sign === PLUS || sign === MINUS ? start + 1 : start; offset < end; offset++)
    value = Math.min(10 * value + (bytes[offset] as number) - ZERO, 1_000_000);
  return sign === MINUS ? -value : value;
}

/** The number nearest to `(high · 10^lowDigits + low) · 10^exponent`; NaN if that cannot be told. */
function scale(high: number, low: number, lowDigits: number, exponent: number): number {
  const power = POWERS[Math.abs(exponent)] as number;
  if (lowDigits === 0) return exponent < 0 ? high / power : high * power;
  const shift = POWERS[lowDigits] as number;
  const shifted = high * shift;
  const rest = productError(high, shift, shifted) + low;
  const mantissa = shifted + rest;
  const mantissaError = rest - (mantissa - shifted);
  if (exponent < 0) {
    const value = mantissa / power;
    const back = value * power;
    return nearest(value, (mantissa - back - productError(value, power, back) + mantissaError) / power);
  }
  const value = mantissa * power;
  return nearest(value, productError(mantissa, power, value) + mantissaError * power);
}

/** The number nearest to the sum, of which the second part is known to a relative error; NaN if that is too much. */
function nearest(value: number, rest: number): number {
  const sum = value + rest;
  return sum === value + rest * (1 + ERROR) && sum === value + rest * (1 - ERROR) ? sum : Number.NaN;
}

/** What `product`, the rounded product of two numbers, lacks of the exact one (Dekker). */
function productError(one: number, other: number, product: number): number {
  const oneHigh = SPLITTER * one - (SPLITTER * one - one);
  const otherHigh = SPLITTER * other - (SPLITTER * other - other);
  const oneLow = one - oneHigh;
  const otherLow = other - otherHigh;
  return oneHigh * otherHigh - product + oneHigh * otherLow + oneLow * otherHigh + oneLow * otherLow;
}

function platform(bytes: Uint8Array, start: number, end: number): number {
  return Number(DECODER.decode(bytes.subarray(start, end)));
}

/** Two words of 32 bits, to make one bigint. */
const WORDS = new DataView(new ArrayBuffer(8));
const WORD = 2 ** 32;
const HALF_WORD = 2 ** 16;
/** Digits that are added up as one number below 2^53. */
const LOW_DIGITS = 9;

/** The integer of 10 to 19 digits. `BigInt` wants a string, which makes it many times slower. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): bigint {
  const middle = end - LOW_DIGITS;
  let high = 0;
  for (let offset = start; offset < middle; offset++) high = 10 * high + (bytes[offset] as number) - ZERO;
  let low = 0;
  for (let offset = middle; offset < end; offset++) low = 10 * low + (bytes[offset] as number) - ZERO;
  // high · 10^9 + low, in parts that a number holds.
  const upper = Math.floor(high / HALF_WORD) * 1e9;
  const lower = (high % HALF_WORD) * 1e9 + low + (upper % HALF_WORD) * HALF_WORD;
  WORDS.setUint32(0, Math.floor(upper / HALF_WORD) + Math.floor(lower / WORD));
  WORDS.setUint32(4, lower % WORD);
  return WORDS.getBigUint64(0);
}

const DECIMAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** More digits than any number has that ends in a whole one. */
const MAX_WHOLE_DIGITS = 400;

/**
 * Checks a number of a header that is written with a fraction or an exponent: an id must not come out of rounding.
 *
 * @throws ProtocolError when it is rounded to an integer.
 */
export function checkExact(text: string, value: number): void {
  const [, whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (!Number.isInteger(value) || !/[.eE]/.test(text)) return;
  const digits = `${whole}${fraction}`.slice(0, MAX_WHOLE_DIGITS);
  const shift = Number(exponent) - fraction.length;
  const kept = shift < 0 ? digits.slice(0, shift) : digits;
  const isWhole = shift >= 0 || /^0*$/.test(digits.slice(shift));
  const isShort = whole.length + fraction.length <= MAX_WHOLE_DIGITS && Math.abs(shift) <= MAX_WHOLE_DIGITS;
  if (
    isShort &&
    isWhole &&
    BigInt(kept === "" ? 0 : kept) * 10n ** BigInt(Math.max(shift, 0)) === BigInt(Math.abs(value))
  )
    return;
  throw new ProtocolError(
    `the number ${text.slice(0, 40)} in the header cannot be read exactly: write it as an integer`,
  );
}
