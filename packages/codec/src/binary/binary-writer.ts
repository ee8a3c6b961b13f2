import type { FrameMemory } from "../frame/frame-memory.js";

/** Most bytes that the head of any element takes, in MessagePack and CBOR. */
export const MOST_HEAD_BYTES = 9;

/** Writes the elements of a message in a binary format, into room that was reserved for them. */
export abstract class FrameWriter {
  protected target: Uint8Array = new Uint8Array(0);
  protected offset = 0;
  readonly #encoder = new TextEncoder();

  /** Begins to write where the memory has reserved room. */
  open(memory: FrameMemory): void {
    this.target = memory.target;
    this.offset = memory.start;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.offset;
  }

  /** The head of a message with that many elements. */
  abstract list(count: number): void;

  abstract emptyDict(): void;

  /** A non-negative integer up to 2^53, in the fewest bytes. */
  abstract integer(value: number): void;

  /** The head of a string of that many bytes. */
  protected abstract textHead(length: number): void;

  /** Elements that are encoded already. */
  raw(bytes: Uint8Array): void {
    this.target.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  text(value: string): void {
    const start = this.offset;
    this.textHead(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.#longText(value, start);
      this.target[this.offset++] = code;
    }
  }

  #longText(value: string, start: number): void {
    const bytes = this.#encoder.encode(value);
    this.offset = start;
    this.textHead(bytes.length);
    this.raw(bytes);
  }

  /** One byte, and a value after it in `size` bytes. */
  protected head(byte: number, size: 0 | 1 | 2 | 4 | 8, value: number): void {
    this.target[this.offset++] = byte;
    if (size === 8) this.#uint32(Math.floor(value / 0x1_0000_0000));
    if (size >= 4) return this.#uint32(value);
    if (size === 2) this.target[this.offset++] = value >>> 8;
    if (size > 0) this.target[this.offset++] = value;
  }

  #uint32(value: number): void {
    this.target[this.offset++] = value >>> 24;
    this.target[this.offset++] = value >>> 16;
    this.target[this.offset++] = value >>> 8;
    this.target[this.offset++] = value;
  }
}
