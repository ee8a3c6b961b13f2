const INITIAL_BYTES = 1024;
/** A buffer that grew beyond this is given up after use. */
const KEPT_BYTES = 64 * 1024;
const TWO_POW_32 = 2 ** 32;

const encoder = new TextEncoder();

/** Writes numbers, texts and bytes behind each other into memory that grows, and is used again. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Starts again from nothing. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#allocate(INITIAL_BYTES);
  }

  /** Forgets what was written from `length` on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** What was written between two positions: a view, valid until the writer is used again. */
  view(start = 0, end: number = this.#length): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /** Leaves `length` bytes to be filled in later. @returns their position. */
  skip(length: number): number {
    const start = this.#reserve(length);
    this.#length += length;
    return start;
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    this.#length++;
  }

  /** Writes an integer of 0 to 2^53 in 1 to 8 bytes: seven bits each, the least significant first. */
  number(value: number): void {
    let at = this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[at++] = (rest % 0x80) | 0x80;
      rest = rest < TWO_POW_32 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[at++] = rest;
    this.#length = at;
  }

  /** Writes the length in UTF-8, then the text. */
  text(value: string): void {
    const most = value.length * 3;
    const start = this.#reserve(most + 8);
    if (value.length < 43) {
      // At most 127 bytes: the length takes one byte.
      const { written } = encoder.encodeInto(value, this.#bytes.subarray(start + 1));
      this.#bytes[start] = written;
      this.#length = start + 1 + written;
      return;
    }
    this.data(encoder.encode(value));
  }

  /** Writes the length, then the bytes. */
  data(value: Uint8Array): void {
    this.number(value.length);
    this.raw(value);
  }

  /** Writes the bytes alone. */
  raw(value: Uint8Array): void {
    // Not in one expression: making room replaces `#bytes`.
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    this.#length += value.length;
  }

  /** Fills in a 32-bit number at a position that was skipped. */
  setUint32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** Fills in a number of up to 2^53 at a position of eight bytes that were skipped. */
  setNumber(at: number, value: number): void {
    this.#view.setFloat64(at, value);
  }

  setByte(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  #reserve(length: number): number {
    const needed = this.#length + length;
    if (needed > this.#bytes.length) {
      const old = this.view();
      this.#allocate(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.set(old);
    }
    return this.#length;
  }

  #allocate(length: number): void {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
