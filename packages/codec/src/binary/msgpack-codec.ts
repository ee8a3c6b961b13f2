import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { BinaryCodec } from "./binary-codec.js";
import { BinaryWriter } from "./binary-writer.js";
import { MsgpackLibrary } from "./msgpack-library.js";
import { MsgpackReader } from "./msgpack-reader.js";

/**
 * Creates a MessagePack codec, WebSocket subprotocol `wamp.2.msgpack` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createMsgpackCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const library = new MsgpackLibrary();
  const reader = new MsgpackReader(library, checked);
  return new BinaryCodec({ id: "msgpack", reader, writer: new MsgpackWriter(), library }, checked);
}

class MsgpackWriter extends BinaryWriter {
  override list(count: number): void {
    this.head(0x90 | count, 0, count);
  }

  override emptyDict(): void {
    this.head(0x80, 0, 0);
  }

  override integer(value: number): void {
    if (value <= 0x7f) this.head(value, 0, value);
    else if (value <= 0xff) this.head(0xcc, 1, value);
    else if (value <= 0xffff) this.head(0xcd, 2, value);
    else if (value <= 0xffff_ffff) this.head(0xce, 4, value);
    else this.head(0xcf, 8, value);
  }

  protected override textHead(length: number): void {
    if (length <= 0x1f) this.head(0xa0 | length, 0, length);
    else if (length <= 0xff) this.head(0xd9, 1, length);
    else if (length <= 0xffff) this.head(0xda, 2, length);
    else this.head(0xdb, 4, length);
  }
}

/** A MessagePack codec with default limits. */
export const msgpack: Codec = createMsgpackCodec();
