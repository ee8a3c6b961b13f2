/** Bytes before each frame: its length. */
const HEAD_BYTES = 4;

/** Puts the length before a frame. The result does not share memory with `bytes`. */
export function framed(bytes: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
  whole.writeUInt32LE(bytes.length, 0);
  whole.set(bytes, HEAD_BYTES);
  return whole;
}

/** Cuts what comes from a socket into frames. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #onFrame: (frame: Buffer) => void;
  /** The beginning of a frame, and how much there is of it. */
  #whole: Buffer | undefined;
  #filled = 0;
  #head: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number, onFrame: (frame: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** @throws RangeError for a frame that is longer than the maximum. */
  read(data: Buffer): void {
    let rest = this.#fill(this.#head.length === 0 ? data : Buffer.concat([this.#head, data]));
    while (rest.length >= HEAD_BYTES) {
      const length = rest.readUInt32LE(0);
      if (length > this.#maxBytes) throw new RangeError(`a frame of ${length} bytes, the maximum is ${this.#maxBytes}`);
      const end = HEAD_BYTES + length;
      if (rest.length < end) {
        this.#whole = Buffer.allocUnsafe(length);
        this.#filled = 0;
        rest = this.#fill(rest.subarray(HEAD_BYTES));
      } else {
        this.#onFrame(rest.subarray(HEAD_BYTES, end));
        rest = rest.subarray(end);
      }
    }
    this.#head = rest;
  }

  /** Goes on with the frame that has begun. @returns what comes after it. */
  #fill(data: Buffer): Buffer {
    const whole = this.#whole;
    if (whole === undefined) return data;
    const copied = data.copy(whole, this.#filled);
    this.#filled += copied;
    if (this.#filled === whole.length) {
      this.#whole = undefined;
      this.#onFrame(whole);
    }
    return data.subarray(copied);
  }
}
