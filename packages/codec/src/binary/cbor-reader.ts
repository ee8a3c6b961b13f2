import type { CodecLimits } from "../codec.js";
import type { CborLibrary } from "./cbor-library.js";
import { BYTES, CborHeads, DICT, INDEFINITE, LIST, NEGATIVE, TEXT, UNSIGNED } from "./cbor-heads.js";
import { refuse } from "../messages/checks.js";
import { invalidByte, invalidKey } from "../frame/frame-errors.js";
import { dictOutline, ELEMENT_DEPTH, EMPTY_DICT, listOutline } from "./binary-reader.js";

const NULL: Uint8Array = Uint8Array.of(0xf6);

/** Walks over CBOR frames. Tags are passed over: what they mark is the value. */
export class CborReader extends CborHeads {
  readonly #library: CborLibrary;
  #openEnded = false;

  constructor(library: CborLibrary, limits: Required<CodecLimits>) {
    super(library, limits);
    this.#library = library;
  }

  override list(): number {
    const start = this.offset;
    const head = this.headAfterTags();
    this.#openEnded = head === ((LIST << 5) | INDEFINITE);
    if (this.#openEnded) return this.#countAhead();
    if (head >> 5 === LIST) return this.length(head);
    this.offset = start;
    return refuse("message", "a list", this.value());
  }

  override close(): void {
    if (this.#openEnded) this.take(1);
    super.close();
  }

  override element(): unknown {
    const start = this.offset;
    const head = this.headAfterTags();
    const major = head >> 5;
    if (head === DICT << 5) return EMPTY_DICT;
    if (major === UNSIGNED || major === NEGATIVE) return this.integer(head);
    if (major === TEXT && (head & 31) !== INDEFINITE) return this.text(this.length(head));
    this.offset = start;
    return this.value();
  }

  protected override outlineAhead(): object | undefined {
    const start = this.offset;
    const head = this.headAfterTags();
    const major = head >> 5;
    let outline: object | undefined;
    if (major === LIST || major === DICT) {
      const count = (head & 31) === INDEFINITE ? Number(!this.isAtBreak()) : this.length(head);
      outline = major === LIST ? listOutline(count) : dictOutline(count);
    }
    this.offset = start;
    return outline;
  }

  protected override skip(depth: number): void {
    this.countValue();
    const head = this.headAfterTags();
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
      const length = this.length(head);
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
    if ((head & 31) === INDEFINITE) while (!this.passBreak()) this.skip(depth + 1);
    else for (let left = this.length(head); left > 0; left--) this.skip(depth + 1);
  }

  #dict(head: number, depth: number): void {
    this.enter(depth);
    const mark = this.keys.open();
    if ((head & 31) === INDEFINITE) while (!this.passBreak()) this.#member(depth);
    else for (let left = this.length(head); left > 0; left--) this.#member(depth);
    this.keys.close(this.bytes, mark);
  }

  /** Dicts inside the payload may have integers as keys, as some clients write them; elements of the message may not. */
  #member(depth: number): void {
    const head = this.headAfterTags();
    const start = this.offset - 1;
    const major = head >> 5;
    if (major === TEXT)
      if ((head & 31) === INDEFINITE) this.#chunkedKey(start);
      else this.textKey(this.length(head));
    else if (major <= NEGATIVE && depth > ELEMENT_DEPTH) this.#integerKey(head);
    else throw invalidKey();
    this.skip(depth + 1);
  }

  #skipInteger(head: number, start: number): void {
    if ((head & 31) < 27) return void this.argument(head);
    const value = this.integer(head);
    // The library reads integers of 64 bits as numbers all or as bigints all: beside a bigint, numbers become floats.
    if (typeof value === "bigint") this.hasBigint = true;
    else if (this.hasBigint) this.rewrite(start, this.#library.encodeLeaf(value));
  }

  /** Simple values that WAMP does not know become null; floats are left to the library. */
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
        if (this.uint8() < 32) throw invalidByte("CBOR", head);
        return this.rewrite(start, NULL);
      case 28:
      case 29:
      case 30:
      case INDEFINITE:
        throw invalidByte("CBOR", head);
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
    const value = this.integer(head);
    if (typeof value === "bigint") this.hasBigint = true;
    this.otherKey(String(value));
  }

  /** Checks a string that comes in chunks and moves past it; gives where the chunks begin. */
  #skipChunks(major: number): number {
    const first = this.offset;
    while (!this.passBreak()) {
      const head = this.uint8();
      if (head >> 5 !== major) throw invalidByte("CBOR", head);
      const length = this.length(head);
      if (major === TEXT) this.skipText(length);
      else this.take(length);
    }
    return first;
  }

  /** The chunks from `first` on, which were checked before, in one piece. */
  #joinChunks(first: number): Uint8Array {
    const joined = new Uint8Array(this.offset - first);
    let filled = 0;
    this.offset = first;
    while (!this.passBreak()) {
      const length = this.length(this.uint8());
      joined.set(this.bytes.subarray(this.offset, this.offset + length), filled);
      this.offset += length;
      filled += length;
    }
    return joined.subarray(0, filled);
  }

  #countAhead(): number {
    const start = this.offset;
    let count = 0;
    for (; !this.passBreak(); count++) this.skip(ELEMENT_DEPTH);
    this.offset = start;
    return count;
  }
}
