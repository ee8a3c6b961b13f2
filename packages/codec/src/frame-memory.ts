const SLAB_BYTES = 256 * 1024;
const LARGEST_FROM_SLAB = 16 * 1024;

/**
 * Hands out memory for outgoing frames. Small frames are cut from a shared slab, which is far cheaper than an
 * allocation each; nobody gets the same bytes twice.
 */
export class FrameMemory {
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;

  allocate(length: number): Uint8Array {
    if (length > LARGEST_FROM_SLAB) return new Uint8Array(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return this.#slab.subarray(start, this.#used);
  }
}
