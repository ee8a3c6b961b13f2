import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { BinaryCodec } from "./binary-codec.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { MsgpackWriter } from "./msgpack-writer.js";

/**
 * Creates a MessagePack codec, WebSocket subprotocol `wamp.2.msgpack` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createMsgpackCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const [writer, values] = [new MsgpackWriter(), new MsgpackWriter()];
  return new BinaryCodec({ id: "msgpack", reader: new MsgpackReader(checked), writer, values }, checked);
}

/** A MessagePack codec with default limits. */
export const msgpack: Codec = createMsgpackCodec();
