import { type BinaryCodes, BinaryWriter } from "./binary-writer.js";

const INT64_START = -(2n ** 63n);
const UINT64_END = 2n ** 64n;

/** Writes MessagePack. An integer beyond 64 bits becomes the nearest float. */
export class MsgpackWriter extends BinaryWriter {
  protected override readonly codes: BinaryCodes = {
    null: 0xc0,
    false: 0xc2,
    true: 0xc3,
    float64: 0xcb,
    longList: 0xdd,
    longDict: 0xdf,
  };

  override list(count: number): void {
    if (count <= 0x0f) this.head(0x90 | count, 0, count);
    else if (count <= 0xffff) this.head(0xdc, 2, count);
    else this.head(0xdd, 4, count);
  }

  override dict(count: number): void {
    if (count <= 0x0f) this.head(0x80 | count, 0, count);
    else if (count <= 0xffff) this.head(0xde, 2, count);
    else this.head(0xdf, 4, count);
  }

  override integer(value: number): void {
    if (value < 0) return this.#negative(value);
    if (value <= 0x7f) this.head(value, 0, value);
    else if (value <= 0xff) this.head(0xcc, 1, value);
    else if (value <= 0xffff) this.head(0xcd, 2, value);
    else if (value <= 0xffff_ffff) this.head(0xce, 4, value);
    else this.head(0xcf, 8, value);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.head(value, 0, value);
    else if (value >= -0x80) this.head(0xd0, 1, value);
    else if (value >= -0x8000) this.head(0xd1, 2, value);
    else if (value >= -0x8000_0000) this.head(0xd2, 4, value);
    else this.head(0xd3, 8, value);
  }

  override bigint(value: bigint): void {
    if (value >= 0n && value < UINT64_END) this.uint64(0xcf, value);
    else if (value < 0n && value >= INT64_START) this.uint64(0xd3, value);
    else this.number(Number(value));
  }

  protected override textHead(length: number): void {
    if (length <= 0x1f) this.head(0xa0 | length, 0, length);
    else if (length <= 0xff) this.head(0xd9, 1, length);
    else if (length <= 0xffff) this.head(0xda, 2, length);
    else this.head(0xdb, 4, length);
  }

  protected override binaryHead(length: number): void {
    if (length <= 0xff) this.head(0xc4, 1, length);
    else if (length <= 0xffff) this.head(0xc5, 2, length);
    else this.head(0xc6, 4, length);
  }

  protected override headLength(count: number): number {
    if (count <= 0x0f) return 1;
    return count <= 0xffff ? 3 : 5;
  }
}
