const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * A copy of bytes with some ranges replaced, built from left to right while the original is being read. Costs nothing
 * when nothing is replaced.
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

  /** Puts `bytes` in the place of the range; ranges come in ascending order. */
  replace(start: number, end: number, bytes: Uint8Array = NOTHING): void {
    this.#append(this.#source.subarray(this.#copied, start));
    this.#append(bytes);
    this.#copied = end;
  }

  /** The bytes up to `end`, a plain `Uint8Array` and a view of the source where nothing was replaced. */
  finish(end: number): Uint8Array {
    const { buffer, byteOffset } = this.#source;
    const rest = new Uint8Array(buffer, byteOffset + this.#copied, end - this.#copied);
    this.#source = NOTHING;
    if (this.#length === 0) return rest;
    this.#append(rest);
    return this.#result.subarray(0, this.#length);
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#result.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#result.subarray(0, this.#length));
      this.#result = larger;
    }
    this.#result.set(bytes, this.#length);
    this.#length = length;
  }
}
