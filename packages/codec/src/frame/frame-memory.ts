const SLAB_BYTES = 256 * 1024;
const LARGEST_FROM_SLAB = 16 * 1024;

/** What Node has beyond the standard. */
const { Buffer } = globalThis as { readonly Buffer?: { allocUnsafeSlow(length: number): Uint8Array } };

/**
 * Hands out memory for outgoing frames. Small frames are cut from a shared slab, which is far cheaper than an
 * allocation each; nobody gets the same bytes twice.
 */
export class FrameMemory {
  /** Where to write after {@link reserve}. */
  target: Uint8Array = new Uint8Array(0);
  /** Offset in the target from which on to write. */
  start = 0;
  #slab = unfilled(SLAB_BYTES);
  #used = 0;

  /** Makes room for a frame of up to that many bytes; {@link commit} ends it. */
  reserve(most: number): void {
    if (most > LARGEST_FROM_SLAB) {
      this.target = unfilled(most);
      this.start = 0;
      return;
    }
    if (this.#used + most > SLAB_BYTES) {
      this.#slab = unfilled(SLAB_BYTES);
      this.#used = 0;
    }
    this.target = this.#slab;
    this.start = this.#used;
  }

  /** The frame that was written into the reserved room, up to offset `end` of the target. */
  commit(end: number): Uint8Array {
    if (this.target === this.#slab) this.#used = end;
    return this.target.subarray(this.start, end);
  }

  /** Room for a frame whose length is known. */
  allocate(length: number): Uint8Array {
    this.reserve(length);
    return this.commit(this.start + length);
  }
}

/** Memory that is not filled with zeros where that can be had: all of a frame is written, and nothing else of it handed out. */
function unfilled(length: number): Uint8Array {
  return Buffer === undefined ? new Uint8Array(length) : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
