import { EMPTY_DICT, reject } from "../messages/checks.js";
import { dictPlaceholder, listPlaceholder } from "../messages/message-layout.js";
import { PayloadError } from "../messages/payload-error.js";
import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { emitInteger, MAX_BIGINT_BITS, type ValueSink } from "../value-sink.js";
import { BinaryReader, invalidKey, unexpectedByte } from "./binary-reader.js";

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

/** Heads of simple values and floats. */
const FALSE = 0xf4;
const TRUE = 0xf5;
const UNDEFINED = 0xf7;
const FLOAT_16 = 0xf9;
const FLOAT_32 = 0xfa;
const FLOAT_64 = 0xfb;

/** Tags of integers of any length (RFC 8949, section 3.4.3). */
const UNSIGNED_BIGNUM = 2;
const NEGATIVE_BIGNUM = 3;

/** In place of a depth: tags have been checked. */
const CHECKED = Number.NEGATIVE_INFINITY;

/** Reads CBOR frames. Tags other than those of big integers are ignored: the tagged content is the value. */
export class CborReader extends BinaryReader {
  #isIndefinite = false;
  /** The tags before the last head: how many, and the innermost one. */
  #tags = 0;
  #tag: number | bigint = 0;

  override list(): number {
    const start = this.offset;
    const head = this.#headAfterTags(1);
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
    const head = this.#headAfterTags(ELEMENT_DEPTH);
    const major = head >> 5;
    if (head === DICT << 5) return EMPTY_DICT;
    if (major === UNSIGNED || major === NEGATIVE) return this.#integer(head);
    if (major === TEXT && (head & 31) !== INDEFINITE) return this.text(this.#length(head));
    this.offset = start;
    return this.value();
  }

  protected override placeholderAhead(): object | undefined {
    const start = this.offset;
    const head = this.#headAfterTags(ELEMENT_DEPTH);
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
    const head = this.#headAfterTags(depth);
    const inner = depth + this.#tags;
    switch (head >> 5) {
      case UNSIGNED:
      case NEGATIVE:
        return void this.#argument(head);
      case BYTES:
        return this.#isBignum() ? this.#skipBignum(head) : void this.#skipString(head, BYTES);
      case TEXT:
        return void this.#skipString(head, TEXT);
      case LIST:
        return this.#skipList(head, inner);
      case DICT:
        return this.#skipDict(head, inner);
      default:
        return this.#skipSimple(head);
    }
  }

  /** @returns the length without heads. */
  #skipString(head: number, major: number): number {
    if ((head & 31) === INDEFINITE) return this.#skipChunks(major, true);
    const length = this.#length(head);
    if (major === TEXT) this.skipText(length);
    else this.take(length);
    return length;
  }

  #skipBignum(head: number): void {
    if (this.#skipString(head, BYTES) > MAX_BIGINT_BITS / 8)
      throw new PayloadError(`CBOR integer of more than ${MAX_BIGINT_BITS} bits, the limit: send it as a string`);
  }

