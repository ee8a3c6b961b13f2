import { BinaryCodec } from "./binary-codec.js";
import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { MsgpackLibrary } from "./msgpack-library.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { MsgpackWriter } from "./msgpack-writer.js";

/**
 * The MessagePack codec, WebSocket subprotocol `wamp.2.msgpack` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createMsgpackCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const library = new MsgpackLibrary();
  const reader = new MsgpackReader(library, checked);
  return new BinaryCodec({ id: "msgpack", reader, writer: new MsgpackWriter(), library }, checked);
}

/** A MessagePack codec with default limits. */
export const msgpack: Codec = createMsgpackCodec();
