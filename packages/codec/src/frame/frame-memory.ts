import type { FrameRoom } from "../codec.js";

const SLAB_BYTES = 256 * 1024;
/** Longer frames get memory of their own. */
const MAX_BYTES_IN_SLAB = 16 * 1024;

/** What Node adds to the standard. */
const { Buffer } = globalThis as { readonly Buffer?: { allocUnsafeSlow(length: number): Uint8Array } };

/**
 * Provides memory for outgoing frames. Short frames are cut from a shared slab, which is far cheaper than an allocation
 * each. No byte is handed out twice.
 */
export class FrameMemory implements FrameRoom {
  target: Uint8Array = new Uint8Array(0);
  start = 0;
  #slab = new Uint8Array(0);
  #used = 0;

  /** Makes room for a frame of at most `maxBytes`. {@link commit} ends the frame. */
  reserve(maxBytes: number): void {
    if (maxBytes > MAX_BYTES_IN_SLAB) {
      this.target = allocate(maxBytes);
      this.start = 0;
      return;
    }
    if (this.#used + maxBytes > this.#slab.length) {
      this.#slab = allocate(SLAB_BYTES);
      this.#used = 0;
    }
    this.target = this.#slab;
    this.start = this.#used;
  }

  /** @returns the frame that was written into the reserved room, up to offset `end` of the target. */
  commit(end: number): Uint8Array {
    if (this.target === this.#slab) this.#used = end;
    return this.target.subarray(this.start, end);
  }

  /** @returns room for a frame of exactly `length` bytes. */
  allocate(length: number): Uint8Array {
    this.reserve(length);
    return this.commit(this.start + length);
  }
}

/** Allocates without filling with zeros where the platform can: only the bytes that were written are handed out. */
function allocate(length: number): Uint8Array<ArrayBuffer> {
  return Buffer === undefined
    ? new Uint8Array(length)
    : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer);
}

/** A view of some bytes as a plain `Uint8Array`: a view of Node's Buffer would be a Buffer, which copies and slices differently. */
export function plainView(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
