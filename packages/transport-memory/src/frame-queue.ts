/** Frames that wait for the peer, first in, first out, with a running total of their bytes. */
export class FrameQueue {
  #frames: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#bytes -= frame.length;
    if (++this.#head === this.#frames.length) this.#restart();
    return frame;
  }

  clear(): void {
    this.#restart();
    this.#bytes = 0;
  }

  #restart(): void {
    this.#frames = [];
    this.#head = 0;
  }
}
