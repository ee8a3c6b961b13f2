import { plainView } from "../frame/frame-memory.js";

const NOTHING: Uint8Array = new Uint8Array(0);
/** Up to this many bytes, a loop copies faster than `set`: there may be very many very short pieces. */
const MAX_BYTES_IN_LOOP = 32;
const MIN_CAPACITY = 256;

/**
 * Copies bytes with some ranges replaced, from left to right while the original is read. Costs nothing when nothing is
 * replaced.
 */
export class ByteEdits {
  #source = NOTHING;
  #copied = 0;
  #result = NOTHING;
  #length = 0;

  begin(source: Uint8Array, start: number): void {
    this.#source = source;
    this.#copied = start;
    this.#result = NOTHING;
    this.#length = 0;
  }

  /** Replaces a range by `bytes`. Ranges must come in ascending order. */
  replace(start: number, end: number, bytes: Uint8Array): void {
    this.#append(this.#source, this.#copied, start);
    this.#append(bytes, 0, bytes.length);
    this.#copied = end;
  }

  /** @returns the bytes up to `end` as a plain `Uint8Array`: a view of the source where nothing was replaced. */
  finish(end: number): Uint8Array {
    const source = this.#source;
    this.#source = NOTHING;
    if (this.#result.length === 0) return plainView(source, this.#copied, end);
    this.#append(source, this.#copied, end);
    return this.#result.subarray(0, this.#length);
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#result.length) this.#grow(length);
    if (end - start > MAX_BYTES_IN_LOOP) this.#result.set(bytes.subarray(start, end), this.#length);
    else for (let from = start, to = this.#length; from < end; from++) this.#result[to++] = bytes[from] as number;
    this.#length = length;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(2 * length, MIN_CAPACITY));
    larger.set(this.#result.subarray(0, this.#length));
    this.#result = larger;
  }
}
