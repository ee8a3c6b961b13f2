import type { BatchFormat } from "./batch-format.js";
import type { FrameWriter, Written } from "./socket-writer.js";

/** Puts what leaves together into one message of the transport. */
export class BatchWriter implements FrameWriter {
  readonly #writer: FrameWriter;
  readonly #format: BatchFormat;

  constructor(writer: FrameWriter, format: BatchFormat) {
    this.#writer = writer;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  write(message: Uint8Array, written?: Written): void {
    this.#writer.write(this.#format.join([message]), written);
  }

  writeAll(messages: readonly Uint8Array[]): void {
    this.#writer.write(this.#format.join(messages));
  }
}
