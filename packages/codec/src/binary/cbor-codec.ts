import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { BinaryCodec } from "./binary-codec.js";
import { CborReader } from "./cbor-reader.js";
import { CborWriter } from "./cbor-writer.js";

/**
 * Creates a CBOR codec, WebSocket subprotocol `wamp.2.cbor` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createCborCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const format = { id: "cbor", reader: new CborReader(checked), writer: new CborWriter(), values: new CborWriter() };
  return new BinaryCodec(format, checked);
}

/** A CBOR codec with default limits. */
export const cbor: Codec = createCborCodec();
