import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { EMPTY_DICT, reject } from "../messages/checks.js";
import { dictPlaceholder, listPlaceholder } from "../messages/message-layout.js";
import { BinaryReader, invalidKey, unexpectedByte } from "./binary-reader.js";

/** Reads MessagePack frames. */
export class MsgpackReader extends BinaryReader {
  override list(): number {
    const start = this.offset;
    const count = this.#listLength(this.uint8());
    if (count >= 0) return count;
    this.offset = start;
    return reject("message", "a list", this.value());
  }

  override element(): unknown {
    const start = this.offset;
    const code = this.uint8();
    const length = this.#textLength(code);
    if (length >= 0) return this.text(length);
    if (code === 0x80) return EMPTY_DICT;
    const integer = this.#integer(code);
    if (integer !== undefined) return integer;
    this.offset = start;
    return this.value();
  }

  protected override placeholderAhead(): object | undefined {
    const start = this.offset;
    const code = this.uint8();
    const list = this.#listLength(code);
    const dict = this.#dictLength(code);
    this.offset = start;
    if (list >= 0) return listPlaceholder(list);
    return dict >= 0 ? dictPlaceholder(dict) : undefined;
  }

  protected override skip(depth: number): void {
    this.countValue();
    const start = this.offset;
    const code = this.uint8();
    if (code <= 0x7f || code >= 0xe0) return;
    if (code <= 0x8f || code >= 0xde) return this.#dict(this.#dictLength(code), depth);
    if (code <= 0x9f || code >= 0xdc) return this.#list(this.#listLength(code), depth);
    if (code <= 0xbf || code >= 0xd9) return this.skipText(this.#textLength(code));
    switch (code) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
        return this.take(this.uint8());
      case 0xc5:
        return this.take(this.uint16());
      case 0xc6:
        return this.take(this.uint32());
      case 0xc7:
        return this.#extension(start, this.uint8());
      case 0xc8:
        return this.#extension(start, this.uint16());
      case 0xc9:
        return this.#extension(start, this.uint32());
      case 0xcc:
      case 0xd0:
        return this.take(1);
      case 0xcd:
      case 0xd1:
        return this.take(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.take(4);
      case 0xcb:
      case 0xcf:
        return this.take(8);
      case 0xd3:
        return this.skipSigned(start);
      case 0xc1:
        throw unexpectedByte("MessagePack", code);
      default:
        // 0xd4 to 0xd8: extensions of 1, 2, 4, 8 and 16 bytes.
        return this.#extension(start, 1 << (code - 0xd4));
    }
  }

  /** Moves past the eight bytes of a signed integer whose code is at `start`. */
  protected skipSigned(_start: number): void {
    this.take(8);
  }

  #list(count: number, depth: number): void {
    this.enter(depth);
    for (let index = 0; index < count; index++) this.skip(depth + 1);
  }

  #dict(count: number, depth: number): void {
    this.enter(depth);
    const mark = this.keys.open();
    for (let index = 0; index < count; index++) {
      this.#key(depth);
      this.skip(depth + 1);
    }
    this.keys.close(this.bytes, mark);
  }

  /** Keys may be integers in dicts inside the payload, as some clients send them, but not in elements of the message. */
  #key(depth: number): void {
    const code = this.uint8();
    const length = this.#textLength(code);
    if (length >= 0) return this.textKey(length);
    const integer = depth > ELEMENT_DEPTH ? this.#integer(code) : undefined;
    if (integer === undefined) throw invalidKey();
    this.otherKey(String(integer));
  }

  /** An extension is read as the bytes of its content, whatever its type means to the peers. */
  #extension(start: number, length: number): void {
    this.take(1);
    if (this.#isUndefined(start)) this.noteUndefined();
    else if (this.rewriting) this.rewrite(start, binaryHead(length));
    this.take(length);
  }

  /** MessagePack has no `undefined`; JavaScript libraries write and read it as this extension. */
  #isUndefined(start: number): boolean {
    return this.bytes[start] === 0xd4 && this.bytes[start + 1] === 0 && this.bytes[start + 2] === 0;
  }

  #textLength(code: number): number {
    if (code >= 0xa0 && code <= 0xbf) return code & 0x1f;
    if (code === 0xd9) return this.uint8();
    if (code === 0xda) return this.uint16();
    return code === 0xdb ? this.uint32() : -1;
  }

  #listLength(code: number): number {
    if (code >= 0x90 && code <= 0x9f) return code & 0x0f;
    if (code === 0xdc) return this.uint16();
    return code === 0xdd ? this.uint32() : -1;
  }

  #dictLength(code: number): number {
    if (code >= 0x80 && code <= 0x8f) return code & 0x0f;
    if (code === 0xde) return this.uint16();
    return code === 0xdf ? this.uint32() : -1;
  }

  #integer(code: number): number | bigint | undefined {
    if (code <= 0x7f) return code;
    if (code >= 0xe0) return code - 0x100;
    switch (code) {
      case 0xcc:
        return this.uint8();
      case 0xcd:
        return this.uint16();
      case 0xce:
        return this.uint32();
      case 0xcf:
        return this.uint64();
      case 0xd0:
        return (this.uint8() << 24) >> 24;
      case 0xd1:
        return (this.uint16() << 16) >> 16;
      case 0xd2:
        return this.uint32() | 0;
      case 0xd3:
        return this.#int64();
      default:
        return undefined;
    }
  }

  #int64(): number | bigint {
    const value = BigInt.asIntN(64, BigInt(this.uint64()));
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
  }
}

function binaryHead(length: number): Uint8Array {
  if (length <= 0xff) return Uint8Array.of(0xc4, length);
  if (length <= 0xffff) return Uint8Array.of(0xc5, length >>> 8, length);
  return Uint8Array.of(0xc6, length >>> 24, length >>> 16, length >>> 8, length);
}
