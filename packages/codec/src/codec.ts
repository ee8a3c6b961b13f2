import type { Message } from "./messages/messages.js";
import type { PayloadFormat } from "./payload.js";

/**
 * Turns WAMP messages into frames and back. Stateless as seen from outside: one codec serves all connections.
 *
 * `decode` throws {@link ProtocolError} for every frame that is not a valid WAMP message, and nothing else.
 */
export interface Codec extends PayloadFormat {
  /** WebSocket subprotocol that selects this codec, for example `wamp.2.json`. */
  readonly subprotocol: string;
  /** True when frames travel as binary WebSocket messages, false for text. */
  readonly binary: boolean;
  decode(frame: Uint8Array): Message;
  encode(message: Message): Uint8Array;
}

/** Bounds that a codec checks while it decodes. */
export interface CodecLimits {
  /** Largest frame in bytes. Default 16 MiB, the most that RawSocket can carry. */
  readonly maxBytes?: number;
  /** Deepest nesting of lists and dicts, the message itself being level 1. Default 64. */
  readonly maxDepth?: number;
  /**
   * Most values in one message, members of lists and dicts at every level. Bounds the time that decoding takes: bytes do
   * not, since sixteen million of them may be one string or eight million numbers. Default 1 000 000.
   */
  readonly maxValues?: number;
}

export const DEFAULT_MAX_BYTES: number = 16 * 1024 * 1024;
export const DEFAULT_MAX_DEPTH = 64;
export const DEFAULT_MAX_VALUES = 1_000_000;
