import type { Writable } from "node:stream";
import { type OutboxLimits, OutboxOverflowError } from "@kreuz/codec";
import type { Flusher } from "./flusher.js";
import type { SocketWriter, Written } from "./socket-writer.js";

/** What an outbox tells its connection. Only `onOverflow` is called within {@link Outbox.send}. */
export interface OutboxOwner {
  /** The outbox fell to its low-water mark after `send` had returned `false`. */
  onDrain(): void;
  /** The hard limit was reached; the frame was not queued. */
  onOverflow(error: OutboxOverflowError): void;
}

/** As much output as this is written at once, without waiting for the end of the turn. */
const FULL_WRITE_BYTES = 64 * 1024;

/**
 * The outgoing side of a socket: gathers what is sent in one turn of the event loop into one write, and bounds, in bytes,
 * what waits for a peer that reads slowly.
 */
export class Outbox {
  readonly #socket: Writable;
  readonly #writer: SocketWriter;
  readonly #flusher: Flusher;
  readonly #limits: Required<OutboxLimits>;
  readonly #owner: OutboxOwner;
  /** The gathered frames. Often there is only one, and then there is no list. */
  #one: Uint8Array | undefined;
  #many: Uint8Array[] | undefined;
  #gatheredBytes = 0;
  #flushScheduled = false;
  #heldBack = false;

  constructor(
    socket: Writable,
    writer: SocketWriter,
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

  /** Bytes that were sent and have not left this process yet, without the headers of gathered frames. */
  get bufferedBytes(): number {
    return this.#gatheredBytes + this.#writer.bufferedBytes;
  }

  /** Queues one frame. Returns `false` while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    if (this.#heldBack || this.bufferedBytes + frame.length > this.#limits.highWater)
      return this.#sendUnderPressure(frame);
    this.#gather(frame);
    if (this.#gatheredBytes >= FULL_WRITE_BYTES) this.#write();
    return true;
  }

  /** Writes the gathered frames: at the end of the turn, or of the connection. */
  flush(): void {
    this.#flushScheduled = false;
    this.#write();
  }

  #sendUnderPressure(frame: Uint8Array): boolean {
    // Gathered frames are no backlog yet: see first what the socket takes.
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
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#flusher.add(this);
  }

  #write(): void {
    const one = this.#one;
    if (one === undefined) return;
    const many = this.#many;
    this.#one = undefined;
    this.#many = undefined;
    this.#gatheredBytes = 0;
    // The peer is gone, and its socket would report every write as an error.
    if (!this.#socket.writable) return;
    if (many === undefined) this.#writer.write(one);
    else this.#writer.writeAll(many);
  }
}
