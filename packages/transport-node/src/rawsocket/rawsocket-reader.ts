import { FrameType, type Prefix, PREFIX_BYTES, readPrefix } from "./rawsocket-framing.js";

/** What a {@link RawSocketReader} finds. */
export interface RawSocketSink {
  onMessage(frame: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  /** The peer breaks the protocol; nothing more is read. */
  onViolation(reason: string): void;
  /** A frame was announced that is longer than the peer may send; nothing more is read. */
  onTooLong(length: number): void;
}

/** Cuts a stream of bytes into frames. It holds what has arrived and allocates nothing for what is only announced. */
export class RawSocketReader {
  readonly #sink: RawSocketSink;
  readonly #maxBytes: number;
  #prefix = 0;
  #prefixBytes = 0;
  #frame: Prefix | undefined;
  #parts: Uint8Array[] = [];
  #arrived = 0;
  #stopped = false;

  constructor(sink: RawSocketSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** True between the first byte of a frame and its last. */
  get within(): boolean {
    return this.#prefixBytes > 0 || this.#frame !== undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.#parts = [];
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
    const frame = readPrefix(prefix);
    if (typeof frame === "string") {
      this.stop();
      this.#sink.onViolation(frame);
    } else if (frame.length > this.#maxBytes) {
      this.stop();
      this.#sink.onTooLong(frame.length);
    } else if (frame.length === 0) {
      this.#deliver(frame.type, NOTHING);
    } else {
      this.#frame = frame;
    }
  }

  #readBody({ type, length }: Prefix, chunk: Buffer, offset: number): number {
    const missing = length - this.#arrived;
    const part = chunk.subarray(offset, offset + missing);
    if (part.length < missing) {
      this.#parts.push(part);
      this.#arrived += part.length;
      return chunk.length;
    }
    const payload = this.#parts.length === 0 ? part : Buffer.concat([...this.#parts, part], length);
    if (this.#parts.length > 0) this.#parts = [];
    this.#arrived = 0;
    this.#frame = undefined;
    this.#deliver(type, payload);
    return offset + missing;
  }

  #deliver(type: number, payload: Uint8Array): void {
    if (type === FrameType.MESSAGE) this.#sink.onMessage(payload);
    else if (type === FrameType.PING) this.#sink.onPing(payload);
    else this.#sink.onPong(payload);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
