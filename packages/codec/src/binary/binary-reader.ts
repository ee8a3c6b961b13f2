import { ByteEdits } from "./byte-edits.js";
import type { CodecLimits } from "../codec.js";
import { DictKeys } from "../frame/dict-keys.js";
import { ProtocolError } from "../errors.js";
import { tooDeep, tooManyValues, trailingBytes, truncated } from "../frame/frame-errors.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { dictsFromMaps, type ValueLibrary, withoutUndefined } from "./value-library.js";

/** Level of nesting of the elements of a message; the message itself is level 1. */
export const ELEMENT_DEPTH = 2;

export const EMPTY_DICT: Readonly<Record<string, unknown>> = Object.freeze({});
const EMPTY_LIST: readonly unknown[] = Object.freeze([]);
const SOME_LIST: readonly unknown[] = Object.freeze([null]);
const SOME_DICT: object = Object.freeze({ some: null });

/** Stands for a list of that many elements where nobody looks into it, only whether it is empty. */
export const listOutline = (count: number): readonly unknown[] => (count === 0 ? EMPTY_LIST : SOME_LIST);
/** Stands for a dict of that many keys. */
export const dictOutline = (count: number): object => (count === 0 ? EMPTY_DICT : SOME_DICT);

/**
 * Walks over the frames of a binary format: checks that they are well-formed and hands out the elements of the
 * message. One instance reads frame after frame, so reading allocates next to nothing, and never by a length that a
 * frame announces.
 *
 * All methods throw ProtocolError, and nothing else, for bytes that are not valid.
 */
export abstract class FrameReader {
  protected bytes: Uint8Array = new Uint8Array(0);
  protected offset = 0;
  protected end = 0;
  /** True while a value is read for the library: what that would misread must be rewritten. */
  protected rewriting = false;
  /** Set when such a value has an integer that a number cannot hold. */
  protected hasBigint = false;
  protected readonly utf8: Utf8Reader = new Utf8Reader();
  protected readonly keys: DictKeys = new DictKeys(this.utf8);
  readonly #edits = new ByteEdits();
  readonly #library: ValueLibrary;
  readonly #limits: Required<CodecLimits>;
  /** Values that the frame had so far. */
  #values = 0;
  #needsMaps = false;
  #hasUndefined = false;

  constructor(library: ValueLibrary, limits: Required<CodecLimits>) {
    this.#library = library;
    this.#limits = limits;
  }

  /** Enters the message and says how many elements it has. */
  abstract list(): number;

  /** The next element of the header, integers and strings without help of the library. */
  abstract element(): unknown;

  /** Checks the value at the offset and moves past it. */
  protected abstract skip(depth: number): void;

  /** What stands for the list or dict at the offset, `undefined` for anything else. Does not move. */
  protected abstract outlineAhead(): object | undefined;

  /** Begins a frame, or the payload that was cut from one. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.offset = 0;
    this.end = bytes.length;
    this.rewriting = false;
    this.#values = 0;
    this.keys.reset();
  }

  /** Where the next element begins. */
  get position(): number {
    return this.offset;
  }

  /** Moves past an element of the payload. A list or dict is checked but not decoded: an outline stands for it. */
  outline(): unknown {
    const outline = this.outlineAhead();
    if (outline === undefined) return this.value();
    this.skip(ELEMENT_DEPTH);
    return outline;
  }

  /** Checks the next element and has the library decode it. */
  value(): unknown {
    const start = this.offset;
    this.hasBigint = false;
    let plain = this.#plain(start);
    // Only now is it known that the other integers of 64 bits must be told apart from those.
    if (this.hasBigint) plain = this.#plain(start);
    try {
      const decoded = this.#library.decode(plain, { maps: this.#needsMaps, bigints: this.hasBigint });
      const value = this.#needsMaps ? dictsFromMaps(decoded) : decoded;
      return this.#hasUndefined ? withoutUndefined(value) : value;
    } catch (error) {
      throw new ProtocolError(`the message cannot be decoded: ${(error as Error).message}`);
    }
  }

  /** Checks the element at `start` and gives it in a form that the library reads as we want it. */
  #plain(start: number): Uint8Array {
    this.offset = start;
    const values = this.#values;
    this.#edits.begin(this.bytes, start);
    this.#needsMaps = false;
    this.#hasUndefined = false;
    this.rewriting = true;
    this.skip(ELEMENT_DEPTH);
    this.rewriting = false;
    // It may be walked over again, and counts once.
    this.#values = values + 1;
    return this.#edits.finish(this.offset);
  }

  /** Nothing may follow the message. */
  close(): void {
    if (this.offset !== this.end) throw trailingBytes(this.end - this.offset);
  }

  /** Lets the library see `bytes` in the place of what was read since `start`. */
  protected rewrite(start: number, bytes: Uint8Array): void {
    if (this.rewriting) this.#edits.replace(start, this.offset, bytes);
  }

  /** Notes that the value being read has an `undefined`, in the form that the library decodes as one. */
  protected noteUndefined(): void {
    this.#hasUndefined = true;
  }

  protected enter(depth: number): void {
    if (depth > this.#limits.maxDepth) throw tooDeep(this.#limits.maxDepth);
  }

  /** Counts one value; to be called for each. */
  protected countValue(): void {
    if (++this.#values > this.#limits.maxValues) throw tooManyValues(this.#limits.maxValues);
  }

  /** Notes a key of the dict being read that lies in the frame as UTF-8, and moves past it. */
  protected textKey(length: number): void {
    const start = this.offset;
    this.skipText(length);
    this.keys.add(start, this.offset);
    if (this.rewriting && length === 9)
      this.#needsMaps ||= this.utf8.read(this.bytes, start, this.offset) === "__proto__";
  }

  /** Notes a key in another form than UTF-8 in one piece. */
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

  /** A bigint where a number is not exact; 2^53, the largest id, is a number. */
  protected uint64(): number | bigint {
    const high = this.uint32();
    const low = this.uint32();
    if (high < 0x20_0000 || (high === 0x20_0000 && low === 0)) return high * 0x1_0000_0000 + low;
    return (BigInt(high) << 32n) | BigInt(low);
  }
}
