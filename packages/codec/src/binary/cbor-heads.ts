import { invalidByte } from "../frame/frame-errors.js";
import { FrameReader } from "./binary-reader.js";

/** Major types, the upper three bits of a head (RFC 8949, section 3.1). */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const LIST = 4;
export const DICT = 5;
const TAG = 6;

/** Additional information, the lower five bits: the length is not known in advance. */
export const INDEFINITE = 31;
const BREAK = 0xff;

const NOTHING: Uint8Array = new Uint8Array(0);

/** Reads the heads of CBOR values: a byte with major type and additional information, and the argument after it. */
export abstract class CborHeads extends FrameReader {
  /** The next head that is not a tag's. However many tags there are, they cost one step and no depth. */
  protected headAfterTags(): number {
    const start = this.offset;
    let head = this.uint8();
    if (head >> 5 !== TAG) return head;
    while (head >> 5 === TAG) {
      this.argument(head);
      head = this.uint8();
    }
    this.offset--;
    this.rewrite(start, NOTHING);
    this.offset++;
    return head;
  }

  protected isAtBreak(): boolean {
    return this.bytes[this.offset] === BREAK;
  }

  protected passBreak(): boolean {
    const atBreak = this.isAtBreak();
    if (atBreak) this.offset++;
    return atBreak;
  }

  protected integer(head: number): number | bigint {
    const value = this.argument(head);
    if (head >> 5 === UNSIGNED) return value;
    return typeof value === "number" && value < 2 ** 53 ? -1 - value : -1n - BigInt(value);
  }

  protected length(head: number): number {
    return Number(this.argument(head));
  }

  protected argument(head: number): number | bigint {
    const information = head & 31;
    if (information < 24) return information;
    switch (information) {
      case 24:
        return this.uint8();
      case 25:
        return this.uint16();
      case 26:
        return this.uint32();
      case 27:
        return this.uint64();
      default:
        throw invalidByte("CBOR", head);
    }
  }
}
