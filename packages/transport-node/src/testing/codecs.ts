import type { Codec } from "@kreuz/codec";
import { createJsonCodec } from "@kreuz/codec/json";

/** A codec of text messages. */
export const text: Codec = createJsonCodec();

/** A codec of binary messages. Transports do not look into frames, so that any bytes will do. */
export const binary: Codec = {
  id: "binary",
  subprotocol: "wamp.2.binary",
  binary: true,
  decode: (frame) => text.decode(frame),
  encode: (message) => text.encode(message),
  encodeInto: (message, room) => text.encodeInto(message, room),
  decodePayload: (payload) => text.decodePayload(payload),
  encodePayload: (payload) => text.encodePayload(payload),
};
