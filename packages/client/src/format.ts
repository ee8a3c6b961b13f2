import type { Message } from "@kreuz/codec";

/** Encodes and decodes messages for a WebSocket. Binary codecs of `@kreuz/codec` are formats. */
export interface Format {
  /** WebSocket subprotocol, for example `wamp.2.json`. */
  readonly subprotocol: string;
  /** Whether it is sent as binary messages; false for text. */
  readonly binary: boolean;
  /** @throws TypeError for a value that the format does not have. */
  encode(message: Message): string | Uint8Array;
  /** @throws ProtocolError for anything but a WAMP message. */
  decode(frame: never): Message;
}
