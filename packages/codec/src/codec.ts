import type { Message } from "./messages/messages.js";
import type { PayloadFormat } from "./payload.js";

/**
 * Decodes frames to WAMP messages and encodes messages to frames.
 *
 * A codec may own memory that it uses again, but no call affects the result of another: one codec serves all connections.
 */
export interface Codec extends PayloadFormat {
  /** WebSocket subprotocol that selects this codec, for example `wamp.2.json`. */
  readonly subprotocol: string;
  /** Whether frames travel as binary WebSocket messages; false for text. */
  readonly binary: boolean;
  /**
   * Decodes one frame. The message may refer to the bytes of the frame, which must not change afterwards.
   *
   * @throws ProtocolError, and nothing else, when the frame is not a valid WAMP message.
   */
  decode(frame: Uint8Array): Message;
  /** Encodes one message. The codec never writes into the returned frame again. */
  encode(message: Message): Uint8Array;
  /**
   * Encodes one message into memory of somebody else, such as what a transport is about to write. Reserves room once, and
   * writes the same bytes as {@link encode} does. A codec that throws has left nothing of use there.
   *
   * @returns the offset behind the frame in {@link FrameRoom.target}.
   */
  encodeInto(message: Message, room: FrameRoom): number;
}

/** Memory that a codec writes one frame into. */
export interface FrameRoom {
  /** Makes room for a frame of at most `maxBytes`. {@link target} and {@link start} are valid after this. */
  reserve(maxBytes: number): void;
  readonly target: Uint8Array;
  /** Offset in the target at which the frame starts. */
  readonly start: number;
}

/** Limits that a codec checks while it decodes. */
export interface CodecLimits {
  /** Maximum length of a frame in bytes. Default 4 MiB: a longer one can keep the process busy for more than 50 ms. */
  readonly maxBytes?: number;
  /** Maximum nesting of lists and dicts; the message itself is level 1. Default 64. */
  readonly maxDepth?: number;
  /**
   * Maximum number of values in one element of a message, such as `Arguments`: the element itself and all members of its
   * lists and dicts, at every level. Counted alike in every format. Bounds the time that decoding and transcoding take,
   * which `maxBytes` does not: 4 MiB may be one string or two million numbers. Default 100,000.
   */
  readonly maxValues?: number;
}

/** Default of {@link CodecLimits.maxBytes}. */
export const DEFAULT_MAX_BYTES: number = 4 * 1024 * 1024;
/** Default of {@link CodecLimits.maxDepth}. */
export const DEFAULT_MAX_DEPTH = 64;
/** Default of {@link CodecLimits.maxValues}. */
export const DEFAULT_MAX_VALUES = 100_000;
