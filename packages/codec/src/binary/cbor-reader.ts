import type { CodecLimits } from "../codec.js";
import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { EMPTY_DICT, reject } from "../messages/checks.js";
import { dictPlaceholder, listPlaceholder } from "../messages/message-layout.js";
import { BinaryReader, invalidKey, unexpectedByte } from "./binary-reader.js";
import type { CborLibrary } from "./cbor-library.js";

/** Major types, the upper three bits of a head (RFC 8949, section 3.1). */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const DICT = 5;
const TAG = 6;

/** Additional information, the lower five bits of a head, for a length that is not known in advance. */
const INDEFINITE = 31;
const BREAK = 0xff;

const NOTHING: Uint8Array = new Uint8Array(0);
const NULL: Uint8Array = Uint8Array.of(0xf6);

/** Reads CBOR frames. Tags are ignored: the tagged content is the value. */
export class CborReader extends BinaryReader {
  readonly #library: CborLibrary;
  #isIndefinite = false;

  constructor(library: CborLibrary, limits: Required<CodecLimits>) {
    super(library, limits);
    this.#library = library;
  }

  override list(): number {
    const start = this.offset;
    const head = this.#headAfterTags();
    this.#isIndefinite = head === ((LIST << 5) | INDEFINITE);
    if (this.#isIndefinite) return this.#countAhead();
    if (head >> 5 === LIST) return this.#length(head);
    this.offset = start;
    return reject("message", "a list", this.value());
  }

  override close(): void {
    if (this.#isIndefinite) this.take(1);
    super.close();
  }

  override element(): unknown {
    const start = this.offset;
    const head = this.#headAfterTags();
    const major = head >> 5;
    if (head === DICT << 5) return EMPTY_DICT;
    if (major === UNSIGNED || major === NEGATIVE) return this.#integer(head);
    if (major === TEXT && (head & 31) !== INDEFINITE) return this.text(this.#length(head));
    this.offset = start;
    return this.value();
  }

  protected override placeholderAhead(): object | undefined {
    const start = this.offset;
    const head = this.#headAfterTags();
    const major = head >> 5;
    let placeholder: object | undefined;
    if (major === LIST || major === DICT) {
      const count = (head & 31) === INDEFINITE ? Number(!this.#isAtBreak()) : this.#length(head);
      placeholder = major === LIST ? listPlaceholder(count) : dictPlaceholder(count);
    }
    this.offset = start;
    return placeholder;
  }

  protected override skip(depth: number): void {
    this.countValue();
    const head = this.#headAfterTags();
    const start = this.offset - 1;
    switch (head >> 5) {
      case UNSIGNED:
      case NEGATIVE:
        return this.#skipInteger(head, start);
      case BYTES:
      case TEXT:
        return this.#string(head, start);
      case LIST:
        return this.#list(head, depth);
      case DICT:
        return this.#dict(head, depth);
      default:
        return this.#simple(head, start);
    }
  }

  #string(head: number, start: number): void {
    const major = head >> 5;
    if ((head & 31) !== INDEFINITE) {
      const length = this.#length(head);
      if (major === TEXT) this.skipText(length);
      else this.take(length);
      return;
    }
    const first = this.#skipChunks(major);
    if (!this.rewriting) return;
    const joined = this.#joinChunks(first);
    this.rewrite(start, this.#library.encodeLeaf(major === TEXT ? this.utf8.read(joined, 0, joined.length) : joined));
  }

  #list(head: number, depth: number): void {
    this.enter(depth);
    if ((head & 31) === INDEFINITE) while (!this.#passBreak()) this.skip(depth + 1);
    else for (let left = this.#length(head); left > 0; left--) this.skip(depth + 1);
  }

  #dict(head: number, depth: number): void {
    this.enter(depth);
    const mark = this.keys.open();
    if ((head & 31) === INDEFINITE) while (!this.#passBreak()) this.#member(depth);
    else for (let left = this.#length(head); left > 0; left--) this.#member(depth);
    this.keys.close(this.bytes, mark);
  }

  /** Keys may be integers in dicts inside the payload, as some clients send them, but not in elements of the message. */
  #member(depth: number): void {
    const head = this.#headAfterTags();
    const start = this.offset - 1;
    const major = head >> 5;
    if (major === TEXT)
      if ((head & 31) === INDEFINITE) this.#chunkedKey(start);
      else this.textKey(this.#length(head));
    else if (major <= NEGATIVE && depth > ELEMENT_DEPTH) this.#integerKey(head);
    else throw invalidKey();
    this.skip(depth + 1);
  }

  #skipInteger(head: number, start: number): void {
    if ((head & 31) < 27) return void this.#argument(head);
    const value = this.#integer(head);
    // cbor-x reads all 64-bit integers as numbers or all as bigints; beside a bigint, the others are rewritten as floats.
    if (typeof value === "bigint") this.hasBigint = true;
    else if (this.hasBigint) this.rewrite(start, this.#library.encodeLeaf(value));
  }

  /** Simple values that WAMP lacks become null; the library reads floats. */
  #simple(head: number, start: number): void {
    switch (head & 31) {
      case 20:
      case 21:
      case 22:
        return;
      case 23:
        return this.noteUndefined();
      case 25:
        return this.take(2);
      case 26:
        return this.take(4);
      case 27:
        return this.take(8);
      case 24:
        if (this.uint8() < 32) throw unexpectedByte("CBOR", head);
        return this.rewrite(start, NULL);
      case 28:
      case 29:
      case 30:
      case INDEFINITE:
        throw unexpectedByte("CBOR", head);
      default:
        return this.rewrite(start, NULL);
    }
  }

  #chunkedKey(start: number): void {
    const bytes = this.#joinChunks(this.#skipChunks(TEXT));
    const text = this.utf8.read(bytes, 0, bytes.length);
    this.otherKey(text);
    if (this.rewriting) this.rewrite(start, this.#library.encodeLeaf(text));
  }

  #integerKey(head: number): void {
    const value = this.#integer(head);
    if (typeof value === "bigint") this.hasBigint = true;
    this.otherKey(String(value));
  }

  /** Checks a string in chunks and moves past it. @returns the offset of the first chunk. */
  #skipChunks(major: number): number {
    const first = this.offset;
    while (!this.#passBreak()) {
      const head = this.uint8();
      if (head >> 5 !== major) throw unexpectedByte("CBOR", head);
      const length = this.#length(head);
      if (major === TEXT) this.skipText(length);
      else this.take(length);
    }
    return first;
  }

  /** Joins the chunks from `first` on, which {@link #skipChunks} has checked. */
  #joinChunks(first: number): Uint8Array {
    const joined = new Uint8Array(this.offset - first);
    let filled = 0;
    this.offset = first;
    while (!this.#passBreak()) {
      const length = this.#length(this.uint8());
      joined.set(this.bytes.subarray(this.offset, this.offset + length), filled);
      this.offset += length;
      filled += length;
    }
    return joined.subarray(0, filled);
  }

  /** Counts the elements of a message of indefinite length. Does not move. */
  #countAhead(): number {
    const start = this.offset;
    let count = 0;
    for (; !this.#passBreak(); count++) this.skip(ELEMENT_DEPTH);
    this.offset = start;
    return count;
  }

  /** Reads the next head that is not a tag. Any number of tags counts as one step and adds no depth. */
  #headAfterTags(): number {
    const start = this.offset;
    let head = this.uint8();
    if (head >> 5 !== TAG) return head;
    while (head >> 5 === TAG) {
      this.#argument(head);
      head = this.uint8();
    }
    this.offset--;
    this.rewrite(start, NOTHING);
    this.offset++;
    return head;
  }

  #isAtBreak(): boolean {
    return this.bytes[this.offset] === BREAK;
  }

  /** Moves past a break. @returns whether one was there. */
  #passBreak(): boolean {
    const atBreak = this.#isAtBreak();
    if (atBreak) this.offset++;
    return atBreak;
  }

  #integer(head: number): number | bigint {
    const value = this.#argument(head);
    if (head >> 5 === UNSIGNED) return value;
    return typeof value === "number" && value < 2 ** 53 ? -1 - value : -1n - BigInt(value);
  }

  #length(head: number): number {
    return Number(this.#argument(head));
  }

  #argument(head: number): number | bigint {
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
        throw unexpectedByte("CBOR", head);
    }
  }
}
