/** A peer sent bytes that make no sense. The link to it is reset. */
export class WireError extends Error {
  override readonly name = "WireError";
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what a {@link ByteWriter} wrote. Every method throws a {@link WireError} when the bytes end too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  /** Made when the first {@link float} is read. */
  #view: DataView | undefined;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Whether bytes are left: fields of a later version may follow those that are known. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      if (scale >= 2 ** 49) throw new WireError("a number has more than eight bytes");
    }
    if (value > 2 ** 53) throw new WireError("a number exceeds 2^53");
    return value;
  }

  text(): string {
    try {
      return decoder.decode(this.data());
    } catch (error) {
      if (error instanceof WireError) throw error;
      throw new WireError("a text is not UTF-8");
    }
  }

  /** A view of the bytes, which share memory with the message. */
  data(): Uint8Array {
    const length = this.number();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    const start = this.#at;
    this.#at = this.#end;
    return this.#bytes.subarray(start, this.#end);
  }

  uint32(): number {
    const bytes = this.#bytes;
    const at = this.#take(4);
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  /** A number of eight bytes, from 0 to 2^53. */
  float(): number {
    const { buffer, byteOffset, length } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, length);
    const value = this.#view.getFloat64(this.#take(8));
    if (!Number.isInteger(value) || value < 0 || value > 2 ** 53) throw new WireError("not a number from 0 to 2^53");
    return value;
  }

  /** A reader of the next `length` bytes alone. */
  part(length: number): ByteReader {
    const start = this.#take(length);
    return new ByteReader(this.#bytes, start, start + length);
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#end) throw new WireError(`${length} bytes expected, ${this.#end - start} left`);
    this.#at = start + length;
    return start;
  }
}
