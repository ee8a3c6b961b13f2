import type { CodecLimits } from "../codec.js";
import { ProtocolError } from "../errors.js";
import { DictKeys } from "../frame/dict-keys.js";
import { ELEMENT_DEPTH, tooDeep, tooManyValues } from "../frame/frame-limits.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { ByteEdits } from "./byte-edits.js";
import { dictsFromMaps, type ValueLibrary, withoutUndefined } from "./value-library.js";

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
  /** True while a value is read for the library: whatever the library would misread must be rewritten. */
  protected rewriting = false;
  /** Set when that value contains an integer that a number cannot hold. */
  protected hasBigint = false;
  protected readonly utf8: Utf8Reader = new Utf8Reader();
  protected readonly keys: DictKeys = new DictKeys(this.utf8);
  readonly #edits = new ByteEdits();
  readonly #library: ValueLibrary;
  readonly #limits: Required<CodecLimits>;
  /** Values in the frame so far. */
  #values = 0;
  #needsMaps = false;
  #hasUndefined = false;

  constructor(library: ValueLibrary, limits: Required<CodecLimits>) {
    this.#library = library;
    this.#limits = limits;
  }

  /** Enters the message. @returns the number of its elements. */
  abstract list(): number;

  /** Reads the next element of the header; integers and strings without the library. */
  abstract element(): unknown;

  /** Checks the value at the offset and moves past it. */
  protected abstract skip(depth: number): void;

  /** Returns a placeholder if a list or dict is at the offset, `undefined` otherwise. Does not move. */
  protected abstract placeholderAhead(): object | undefined;

  /** Starts a frame, or a payload that was cut from one. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.offset = 0;
    this.end = bytes.length;
    this.rewriting = false;
    this.#values = 0;
    this.keys.reset();
  }

  /** Offset of the next element. */
  get position(): number {
    return this.offset;
  }

  /** Checks the next element of the payload and moves past it. @returns a placeholder for a list or dict, the value of anything else. */
  payloadElement(): unknown {
    const placeholder = this.placeholderAhead();
    if (placeholder === undefined) return this.value();
    this.skip(ELEMENT_DEPTH);
    return placeholder;
  }

  /** Checks the next element and has the library decode it. */
  value(): unknown {
    const start = this.offset;
    this.hasBigint = false;
    let plain = this.#rewritten(start);
    // Only now is it known that there is a bigint, beside which other 64-bit integers must be rewritten.
    if (this.hasBigint) plain = this.#rewritten(start);
    try {
      const decoded = this.#library.decode(plain, { maps: this.#needsMaps, bigints: this.hasBigint });
      const value = this.#needsMaps ? dictsFromMaps(decoded) : decoded;
      return this.#hasUndefined ? withoutUndefined(value) : value;
    } catch (error) {
      throw new ProtocolError(`message cannot be decoded: ${(error as Error).message}`);
    }
  }

  /** Checks the element at `start`. @returns it in a form that the library decodes as intended. */
  #rewritten(start: number): Uint8Array {
    this.offset = start;
    const values = this.#values;
    this.#edits.begin(this.bytes, start);
    this.#needsMaps = false;
    this.#hasUndefined = false;
    this.rewriting = true;
    this.skip(ELEMENT_DEPTH);
    this.rewriting = false;
    // An element may be read twice and counts once.
    this.#values = values + 1;
    return this.#edits.finish(this.offset);
  }

  /** Ends the message; nothing may follow it. */
  close(): void {
    if (this.offset !== this.end)
      throw new ProtocolError(`frame continues after the message, extra bytes: ${this.end - this.offset}`);
  }

  /** Replaces what was read since `start` by `bytes` for the library. */
  protected rewrite(start: number, bytes: Uint8Array): void {
    if (this.rewriting) this.#edits.replace(start, this.offset, bytes);
  }

  /** Notes that the value contains an `undefined` that the library decodes as such. */
  protected noteUndefined(): void {
    this.#hasUndefined = true;
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
    if (this.rewriting && length === 9)
      this.#needsMaps ||= this.utf8.read(this.bytes, start, this.offset) === "__proto__";
  }

  /** Notes a key of the current dict that has any other form. */
  protected otherKey(text: string): void {
    this.keys.addText(text);
    this.#needsMaps ||= text === "__proto__";
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
    return (BigInt(high) << 32n) | BigInt(low);
  }
}

function truncated(): ProtocolError {
  return new ProtocolError("frame is truncated: it ends in the middle of the message");
}

export function unexpectedByte(format: string, byte: number): ProtocolError {
  return new ProtocolError(`unexpected byte 0x${byte.toString(16).padStart(2, "0")} in ${format}`);
}

export function invalidKey(): ProtocolError {
  return new ProtocolError("a dict has a key that is not a string");
}
