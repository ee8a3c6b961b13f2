import { PayloadError } from "../messages/payload-error.js";
import type { ValueSink } from "../value-sink.js";
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
        return this.#extension(this.uint8());
      case 0xc8:
        return this.#extension(this.uint16());
      case 0xc9:
        return this.#extension(this.uint32());
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
      case 0xd3:
        return this.take(8);
      case 0xc1:
        throw unexpectedByte("MessagePack", code);
      default:
        // 0xd4 to 0xd8: extensions of 1, 2, 4, 8 and 16 bytes.
        return this.#extension(1 << (code - 0xd4));
    }
  }

  override emit(sink: ValueSink): void {
    const code = this.uint8();
    const integer = this.#integer(code);
    if (integer !== undefined) return typeof integer === "number" ? sink.number(integer) : sink.bigint(integer);
    const textLength = this.#textLength(code);
    if (textLength >= 0) {
      this.offset += textLength;
      return sink.utf8(this.bytes, this.offset - textLength, this.offset);
    }
    const listLength = this.#listLength(code);
    if (listLength >= 0) return this.#emitList(listLength, sink);
    const dictLength = this.#dictLength(code);
    if (dictLength >= 0) return this.#emitDict(dictLength, sink);
    switch (code) {
      case 0xc2:
      case 0xc3:
        return sink.boolean(code === 0xc3);
      case 0xc4:
        return this.#emitBinary(this.uint8(), sink);
      case 0xc5:
        return this.#emitBinary(this.uint16(), sink);
      case 0xc6:
        return this.#emitBinary(this.uint32(), sink);
      case 0xca:
        return sink.number(this.float32());
      case 0xcb:
        return sink.number(this.float64());
      case 0xd4:
        // The only extension that passes the check is `undefined`.
        this.offset += 2;
    }
    sink.null();
  }

  #emitList(count: number, sink: ValueSink): void {
    const mark = sink.openList(count);
    for (let index = 0; index < count; index++) this.emit(sink);
    sink.closeList(mark, count);
  }

  #emitDict(count: number, sink: ValueSink): void {
    const mark = sink.openDict(this.isUnusual ? -1 : count);
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const length = this.#textLength(this.uint8());
      const start = this.offset;
      this.offset += length;
      if (this.isUnusual && this.#isUndefined(this.offset)) {
        this.offset += 3;
        continue;
      }
      sink.utf8Key(this.bytes, start, start + length);
      this.emit(sink);
      kept++;
    }
    sink.closeDict(mark, kept);
  }

  #emitBinary(length: number, sink: ValueSink): void {
    this.offset += length;
    sink.binary(this.bytes.subarray(this.offset - length, this.offset));
  }

  #list(count: number, depth: number): void {
    this.enter(depth);
    for (let index = 0; index < count; index++) this.skip(depth + 1);
  }

  #dict(count: number, depth: number): void {
    this.enter(depth);
    const mark = this.keys.open();
    for (let index = 0; index < count; index++) {
      this.#key();
      this.skip(depth + 1);
    }
    this.keys.close(this.bytes, mark);
  }

  #key(): void {
    const length = this.#textLength(this.uint8());
    if (length < 0) throw invalidKey();
    this.textKey(length);
  }

  /** Extensions are outside WAMP's data model, and what a type means is only known to some peers. */
  #extension(length: number): void {
    const type = (this.uint8() << 24) >> 24;
    this.take(length);
    if (!this.#isUndefined(this.offset - 3))
      throw new PayloadError(`MessagePack extension of type ${type}: WAMP has no such value`);
    this.isUnusual = true;
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
