import type { FrameRoom } from "@kreuz/codec";
import type { Framing } from "./framing.js";

/** Every {@link FrameBuffer} has room for as much. */
export const SMALL_BYTES: number = 4 * 1024;
/** More than is ever gathered for one write, with room for a message of 32 KiB behind it. */
const LARGE_BYTES = 96 * 1024;

/** Buffers in use at a time, and buffers that are kept for later. Who finds none left does without. */
const MAX_SMALL_IN_USE = 1024;
const MAX_LARGE_IN_USE = 64;
const MAX_SMALL_KEPT = 256;
const MAX_LARGE_KEPT = 64;

/** The memory of {@link FrameBuffer}s: few blocks, used again at once, so that they stay in the cache of the processor. */
class BlockPool {
  readonly #bytes: number;
  readonly #maxInUse: number;
  readonly #maxKept: number;
  readonly #free: Buffer[] = [];
  #inUse = 0;

  constructor(bytes: number, maxInUse: number, maxKept: number) {
    this.#bytes = bytes;
    this.#maxInUse = maxInUse;
    this.#maxKept = maxKept;
  }

  take(): Buffer | undefined {
    if (this.#inUse === this.#maxInUse) return undefined;
    this.#inUse++;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** @param kept - whether somebody still reads the block: then it is not used again. */
  giveBack(block: Buffer, kept: boolean): void {
    this.#inUse--;
    if (!kept && this.#free.length < this.#maxKept) this.#free.push(block);
  }
}

/** Gives {@link FrameBuffer}s to the sockets that have something to write in this turn. */
export class FrameBuffers {
  readonly #framing: Framing;
  readonly #small = new BlockPool(SMALL_BYTES, MAX_SMALL_IN_USE, MAX_SMALL_KEPT);
  readonly #large = new BlockPool(LARGE_BYTES, MAX_LARGE_IN_USE, MAX_LARGE_KEPT);

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** @returns an empty buffer, or `undefined` when too many are in use. */
  open(): FrameBuffer | undefined {
    const block = this.#small.take();
    return block && new FrameBuffer(this.#framing, block, this);
  }

  /** @param kept - whether the system has not taken all of it yet. */
  close(buffer: FrameBuffer, kept: boolean): void {
    (buffer.block.length === SMALL_BYTES ? this.#small : this.#large).giveBack(buffer.block, kept);
  }

  /** @internal A larger block for what is in `block`, which is given back; `undefined` if there is none. */
  grow(block: Buffer, used: number): Buffer | undefined {
    const larger = block.length === SMALL_BYTES ? this.#large.take() : undefined;
    if (larger === undefined) return undefined;
    block.copy(larger, 0, 0, used);
    this.#small.giveBack(block, false);
    return larger;
  }
}

/**
 * What a socket is about to write: frames one behind the other, each with its header. A codec writes a message straight to
 * where it leaves from. A message that does not fit gets memory of its own.
 */
export class FrameBuffer implements FrameRoom {
  /** @internal */
  block: Buffer;
  target: Uint8Array;
  start = 0;
  readonly #framing: Framing;
  readonly #buffers: FrameBuffers;
  #used = 0;

  constructor(framing: Framing, block: Buffer, buffers: FrameBuffers) {
    this.#framing = framing;
    this.block = block;
    this.target = block;
    this.#buffers = buffers;
  }

  reserve(maxBytes: number): void {
    const header = this.#framing.headerLength(maxBytes);
    if (this.#hasRoom(header + maxBytes)) {
      this.target = this.block;
      this.start = this.#used + header;
    } else {
      this.target = Buffer.allocUnsafeSlow(maxBytes);
      this.start = 0;
    }
  }

  /** The message that was written up to `end`, outside of this buffer; `undefined` if it has been written into it. */
  outside(end: number): Uint8Array | undefined {
    return this.target === this.block ? undefined : this.target.subarray(0, end);
  }

  /** A copy of the message that was written up to `end` and is not taken in. */
  copy(end: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.target, this.start, end);
  }

  /** Takes in the message that was written up to `end`. */
  commit(end: number): void {
    const length = end - this.start;
    const header = this.#framing.headerLength(length);
    const begin = this.#used + header;
    // Room was made for the longest header that there could have been.
    if (begin < this.start) this.block.copyWithin(begin, this.start, end);
    this.#framing.writeHeader(this.block, this.#used, length);
    this.#used = begin + length;
  }

  /** Adds a message. @returns `false` when it does not fit. */
  append(message: Uint8Array): boolean {
    const header = this.#framing.headerLength(message.length);
    if (!this.#hasRoom(header + message.length)) return false;
    this.#framing.writeHeader(this.block, this.#used, message.length);
    this.block.set(message, this.#used + header);
    this.#used += header + message.length;
    return true;
  }

  /** The frames that are in it. */
  get bytes(): Buffer {
    return this.block.subarray(0, this.#used);
  }

  #hasRoom(bytes: number): boolean {
    const needed = this.#used + bytes;
    if (needed <= this.block.length) return true;
    if (needed > LARGE_BYTES) return false;
    const larger = this.#buffers.grow(this.block, this.#used);
    if (larger !== undefined) this.block = larger;
    return larger !== undefined;
  }
}
