import { type BinaryCodes, BinaryWriter } from "./binary-writer.js";

/** Major types in the upper three bits of a head (RFC 8949, section 3.1). */
const UNSIGNED = 0x00;
const NEGATIVE = 0x20;
const BYTES = 0x40;
const TEXT = 0x60;
const LIST = 0x80;
const DICT = 0xa0;
/** Heads of the tags of integers beyond 64 bits (RFC 8949, section 3.4.3). */
const UNSIGNED_BIGNUM = 0xc2;
const NEGATIVE_BIGNUM = 0xc3;

const UINT64_END = 2n ** 64n;

/** Writes CBOR with definite lengths. */
export class CborWriter extends BinaryWriter {
  protected override readonly codes: BinaryCodes = {
    null: 0xf6,
    false: 0xf4,
    true: 0xf5,
    float64: 0xfb,
    longList: LIST | 26,
    longDict: DICT | 26,
  };

  override list(count: number): void {
    this.#argument(LIST, count);
  }

  override dict(count: number): void {
    this.#argument(DICT, count);
  }

  override integer(value: number): void {
    if (value >= 0) this.#argument(UNSIGNED, value);
    else this.#argument(NEGATIVE, -1 - value);
  }

  override bigint(value: bigint): void {
    const magnitude = value < 0n ? -1n - value : value;
    if (magnitude < UINT64_END) return this.uint64((value < 0n ? NEGATIVE : UNSIGNED) | 27, magnitude);
    const digits = magnitude.toString(16);
    const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
    this.room(1);
    this.head(value < 0n ? NEGATIVE_BIGNUM : UNSIGNED_BIGNUM, 0, 0);
    this.binary(
      Uint8Array.from({ length: hex.length / 2 }, (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16)),
    );
  }

  protected override textHead(length: number): void {
    this.#argument(TEXT, length);
  }

  protected override binaryHead(length: number): void {
    this.#argument(BYTES, length);
  }

  protected override headLength(count: number): number {
    if (count < 24) return 1;
    if (count <= 0xff) return 2;
    return count <= 0xffff ? 3 : 5;
  }

  #argument(major: number, value: number): void {
    if (value < 24) this.head(major | value, 0, value);
    else if (value <= 0xff) this.head(major | 24, 1, value);
    else if (value <= 0xffff) this.head(major | 25, 2, value);
    else if (value <= 0xffff_ffff) this.head(major | 26, 4, value);
    else this.head(major | 27, 8, value);
  }
}