  #skipList(head: number, depth: number): void {
    this.enter(depth);
    if ((head & 31) === INDEFINITE) {
      this.isUnusual = true;
      while (!this.#passBreak()) this.skip(depth + 1);
    } else for (let left = this.#length(head); left > 0; left--) this.skip(depth + 1);
  }

  #skipDict(head: number, depth: number): void {
    this.enter(depth);
    const mark = this.keys.open();
    if ((head & 31) === INDEFINITE) {
      this.isUnusual = true;
      while (!this.#passBreak()) this.#skipMember(depth);
    } else for (let left = this.#length(head); left > 0; left--) this.#skipMember(depth);
    this.keys.close(this.bytes, mark);
  }

  #skipMember(depth: number): void {
    const head = this.uint8();
    if (head >> 5 !== TEXT) throw invalidKey();
    if ((head & 31) === INDEFINITE) {
      const start = this.offset;
      this.#skipChunks(TEXT, true);
      const joined = this.#joinChunks(start);
      this.keys.addText(this.utf8.read(joined, 0, joined.length));
    } else this.textKey(this.#length(head));
    this.skip(depth + 1);
  }

  #skipSimple(head: number): void {
    switch (head) {
      case FALSE:
      case TRUE:
      case 0xf6:
        return;
      case UNDEFINED:
        this.isUnusual = true;
        return;
      case FLOAT_16:
        return this.take(2);
      case FLOAT_32:
        return this.take(4);
      case FLOAT_64:
        return this.take(8);
      case 0xfc:
      case 0xfd:
      case 0xfe:
      case BREAK:
        throw unexpectedByte("CBOR", head);
    }
    const value = (head & 31) === 24 ? this.uint8() : head & 31;
    if ((head & 31) === 24 && value < 32) throw unexpectedByte("CBOR", head);
    throw new PayloadError(`CBOR simple value ${value}: WAMP has no such value`);
  }

  override emit(sink: ValueSink): void {
    const head = this.#headAfterTags(CHECKED);
    switch (head >> 5) {
      case UNSIGNED:
      case NEGATIVE: {
        const integer = this.#integer(head);
        return typeof integer === "number" ? sink.number(integer) : sink.bigint(integer);
      }
      case BYTES: {
        const isBignum = this.#isBignum();
        const bytes = this.#string(head);
        return isBignum ? emitInteger(bignum(bytes, this.#tag), sink) : sink.binary(bytes);
      }
      case TEXT: {
        const text = this.#string(head);
        return sink.utf8(text, 0, text.length);
      }
      case LIST:
        return this.#emitList(head, sink);
      case DICT:
        return this.#emitDict(head, sink);
      default:
        return this.#emitSimple(head, sink);
    }
  }

  #emitList(head: number, sink: ValueSink): void {
    let count = 0;
    if ((head & 31) === INDEFINITE) {
      const mark = sink.openList(-1);
      for (; !this.#passBreak(); count++) this.emit(sink);
      return sink.closeList(mark, count);
    }
    count = this.#length(head);
    const mark = sink.openList(count);
    for (let index = 0; index < count; index++) this.emit(sink);
    sink.closeList(mark, count);
  }

  #emitDict(head: number, sink: ValueSink): void {
    const isIndefinite = (head & 31) === INDEFINITE;
    const length = isIndefinite ? Number.POSITIVE_INFINITY : this.#length(head);
    const mark = sink.openDict(this.isUnusual ? -1 : length);
    let kept = 0;
    for (let index = 0; index < length; index++) {
      if (isIndefinite && this.#passBreak()) break;
      kept += this.#emitMember(sink);
    }
    sink.closeDict(mark, kept);
  }

  /** @returns how many members were handed on: none if the value is `undefined`. */
  #emitMember(sink: ValueSink): 0 | 1 {
    const key = this.#string(this.uint8());
    if (this.isUnusual) {
      const start = this.offset;
      if (this.#headAfterTags(CHECKED) === UNDEFINED) return 0;
      this.offset = start;
    }
    sink.utf8Key(key, 0, key.length);
    this.emit(sink);
    return 1;
  }

  #emitSimple(head: number, sink: ValueSink): void {
    switch (head) {
      case FALSE:
        return sink.boolean(false);
      case TRUE:
        return sink.boolean(true);
      case FLOAT_16:
        return sink.number(halfFloat(this.uint16()));
      case FLOAT_32:
        return sink.number(this.float32());
      case FLOAT_64:
        return sink.number(this.float64());
      default:
        return sink.null();
    }
  }

  /** Reads the bytes of a string that has been checked. */
  #string(head: number): Uint8Array {
    if ((head & 31) === INDEFINITE) {
      const start = this.offset;
      this.#skipChunks(head >> 5, false);
      return this.#joinChunks(start);
    }
    const length = this.#length(head);
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  /**
   * Checks a string in chunks and moves past it.
   *
   * @param counts - whether each chunk counts as a value, since empty ones take time, too.
   * @returns the length of all chunks together.
   */
  #skipChunks(major: number, counts: boolean): number {
    this.isUnusual = true;
    let total = 0;
    while (!this.#passBreak()) {
      const head = this.uint8();
      if (head >> 5 !== major) throw unexpectedByte("CBOR", head);
      if (counts) this.countValue();
      const length = this.#length(head);
      if (major === TEXT) this.skipText(length);
      else this.take(length);
      total += length;
    }
    return total;
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
    for (; !this.#passBreak(); count++) this.skipElement();
    this.offset = start;
    return count;
  }

  /** Reads the next head that is not a tag. Each tag is a level of nesting, as it is for decoders that keep tags. */
  #headAfterTags(depth: number): number {
    let head = this.uint8();
    this.#tags = 0;
    if (head >> 5 !== TAG) return head;
    for (; head >> 5 === TAG; head = this.uint8()) {
      this.#tag = this.#argument(head);
      this.enter(depth + ++this.#tags);
    }
    // A long integer keeps its tag, and any other form loses it.
    this.isUnusual ||= !this.#isPlainBignum(head);
    return head;
  }

  #isBignum(): boolean {
    return this.#tags > 0 && (this.#tag === UNSIGNED_BIGNUM || this.#tag === NEGATIVE_BIGNUM);
  }

  /** Whether this is a big integer as it is written here: one tag and more than 64 bits without leading zeros. */
  #isPlainBignum(head: number): boolean {
    if (this.#tags !== 1 || !this.#isBignum() || head >> 5 !== BYTES || (head & 31) === INDEFINITE) return false;
    const start = this.offset;
    const length = this.#length(head);
    const first = this.bytes[this.offset];
    this.offset = start;
    return length > 8 && first !== 0;
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

function bignum(bytes: Uint8Array, tag: number | bigint): bigint {
  let magnitude = 0n;
  for (const byte of bytes) magnitude = (magnitude << 8n) | BigInt(byte);
  return tag === NEGATIVE_BIGNUM ? -1n - magnitude : magnitude;
}

/** A float of 16 bits (RFC 8949, appendix D). */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
