import type { FrameMemory } from "../frame/frame-memory.js";

/** Bytes of the longest head of an element, in MessagePack and in CBOR. */
export const MAX_HEAD_BYTES = 9;

/** Writes the elements of a message in a binary format into room that was reserved for them. */
export abstract class BinaryWriter {
  protected target: Uint8Array = new Uint8Array(0);
  protected offset = 0;
  readonly #encoder = new TextEncoder();

  /** Starts writing into the room that `memory` has reserved. */
  open(memory: FrameMemory): void {
    this.target = memory.target;
    this.offset = memory.start;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.offset;
  }

  /** Writes the head of a list of `count` elements. */
  abstract list(count: number): void;

  abstract emptyDict(): void;

  /** Writes a non-negative integer up to 2^53 in the fewest bytes. */
  abstract integer(value: number): void;

  /** Writes the head of a string of `length` bytes. */
  protected abstract textHead(length: number): void;

  /** Writes encoded elements. */
  raw(bytes: Uint8Array): void {
    this.target.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  text(value: string): void {
    const start = this.offset;
    this.textHead(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.#nonAsciiText(value, start);
      this.target[this.offset++] = code;
    }
  }

  #nonAsciiText(value: string, start: number): void {
    const bytes = this.#encoder.encode(value);
    this.offset = start;
    this.textHead(bytes.length);
    this.raw(bytes);
  }

  /** Writes one byte and after it a value in `size` bytes. */
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
