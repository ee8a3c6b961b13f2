const NOTHING: Uint8Array = new Uint8Array(0);
const FEW_BYTES = 32;
const LEAST_ROOM = 256;

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
  replace(start: number, end: number, bytes: Uint8Array): void {
    this.#append(this.#source, this.#copied, start);
    this.#append(bytes, 0, bytes.length);
    this.#copied = end;
  }

  /** The bytes up to `end`, a plain `Uint8Array` and a view of the source where nothing was replaced. */
  finish(end: number): Uint8Array {
    const source = this.#source;
    this.#source = NOTHING;
    if (this.#result.length === 0)
      return new Uint8Array(source.buffer, source.byteOffset + this.#copied, end - this.#copied);
    this.#append(source, this.#copied, end);
    return this.#result.subarray(0, this.#length);
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#result.length) this.#grow(length);
    // There may be very many very short pieces.
    if (end - start > FEW_BYTES) this.#result.set(bytes.subarray(start, end), this.#length);
    else for (let from = start, to = this.#length; from < end; from++) this.#result[to++] = bytes[from] as number;
    this.#length = length;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(2 * length, LEAST_ROOM));
    larger.set(this.#result.subarray(0, this.#length));
    this.#result = larger;
  }
}
