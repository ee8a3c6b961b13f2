import type { CodecLimits } from "../codec.js";
import { ProtocolError } from "../errors.js";
import { PayloadError } from "../messages/payload-error.js";
import { DictKeys } from "../frame/dict-keys.js";
import { ELEMENT_DEPTH, tooDeep, tooManyValues } from "../frame/frame-limits.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { ValueBuilder } from "../values/value-builder.js";
import type { ValueSink } from "../value-sink.js";

/**
 * Reads frames of a binary format: checks that they are well-formed and returns the elements of the message. One
 * instance reads all frames, so that reading allocates next to nothing, and never as much as a frame merely announces.
 *
 * Methods throw ProtocolError, and nothing else, for invalid bytes.
 */
export abstract class BinaryReader {
  protected bytes: Uint8Array = new Uint8Array(0);
  protected offset = 0;
  protected end = 0;
  /** Set by a value whose bytes not every decoder reads alike. It leaves the router in another form. */
  protected isUnusual = false;
  protected readonly utf8: Utf8Reader = new Utf8Reader();
  protected readonly keys: DictKeys = new DictKeys(this.utf8);
  readonly #builder = new ValueBuilder(this.utf8);
  readonly #limits: Required<CodecLimits>;
  readonly #words = new DataView(new ArrayBuffer(8));
  /** Values in the element so far. */
  #values = 0;

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
  }

  /** Enters the message. @returns the number of its elements. */
  abstract list(): number;

  /** Reads the next element of the header. */
  abstract element(): unknown;

  /** Checks the value at the offset and moves past it. */
  protected abstract skip(depth: number): void;

  /** Hands the value at the offset, which has been checked, to a sink and moves past it. */
  abstract emit(sink: ValueSink): void;

  /** Returns a placeholder if a list or dict is at the offset, `undefined` otherwise. Does not move. */
  protected abstract placeholderAhead(): object | undefined;

  /** Starts a frame. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.offset = 0;
    this.end = bytes.length;
    this.keys.reset();
  }

  /** Starts a payload that was cut from a frame and has the usual form. */
  openPayload(bytes: Uint8Array): void {
    this.open(bytes);
    this.isUnusual = false;
  }

  /** Offset of the next element. */
  get position(): number {
    return this.offset;
  }

  /** Whether an element since {@link beginPayload} is in a form that other decoders may not read. */
  get unusual(): boolean {
    return this.isUnusual;
  }

  /** Marks the start of the payload. @returns its offset. */
  beginPayload(): number {
    this.isUnusual = false;
    return this.offset;
  }

  /** Goes back to an element, to hand it to a sink. */
  rewind(offset: number): void {
    this.offset = offset;
  }

  /** Checks the next element of the payload and moves past it. @returns a placeholder for a list or dict, the value of anything else. */
  payloadElement(): unknown {
    const placeholder = this.placeholderAhead();
    if (placeholder === undefined) return this.value();
    this.skipElement();
    return placeholder;
  }

  /** Checks the next element and builds its value. */
  value(): unknown {
    const start = this.offset;
    this.skipElement();
    this.offset = start;
    return this.build();
  }

  /** Checks the next element of the message and moves past it. */
  protected skipElement(): void {
    this.#values = 0;
    this.skip(ELEMENT_DEPTH);
  }

  /** Builds the value at the offset, which has been checked. */
  build(): unknown {
    this.emit(this.#builder);
    return this.#builder.finish();
  }

  /** Ends the message; nothing may follow it. */
  close(): void {
    if (this.offset !== this.end)
      throw new ProtocolError(`frame continues after the message, extra bytes: ${this.end - this.offset}`);
  }

  /** Checks the depth of a list or dict; to be called for each. */
  protected enter(depth: number): void {
    if (depth > this.#limits.maxDepth) throw tooDeep(this.#limits.maxDepth);
  }

  /** Counts one value; to be called for each. */
  protected countValue(): void {
    if (++this.#values > this.#limits.maxValues) throw tooManyValues(this.#limits.maxValues);
  }

  /** Reads a key of the current dict that lies in the frame as UTF-8. */
  protected textKey(length: number): void {
    const start = this.offset;
    this.skipText(length);
    this.keys.add(start, this.offset);
  }

  protected skipText(length: number): void {
    const start = this.offset;
    this.take(length);
    this.utf8.check(this.bytes, start, this.offset);
  }

  protected text(length: number): string {
    const start = this.offset;
    this.take(length);
    return this.utf8.read(this.bytes, start, this.offset);
  }

  protected take(count: number): void {
    if (count > this.end - this.offset) throw truncated();
    this.offset += count;
  }

  protected uint8(): number {
    if (this.offset >= this.end) throw truncated();
    return this.bytes[this.offset++] as number;
  }

  protected uint16(): number {
    return (this.uint8() << 8) | this.uint8();
  }

  protected uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16();
  }

  /** A bigint where a number is not exact. 2^53, the largest id, is a number. */
  protected uint64(): number | bigint {
    const high = this.uint32();
    const low = this.uint32();
    if (high < 0x20_0000 || (high === 0x20_0000 && low === 0)) return high * 0x1_0000_0000 + low;
    this.#words.setUint32(0, high);
    this.#words.setUint32(4, low);
    return this.#words.getBigUint64(0);
  }

  protected float32(): number {
    this.#words.setUint32(0, this.uint32());
    return this.#words.getFloat32(0);
  }

  protected float64(): number {
    this.#words.setUint32(0, this.uint32());
    this.#words.setUint32(4, this.uint32());
    return this.#words.getFloat64(0);
  }
}

function truncated(): ProtocolError {
  return new ProtocolError("frame is truncated: it ends in the middle of the message");
}

export function unexpectedByte(format: string, byte: number): ProtocolError {
  return new ProtocolError(`unexpected byte 0x${byte.toString(16).padStart(2, "0")} in ${format}`);
}

export function invalidKey(): ProtocolError {
  return new PayloadError("a dict has a key that is not a string");
}
