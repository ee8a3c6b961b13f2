import { FrameWriter } from "./binary-writer.js";

/** Writes the elements of a message in MessagePack. */
export class MsgpackWriter extends FrameWriter {
  override list(count: number): void {
    this.head(0x90 | count, 0, count);
  }

  override emptyDict(): void {
    this.head(0x80, 0, 0);
  }

  override integer(value: number): void {
    if (value <= 0x7f) this.head(value, 0, value);
    else if (value <= 0xff) this.head(0xcc, 1, value);
    else if (value <= 0xffff) this.head(0xcd, 2, value);
    else if (value <= 0xffff_ffff) this.head(0xce, 4, value);
    else this.head(0xcf, 8, value);
  }

  protected override textHead(length: number): void {
    if (length <= 0x1f) this.head(0xa0 | length, 0, length);
    else if (length <= 0xff) this.head(0xd9, 1, length);
    else if (length <= 0xffff) this.head(0xda, 2, length);
    else this.head(0xdb, 4, length);
  }
}
