import type { Writable } from "node:stream";
import { type OutboxLimits, OutboxOverflowError } from "@kreuz/codec";
import type { Flusher } from "./flusher.js";
import type { FrameWriter, Written } from "./socket-writer.js";

/** What an outbox tells its connection; never within {@link Outbox.send}, but for `onOverflow`. */
export interface OutboxOwner {
  /** The outbox fell to its low-water mark after `send` had returned `false`. */
  onDrain(): void;
  /** The hard limit was reached; the frame was not queued. */
  onOverflow(error: OutboxOverflowError): void;
}

/** Output that is worth a write of its own, even before the turn has ended. */
const FULL_WRITE_BYTES = 64 * 1024;

/**
 * The outgoing side of a socket: gathers what one turn of the event loop sends into one write, and bounds, in bytes,
 * what waits because the peer reads slowly.
 */
export class Outbox {
  readonly #socket: Writable;
  readonly #writer: FrameWriter;
  readonly #flusher: Flusher;
  readonly #limits: Required<OutboxLimits>;
  readonly #owner: OutboxOwner;
  /** What was gathered: often one frame, for which there is no list. */
  #one: Uint8Array | undefined;
  #many: Uint8Array[] | undefined;
  #gatheredBytes = 0;
  #announced = false;
  #heldBack = false;

  constructor(
    socket: Writable,
    writer: FrameWriter,
    flusher: Flusher,
    limits: Required<OutboxLimits>,
    owner: OutboxOwner,
  ) {
    this.#socket = socket;
    this.#writer = writer;
    this.#flusher = flusher;
    this.#limits = limits;
    this.#owner = owner;
  }

  /** Bytes that were sent and have not left this process yet, without the headers of those that are still gathered. */
  get bufferedBytes(): number {
    return this.#gatheredBytes + this.#writer.bufferedBytes;
  }

  /** Queues one frame; false while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    if (this.#heldBack || this.bufferedBytes + frame.length > this.#limits.highWater)
      return this.#sendUnderPressure(frame);
    this.#gather(frame);
    if (this.#gatheredBytes >= FULL_WRITE_BYTES) this.#write();
    return true;
  }

  /** The end of the turn, or of the connection: writes what was gathered. */
  flush(): void {
    this.#announced = false;
    this.#write();
  }

  #sendUnderPressure(frame: Uint8Array): boolean {
    // What was only gathered is no backlog yet: see what the socket takes first.
    this.#write();
    const before = this.#writer.bufferedBytes;
    const after = before + frame.length;
    if (after > this.#limits.limit && before > 0) {
      this.#owner.onOverflow(new OutboxOverflowError(after, this.#limits.limit));
      return false;
    }
    if (after > this.#limits.highWater) this.#heldBack = true;
    this.#writer.write(frame, this.#heldBack ? (error) => this.#written(error) : undefined);
    return !this.#heldBack;
  }

  #written(error: Parameters<Written>[0]): void {
    if (error || !this.#heldBack || this.#writer.bufferedBytes > this.#limits.lowWater) return;
    this.#heldBack = false;
    this.#owner.onDrain();
  }

  #gather(frame: Uint8Array): void {
    this.#gatheredBytes += frame.length;
    if (this.#many !== undefined) this.#many.push(frame);
    else if (this.#one === undefined) this.#one = frame;
    else this.#many = [this.#one, frame];
    if (this.#announced) return;
    this.#announced = true;
    this.#flusher.add(this);
  }

  #write(): void {
    const one = this.#one;
    if (one === undefined) return;
    const many = this.#many;
    this.#one = undefined;
    this.#many = undefined;
    this.#gatheredBytes = 0;
    // A peer that is gone is told nothing, and its socket complains of every write.
    if (this.#socket.destroyed) return;
    if (many === undefined) this.#writer.write(one);
    else this.#writer.writeAll(many);
  }
}
