import type { Framing } from "../output/framer.js";

/** Types of transport messages (spec: "RawSocket Transport", "Framing"). */
export const FrameType = { MESSAGE: 0, PING: 1, PONG: 2 } as const;

export const PREFIX_BYTES = 4;

/** The prefix of a regular message. */
export const rawSocketFraming: Framing = {
  headerLength: () => PREFIX_BYTES,
  writeHeader: (target, offset, length) => writePrefix(target, offset, FrameType.MESSAGE, length),
};

/** Length in 24 bits; the 25th bit, above the type's, is set for 16 MiB alone. */
export function writePrefix(target: Uint8Array, offset: number, type: number, length: number): void {
  target[offset] = type | (length >>> 24 === 0 ? 0 : LENGTH_BIT);
  target[offset + 1] = (length >>> 16) & 0xff;
  target[offset + 2] = (length >>> 8) & 0xff;
  target[offset + 3] = length & 0xff;
}

/** A whole frame, for the short ones between messages. */
export function controlFrame(type: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  writePrefix(frame, 0, type, payload.length);
  frame.set(payload, PREFIX_BYTES);
  return frame;
}

const LENGTH_BIT = 0x08;
const TYPE_BITS = 0x07;
const RESERVED_BITS = 0xf0;

/** What a prefix says. */
export interface Prefix {
  readonly type: number;
  readonly length: number;
}

/** @returns what is wrong with it, as text, when the prefix breaks the specification. */
export function readPrefix(prefix: number): Prefix | string {
  const first = prefix >>> 24;
  const low = prefix & 0xff_ffff;
  const type = first & TYPE_BITS;
  if ((first & RESERVED_BITS) !== 0) return "reserved bits in a frame's prefix";
  if (type > FrameType.PONG) return `frame type ${type} is reserved`;
  if ((first & LENGTH_BIT) === 0) return { type, length: low };
  return low === 0 ? { type, length: 2 ** 24 } : "the 25th bit of a length is for 16 MiB alone";
}
