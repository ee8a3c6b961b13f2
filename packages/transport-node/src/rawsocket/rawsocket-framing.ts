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

/** Returns what is wrong with a prefix, as text, if it breaks the specification. */
function violation(prefix: number): string | undefined {
  const first = prefix >>> 24;
  if ((first & RESERVED_BITS) !== 0) return "reserved bits in the prefix of a frame";
  if ((first & TYPE_BITS) > FrameType.PONG) return `reserved frame type ${first & TYPE_BITS}`;
  if ((first & LENGTH_BIT) !== 0 && (prefix & 0xff_ffff) !== 0) return "the 25th bit of a length other than 16 MiB";
  return undefined;
}

/** The length that a valid prefix tells. */
function lengthOf(prefix: number): number {
  return ((prefix >>> 24) & LENGTH_BIT) === 0 ? prefix & 0xff_ffff : 2 ** 24;
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
  /** Fewer than 4 while the prefix arrives, then 4 until the frame has been delivered. */
  #prefixBytes = 0;
  #length = 0;
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
    return this.#prefixBytes > 0;
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
      offset = this.#prefixBytes < PREFIX_BYTES ? this.#readPrefix(chunk, offset) : this.#readBody(chunk, offset);
  }

  #readPrefix(chunk: Buffer, offset: number): number {
    if (this.#prefixBytes === 0 && chunk.length - offset >= PREFIX_BYTES) {
      const low = (chunk[offset + 1]! << 16) | (chunk[offset + 2]! << 8) | chunk[offset + 3]!;
      this.#begin(((chunk[offset]! << 24) | low) >>> 0);
      return offset + PREFIX_BYTES;
    }
    this.#prefix = ((this.#prefix << 8) | chunk[offset]!) >>> 0;
    if (++this.#prefixBytes === PREFIX_BYTES) this.#begin(this.#prefix);
    return offset + 1;
  }

  #begin(prefix: number): void {
    this.#prefix = prefix;
    this.#prefixBytes = PREFIX_BYTES;
    this.#length = lengthOf(prefix);
    this.#frames++;
    const wrong = violation(prefix);
    const maxBytes = this.#maxBytes();
    if (wrong !== undefined) {
      this.stop();
      this.#sink.onViolation(wrong);
    } else if (this.#length > maxBytes) {
      this.stop();
      this.#sink.onTooLong(this.#length, maxBytes);
    } else if (this.#length === 0) {
      this.#deliver(EMPTY);
    }
  }

  #readBody(chunk: Buffer, offset: number): number {
    const end = offset + this.#length - this.#arrived;
    if (end > chunk.length) {
      this.#gather(viewOf(chunk, offset, chunk.length), this.#length);
      return chunk.length;
    }
    const part = viewOf(chunk, offset, end);
    if (this.#arrived === 0) {
      this.#deliver(part);
      return end;
    }
    this.#gather(part, this.#length);
    const payload = this.#gathered;
    this.#gathered = NOTHING;
    this.#arrived = 0;
    this.#deliver(payload);
    return end;
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

  #deliver(payload: Uint8Array): void {
    const type = (this.#prefix >>> 24) & TYPE_BITS;
    this.#prefix = 0;
    this.#prefixBytes = 0;
    if (type === FrameType.MESSAGE) this.#sink.onMessage(payload);
    else if (type === FrameType.PING) this.#sink.onPing(payload);
    else this.#sink.onPong(payload);
  }
}

/** Cheaper than `subarray` of a Buffer, which checks its arguments first. */
function viewOf(chunk: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset + start, end - start);
}
