import type { Writable } from "node:stream";
import { type OutboxLimits, OutboxOverflowError } from "@kreuz/codec";
import type { Flusher } from "./flusher.js";
import type { FrameWriter, Written } from "./frame-writer.js";

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
  #corkedBytes = 0;
  #corked = false;
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

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  /** Queues one frame; false while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    if (this.#heldBack || this.#writer.bufferedBytes + frame.length > this.#limits.highWater)
      return this.#sendUnderPressure(frame);
    this.#cork();
    this.#writer.write(frame);
    this.#corkedBytes += frame.length;
    if (this.#corkedBytes >= FULL_WRITE_BYTES) this.#uncork();
    return true;
  }

  /** The end of the turn, or of the connection: writes what was gathered. */
  flush(): void {
    this.#announced = false;
    this.#uncork();
  }

  #sendUnderPressure(frame: Uint8Array): boolean {
    // What was only gathered is no backlog yet: see what the socket takes first.
    this.#uncork();
    const before = this.#writer.bufferedBytes;
    const after = before + frame.length;
    if (after > this.#limits.limit && before > 0) {
      this.#owner.onOverflow(new OutboxOverflowError(after, this.#limits.limit));
      return false;
    }
    if (after > this.#limits.highWater) this.#heldBack = true;
    this.#writer.write(frame, this.#heldBack ? this.#written : undefined);
    return !this.#heldBack;
  }

  readonly #written: Written = (error) => {
    if (error || !this.#heldBack || this.#writer.bufferedBytes > this.#limits.lowWater) return;
    this.#heldBack = false;
    this.#owner.onDrain();
  };

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    if (this.#announced) return;
    this.#announced = true;
    this.#flusher.add(this);
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#corkedBytes = 0;
    this.#socket.uncork();
  }
}
