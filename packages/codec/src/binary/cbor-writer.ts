import { FrameWriter } from "./binary-writer.js";

/** Major types in the upper three bits (RFC 8949, section 3.1). */
const UNSIGNED = 0x00;
const TEXT = 0x60;
const LIST = 0x80;
const DICT = 0xa0;

/** Writes the elements of a message in CBOR, with definite lengths. */
export class CborWriter extends FrameWriter {
  override list(count: number): void {
    this.#argument(LIST, count);
  }

  override emptyDict(): void {
    this.#argument(DICT, 0);
  }

  override integer(value: number): void {
    this.#argument(UNSIGNED, value);
  }

  protected override textHead(length: number): void {
    this.#argument(TEXT, length);
  }

  #argument(major: number, value: number): void {
    if (value < 24) this.head(major | value, 0, value);
    else if (value <= 0xff) this.head(major | 24, 1, value);
    else if (value <= 0xffff) this.head(major | 25, 2, value);
    else if (value <= 0xffff_ffff) this.head(major | 26, 4, value);
    else this.head(major | 27, 8, value);
  }
}
