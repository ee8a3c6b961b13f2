import { Fifo } from "../fifo.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { DATA_HEAD_BYTES, FRAME_HEAD_BYTES, writeDataHead, type Epochs, type Progress } from "./link-messages.js";
import type { LinkSettings } from "./link-settings.js";

/**
 * What becomes of a frame when the peer has not acknowledged enough: `optional` ones (events, new calls) are refused beyond
 * the window. `necessary` ones (answers, state) pass up to a higher bound, beyond which the link starts anew.
 */
export type Need = "optional" | "necessary";

interface Sent {
  readonly sequence: number;
  readonly bytes: number;
}

/** One direction of a link while it is up: numbers messages, gathers frames, and counts what is not acknowledged. */
export class Outgoing {
  readonly epochs: Epochs;
  readonly #writer: ByteWriter;
  readonly #settings: LinkSettings;
  readonly #piece: number;
  readonly #send: (message: Uint8Array) => void;
  readonly #acknowledgement: () => number;
  #window: number;
  #sequence = 0;
  #unacknowledged = 0;
  /** The messages that are not acknowledged, in order. */
  readonly #sent = new Fifo<Sent>();
  #frameAt = 0;

  constructor(
    epochs: Epochs,
    window: number,
    writer: ByteWriter,
    settings: LinkSettings & { readonly maxBytes: number },
    { send, acknowledgement }: { send: (message: Uint8Array) => void; acknowledgement: () => number },
  ) {
    this.epochs = epochs;
    this.#window = window;
    this.#writer = writer;
    this.#settings = settings;
    this.#piece = Math.min(settings.piece, settings.maxBytes) - DATA_HEAD_BYTES;
    this.#send = send;
    this.#acknowledgement = acknowledgement;
    writer.clear();
  }

  /** What a message sent now says. */
  get progress(): Progress {
    const { own, peer } = this.epochs;
    return { own, peer, sequence: this.#sequence, acknowledged: this.#acknowledgement() };
  }

  /** Bytes on their way, with what is gathered. */
  get inFlight(): number {
    return this.#unacknowledged + this.#writer.length;
  }

  /** Whether frames are gathered that {@link flush} would send. */
  get hasFrames(): boolean {
    return this.#writer.length > 0;
  }

  /** Whether the peer grants room for an optional frame. */
  get hasRoom(): boolean {
    return this.inFlight < this.#window;
  }

  /** Whether even necessary frames are too much. */
  get overflows(): boolean {
    return this.inFlight >= this.#settings.most;
  }

  /** Starts a frame. {@link end} ends it. */
  begin(type: number): ByteWriter {
    const writer = this.#writer;
    if (writer.length === 0) writer.skip(DATA_HEAD_BYTES);
    this.#frameAt = writer.skip(FRAME_HEAD_BYTES);
    writer.number(type);
    return writer;
  }

  end(): void {
    const writer = this.#writer;
    writer.setUint32(this.#frameAt, writer.length - this.#frameAt - FRAME_HEAD_BYTES);
    if (writer.length >= this.#settings.batch) this.flush();
  }

  /** Sends frames that are written already. */
  append(frames: Uint8Array): void {
    const writer = this.#writer;
    if (writer.length === 0) writer.skip(DATA_HEAD_BYTES);
    writer.raw(frames);
    this.flush();
  }

  /** Sends what is gathered, in pieces where it is long. The head of a piece takes the place of bytes sent with the one before. */
  flush(): void {
    const writer = this.#writer;
    const { length } = writer;
    if (length === 0) return;
    for (let start = 0; start + DATA_HEAD_BYTES < length; start += this.#piece) {
      const end = Math.min(start + DATA_HEAD_BYTES + this.#piece, length);
      this.count(end - start);
      writeDataHead(writer, start, this.progress, end < length);
      this.#send(writer.view(start, end));
    }
    writer.clear();
  }

  /** Gives the next message its number. */
  count(bytes: number): void {
    this.#sequence++;
    this.#unacknowledged += bytes;
    this.#sent.push({ sequence: this.#sequence, bytes });
  }

  /** The peer has dealt with all messages up to this number. @returns false when it names one that was never sent. */
  acknowledge(sequence: number): boolean {
    if (sequence > this.#sequence) return false;
    const sent = this.#sent;
    while (sent.first !== undefined && sent.first.sequence <= sequence) this.#unacknowledged -= sent.shift()!.bytes;
    return true;
  }

  grant(window: number): void {
    this.#window = window;
  }
}
