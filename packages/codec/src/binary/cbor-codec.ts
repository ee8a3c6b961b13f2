import { BinaryCodec } from "./binary-codec.js";
import { CborLibrary } from "./cbor-library.js";
import { CborReader } from "./cbor-reader.js";
import { CborWriter } from "./cbor-writer.js";
import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";

/**
 * The CBOR codec, WebSocket subprotocol `wamp.2.cbor` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createCborCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const library = new CborLibrary();
  const reader = new CborReader(library, checked);
  return new BinaryCodec({ id: "cbor", reader, writer: new CborWriter(), library }, checked);
}

/** A CBOR codec with default limits. */
export const cbor: Codec = createCborCodec();
