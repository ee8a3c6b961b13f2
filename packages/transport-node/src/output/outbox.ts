import type { Writable } from "node:stream";
import {
  type Account,
  type Codec,
  FrameTooLongError,
  type Message,
  type OutboxLimits,
  OutboxOverflowError,
} from "@kreuz/codec";
import type { Flusher } from "./flusher.js";
import { type FrameBuffer, SMALL_BYTES } from "./frame-buffer.js";
import { isSmall, type SocketWriter, type Written } from "./socket-writer.js";

/** What an outbox tells its connection. Only `onOverflow` is called within {@link Outbox.send}. */
export interface OutboxOwner {
  /** The outbox fell to its low-water mark after `send` had returned `false`. */
  onDrain(): void;
  /** The hard limit was reached; the frame was not queued. */
  onOverflow(error: OutboxOverflowError): void;
}

/** As much output as this is written at once, without waiting for the end of the turn. */
const FULL_WRITE_BYTES = 64 * 1024;

/** Less than this waits for the system, and not for the peer. */
const MIN_UNSENT_BYTES = 64 * 1024;

/** The longest header of a frame, that of WebSocket. */
const MAX_HEADER_BYTES = 10;

/** What a queued write costs beyond its bytes. Very many tiny frames would take much more memory than `limit`. */
const WRITE_BYTES = 256;
const MIN_WRITES = 1024;

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
  readonly #account: Account | undefined;
  readonly #maxWrites: number;
  /** The gathered frames: either some that many sockets may share (often there is only one, and then there is no list), … */
  #one: Uint8Array | undefined;
  #many: Uint8Array[] | undefined;
  /** … or a buffer that messages are encoded into. */
  #buffer: FrameBuffer | undefined;
  #gatheredBytes = 0;
  #bytesSent = 0;
  #flushScheduled = false;
  #heldBack = false;
  /** Writes under pressure that have not left yet. */
  #writes = 0;
  #unsent = 0;

  constructor(
    socket: Writable,
    writer: SocketWriter,
    flusher: Flusher,
    limits: Required<OutboxLimits>,
    owner: OutboxOwner,
    account?: Account,
  ) {
    this.#socket = socket;
    this.#writer = writer;
    this.#flusher = flusher;
    this.#limits = limits;
    this.#owner = owner;
    this.#account = account;
    this.#maxWrites = Math.max(MIN_WRITES, limits.limit / WRITE_BYTES);
  }

  /** Bytes that were sent and have not left this process yet, without the headers of gathered frames. */
  get bufferedBytes(): number {
    return this.#gatheredBytes + this.#writer.bufferedBytes;
  }

  /** Bytes of all frames that were queued. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Queues one frame. Returns `false` while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    if (this.#heldBack || this.bufferedBytes + frame.length > this.#limits.highWater)
      return this.#sendUnderPressure(frame);
    this.#gather(frame);
    this.#gathered(frame.length);
    return true;
  }

  /**
   * Encodes a message behind the gathered frames. Returns `false` while the sender should hold back.
   *
   * @param maxBytes - the longest frame that the peer accepts.
   * @throws FrameTooLongError, and what the codec throws.
   */
  sendMessage(codec: Codec, message: Message, maxBytes: number = Infinity): boolean {
    const buffer = this.#heldBack ? undefined : this.#openBuffer();
    if (buffer === undefined) return this.#sendChecked(codec.encode(message), maxBytes);
    const end = codec.encodeInto(message, buffer);
    const outside = buffer.outside(end);
    if (outside !== undefined) return this.#sendChecked(outside, maxBytes);
    const length = end - buffer.start;
    if (length > maxBytes) throw new FrameTooLongError(length, maxBytes);
    if (this.bufferedBytes + length > this.#limits.highWater) return this.#sendUnderPressure(buffer.copy(end));
    buffer.commit(end);
    this.#gathered(length);
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
    const { limit, highWater } = this.#limits;
    if ((after > limit && before > 0) || this.#writes >= this.#maxWrites) {
      this.#owner.onOverflow(new OutboxOverflowError(Math.max(after, this.#priced(after)), limit));
      return false;
    }
    if (after > highWater) this.#heldBack = true;
    this.#writes++;
    this.#bytesSent += frame.length;
    this.#writer.write(frame, (error) => this.#onWritten(error));
    this.#reportUnsent();
    return !this.#heldBack;
  }

  #onWritten(error: Parameters<Written>[0]): void {
    this.#writes--;
    this.#reportUnsent();
    if (error || !this.#heldBack || this.#writer.bufferedBytes > this.#limits.lowWater) return;
    this.#heldBack = false;
    this.#owner.onDrain();
  }

  #priced(bytes: number): number {
    return bytes + WRITE_BYTES * this.#writes;
  }

  /** Tells the account what waits for the peer. Costs nothing while the peer reads. */
  #reportUnsent(): void {
    const account = this.#account;
    if (account === undefined) return;
    const { bufferedBytes } = this.#writer;
    const unsent = bufferedBytes < MIN_UNSENT_BYTES ? 0 : this.#priced(bufferedBytes);
    if (unsent === this.#unsent) return;
    if (this.#unsent === 0) this.#socket.once("drain", () => this.#reportUnsent());
    this.#unsent = unsent;
    account.setUnsent(unsent);
  }

  #sendChecked(frame: Uint8Array, maxBytes: number): boolean {
    if (frame.length > maxBytes) throw new FrameTooLongError(frame.length, maxBytes);
    return this.send(frame);
  }

  #gather(frame: Uint8Array): void {
    if (this.#buffer !== undefined) {
      if (isSmall(frame) && this.#buffer.append(frame)) return;
      this.#write();
    }
    if (this.#many !== undefined) this.#many.push(frame);
    else if (this.#one === undefined) this.#one = frame;
    else this.#many = [this.#one, frame];
  }

  #gathered(bytes: number): void {
    this.#gatheredBytes += bytes;
    this.#bytesSent += bytes;
    if (this.#gatheredBytes >= FULL_WRITE_BYTES) this.#write();
    else this.#flushLater();
  }

  /** The buffer behind which the next message goes; `undefined` if there is none. */
  #openBuffer(): FrameBuffer | undefined {
    if (this.#buffer !== undefined) return this.#buffer;
    const buffer = this.#writer.buffers?.open();
    if (buffer === undefined) return undefined;
    if (this.#one !== undefined && !this.#moveInto(buffer)) this.#write();
    this.#buffer = buffer;
    this.#flushLater();
    return buffer;
  }

  /** Copies the gathered frames, unless they are too long for that. @returns whether it did. */
  #moveInto(buffer: FrameBuffer): boolean {
    const frames = this.#many ?? [this.#one!];
    if (this.#gatheredBytes + MAX_HEADER_BYTES * frames.length > SMALL_BYTES) return false;
    for (const frame of frames) buffer.append(frame);
    this.#one = undefined;
    this.#many = undefined;
    return true;
  }

  #flushLater(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#flusher.add(this);
  }

  #write(): void {
    const buffer = this.#buffer;
    const one = this.#one;
    const many = this.#many;
    this.#buffer = undefined;
    this.#one = undefined;
    this.#many = undefined;
    this.#gatheredBytes = 0;
    // The peer is gone, and its socket would report every write as an error.
    if (!this.#socket.writable) return void (buffer && this.#writer.buffers?.close(buffer, false));
    if (buffer !== undefined) this.#writer.writeBuffer?.(buffer);
    else if (many !== undefined) this.#writer.writeAll(many);
    else if (one !== undefined) this.#writer.write(one);
    else return;
    this.#reportUnsent();
  }
}
