import type { FrameRoom } from "../codec.js";
import { wellFormed } from "../values/emit-value.js";
import type { ValueSink } from "../value-sink.js";

/** Bytes of the longest head of an element, in MessagePack and in CBOR. */
export const MAX_HEAD_BYTES = 9;
/** Bytes of a head with a count of 32 bits, in MessagePack and in CBOR. */
const LONG_HEAD_BYTES = 5;
/** Up to this many bytes, a loop copies faster than `set`. */
const MAX_BYTES_IN_LOOP = 32;
const MIN_CAPACITY = 1024;
/** Longer memory for values is not kept. */
const MAX_CAPACITY_KEPT = 64 * 1024;
/** Deeper lists and dicts of unknown length get a long head: making room for a short one moves all that is in them. */
const MAX_MOVED_DEPTH = 8;

const NOTHING: Uint8Array = new Uint8Array(0);

/** First bytes of values. */
export interface BinaryCodes {
  readonly null: number;
  readonly false: number;
  readonly true: number;
  readonly float64: number;
  /** Head of a list with a count of 32 bits. */
  readonly longList: number;
  readonly longDict: number;
}

/**
 * Writes a binary format: the elements of a message into room that was reserved for them, or values into memory of its
 * own, which grows.
 */
export abstract class BinaryWriter implements ValueSink {
  protected target: Uint8Array = NOTHING;
  protected offset = 0;
  readonly #encoder = new TextEncoder();
  readonly #words = new DataView(new ArrayBuffer(8));
  /** Lists and dicts of unknown length that are open. */
  #open = 0;

  /** Starts writing into what `room` has reserved. */
  open(room: FrameRoom): void {
    this.target = room.target;
    this.offset = room.start;
  }

  /** Starts writing values into memory of its own. */
  begin(): void {
    if (this.target.length > MAX_CAPACITY_KEPT) this.target = NOTHING;
    this.offset = 0;
    this.#open = 0;
  }

  /** @returns the values that were written since {@link begin}, in memory that the next ones overwrite. */
  written(): Uint8Array {
    return this.target.subarray(0, this.offset);
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.offset;
  }

  /** Writes the head of a list of `count` elements in the fewest bytes. */
  abstract list(count: number): void;
  /** Writes the head of a dict of `count` pairs in the fewest bytes. */
  abstract dict(count: number): void;
  /** Writes an integer from -2^53 to 2^53 in the fewest bytes. */
  abstract integer(value: number): void;
  /** Writes an integer that a number cannot hold. */
  abstract bigint(value: bigint): void;
  /** Writes the head of a string of `length` bytes. */
  protected abstract textHead(length: number): void;
  /** Writes the head of binary data. */
  protected abstract binaryHead(length: number): void;
  /** Length of the head of a list or dict. */
  protected abstract headLength(count: number): number;
  protected abstract readonly codes: BinaryCodes;

  /** Writes encoded elements. */
  raw(bytes: Uint8Array): void {
    this.target.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Writes a string into room that was reserved for it. */
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

  null(): void {
    this.room(1);
    this.target[this.offset++] = this.codes.null;
  }

  boolean(value: boolean): void {
    this.room(1);
    this.target[this.offset++] = value ? this.codes.true : this.codes.false;
  }

  number(value: number): void {
    this.room(MAX_HEAD_BYTES);
    if (Number.isInteger(value) && value <= 2 ** 53 && value >= -(2 ** 53)) return this.integer(value);
    this.#words.setFloat64(0, value);
    this.head(this.codes.float64, 4, this.#words.getUint32(0));
    this.uint32(this.#words.getUint32(4));
  }

  string(text: string): void {
    const value = wellFormed(text);
    this.room(MAX_HEAD_BYTES + 3 * value.length);
    this.text(value);
  }

  utf8(bytes: Uint8Array, start: number, end: number): void {
    this.room(MAX_HEAD_BYTES + end - start);
    this.textHead(end - start);
    this.copy(bytes, start, end);
  }

  binary(value: Uint8Array): void {
    this.room(MAX_HEAD_BYTES + value.length);
    this.binaryHead(value.length);
    this.raw(value);
  }

  key(value: string): void {
    this.string(value);
  }

  utf8Key(bytes: Uint8Array, start: number, end: number): void {
    this.utf8(bytes, start, end);
  }

  openList(count: number): number {
    this.room(MAX_HEAD_BYTES);
    if (count < 0) return this.#openUnknown();
    this.list(count);
    return -1;
  }

  closeList(mark: number, count: number): void {
    if (mark < 0) return;
    if (this.#closeUnknown(mark, count, this.codes.longList)) this.list(count);
    this.#resume();
  }

  openDict(count: number): number {
    this.room(MAX_HEAD_BYTES);
    if (count < 0) return this.#openUnknown();
    this.dict(count);
    return -1;
  }

  closeDict(mark: number, count: number): void {
    if (mark < 0) return;
    if (this.#closeUnknown(mark, count, this.codes.longDict)) this.dict(count);
    this.#resume();
  }

  #openUnknown(): number {
    const mark = this.offset;
    this.offset += ++this.#open > MAX_MOVED_DEPTH ? LONG_HEAD_BYTES : 1;
    return mark;
  }

  /** Where writing goes on after a head at `mark` has been written. */
  #end = 0;

  /** @returns whether a head in the fewest bytes is to be written; otherwise a long one has been. */
  #closeUnknown(mark: number, count: number, longHead: number): boolean {
    this.#end = this.offset;
    const isLong = this.#open-- > MAX_MOVED_DEPTH;
    const growth = isLong ? 0 : this.headLength(count) - 1;
    if (growth > 0) {
      this.room(growth);
      this.target.copyWithin(mark + 1 + growth, mark + 1, this.offset);
      this.#end += growth;
    }
    this.offset = mark;
    if (isLong) this.head(longHead, 4, count);
    return !isLong;
  }

  #resume(): void {
    this.offset = this.#end;
  }

  /** Makes room for so many bytes. */
  protected room(length: number): void {
    if (this.offset + length > this.target.length) this.#grow(length);
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(2 * (this.offset + length), MIN_CAPACITY));
    larger.set(this.target.subarray(0, this.offset));
    this.target = larger;
  }

  protected copy(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > MAX_BYTES_IN_LOOP) this.raw(bytes.subarray(start, end));
    else {
      const { target } = this;
      let to = this.offset;
      for (let from = start; from < end; from++) target[to++] = bytes[from] as number;
      this.offset = to;
    }
  }

  /** Writes one byte and after it a value in `size` bytes. */
  protected head(byte: number, size: 0 | 1 | 2 | 4 | 8, value: number): void {
    this.target[this.offset++] = byte;
    if (size === 8) this.uint32(Math.floor(value / 0x1_0000_0000));
    if (size >= 4) return this.uint32(value);
    if (size === 2) this.target[this.offset++] = value >>> 8;
    if (size > 0) this.target[this.offset++] = value;
  }

  protected uint32(value: number): void {
    this.target[this.offset++] = value >>> 24;
    this.target[this.offset++] = value >>> 16;
    this.target[this.offset++] = value >>> 8;
    this.target[this.offset++] = value;
  }

  /** Writes one byte and after it an integer of 64 bits. */
  protected uint64(byte: number, value: bigint): void {
    this.room(MAX_HEAD_BYTES);
    this.#words.setBigUint64(0, value);
    this.head(byte, 4, this.#words.getUint32(0));
    this.uint32(this.#words.getUint32(4));
  }
}
