import type { Framing } from "../output/framing.js";

/** Types of transport messages (spec: "RawSocket Transport", "Framing"). */
export const FrameType = { MESSAGE: 0, PING: 1, PONG: 2 } as const;

const PREFIX_BYTES = 4;
const EMPTY: Uint8Array = new Uint8Array(0);
const NOTHING: Buffer = Buffer.alloc(0);

/** The prefix of a regular message. */
export const rawSocketFraming: Framing = {
  headerLength: () => PREFIX_BYTES,
  writeHeader: (target, offset, length) => writePrefix(target, offset, FrameType.MESSAGE, length),
};

/** The whole frame of a PING or PONG. */
export function controlFrame(type: number, payload: Uint8Array = EMPTY): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  writePrefix(frame, 0, type, payload.length);
  frame.set(payload, PREFIX_BYTES);
  return frame;
}

/** Writes the length in 24 bits. The 25th bit, next to the type, is set for 16 MiB only. */
function writePrefix(target: Uint8Array, offset: number, type: number, length: number): void {
  target[offset] = type | (length >>> 24 === 0 ? 0 : LENGTH_BIT);
  target[offset + 1] = (length >>> 16) & 0xff;
  target[offset + 2] = (length >>> 8) & 0xff;
  target[offset + 3] = length & 0xff;
}

const LENGTH_BIT = 0x08;
const TYPE_BITS = 0x07;
const RESERVED_BITS = 0xf0;

interface Prefix {
  readonly type: number;
  readonly length: number;
}

/** Returns what is wrong with the prefix, as text, if it breaks the specification. */
function readPrefix(prefix: number): Prefix | string {
  const first = prefix >>> 24;
  const low = prefix & 0xff_ffff;
  const type = first & TYPE_BITS;
  if ((first & RESERVED_BITS) !== 0) return "reserved bits in the prefix of a frame";
  if (type > FrameType.PONG) return `reserved frame type ${type}`;
  if ((first & LENGTH_BIT) === 0) return { type, length: low };
  return low === 0 ? { type, length: 2 ** 24 } : "the 25th bit of a length other than 16 MiB";
}

/** What a {@link RawSocketReader} finds. */
export interface RawSocketSink {
  onMessage(frame: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** The peer breaks the protocol; nothing more is read. */
  onViolation(reason: string): void;
  /** The peer announced a frame that is longer than the maximum; nothing more is read. */
  onTooLong(length: number, maxBytes: number): void;
}

/** An unfinished frame is gathered in a buffer that grows by this factor, so that it holds little more than has arrived. */
const GROWTH = 4;
const MIN_GATHERED_BYTES = 1024;

/** Cuts a stream of bytes into frames. It holds about what has arrived, and nothing for what is only announced. */
export class RawSocketReader {
  readonly #sink: RawSocketSink;
  readonly #maxBytes: () => number;
  #prefix = 0;
  #prefixBytes = 0;
  #frame: Prefix | undefined;
  /** The beginning of the frame. Copied: a chunk of a few bytes can keep 64 KiB in memory. */
  #gathered: Buffer = NOTHING;
  #arrived = 0;
  #frames = 0;
  #stopped = false;

  /** @param maxBytes - the longest frame, asked with each. */
  constructor(sink: RawSocketSink, maxBytes: () => number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** True between the first byte of a frame and its last. */
  get withinFrame(): boolean {
    return this.#prefixBytes > 0 || this.#frame !== undefined;
  }

  /** Number of frames that have begun. */
  get frames(): number {
    return this.#frames;
  }

  /** Memory that an unfinished frame takes, at least 1 byte. */
  get heldBytes(): number {
    return this.withinFrame ? Math.max(1, this.#gathered.length) : 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#gathered = NOTHING;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (!this.#stopped && offset < chunk.length)
      offset = this.#frame === undefined ? this.#readPrefix(chunk, offset) : this.#readBody(this.#frame, chunk, offset);
  }

  #readPrefix(chunk: Buffer, offset: number): number {
    if (this.#prefixBytes === 0 && chunk.length - offset >= PREFIX_BYTES) {
      this.#begin(chunk.readUInt32BE(offset));
      return offset + PREFIX_BYTES;
    }
    this.#prefix = ((this.#prefix << 8) | chunk[offset]!) >>> 0;
    if (++this.#prefixBytes === PREFIX_BYTES) this.#begin(this.#prefix);
    return offset + 1;
  }

  #begin(prefix: number): void {
    this.#prefix = 0;
    this.#prefixBytes = 0;
    this.#frames++;
    const frame = readPrefix(prefix);
    const maxBytes = this.#maxBytes();
    if (typeof frame === "string") {
      this.stop();
      this.#sink.onViolation(frame);
    } else if (frame.length > maxBytes) {
      this.stop();
      this.#sink.onTooLong(frame.length, maxBytes);
    } else if (frame.length === 0) {
      this.#deliver(frame.type, EMPTY);
    } else {
      this.#frame = frame;
    }
  }

  #readBody({ type, length }: Prefix, chunk: Buffer, offset: number): number {
    const missing = length - this.#arrived;
    const part = chunk.subarray(offset, offset + missing);
    if (part.length < missing) {
      this.#gather(part, length);
      return chunk.length;
    }
    if (this.#arrived > 0) this.#gather(part, length);
    const payload = this.#arrived > 0 ? this.#gathered : part;
    this.#gathered = NOTHING;
    this.#arrived = 0;
    this.#frame = undefined;
    this.#deliver(type, payload);
    return offset + missing;
  }

  #gather(part: Uint8Array, length: number): void {
    const needed = this.#arrived + part.length;
    if (needed > this.#gathered.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(length, Math.max(MIN_GATHERED_BYTES, GROWTH * needed)));
      this.#gathered.copy(grown, 0, 0, this.#arrived);
      this.#gathered = grown;
    }
    this.#gathered.set(part, this.#arrived);
    this.#arrived = needed;
  }

  #deliver(type: number, payload: Uint8Array): void {
    if (type === FrameType.MESSAGE) this.#sink.onMessage(payload);
    else if (type === FrameType.PING) this.#sink.onPing(payload);
    else this.#sink.onPong(payload);
  }
}
