import { FrameBuffers } from "./frame-buffer.js";
import type { Flushable, Flusher } from "./flusher.js";
import type { Framing } from "./framing.js";

/** More than is ever gathered for one write. */
const SCRATCH_BYTES = 128 * 1024;

/** Frames messages for many sockets. A message that goes to many of them is framed once. */
export class Framer implements Flushable {
  /** What messages are encoded into. */
  readonly buffers: FrameBuffers;
  readonly #framing: Framing;
  readonly #flusher: Flusher;
  /** The last message of this turn, and what {@link frame} made of it. */
  #message: Uint8Array | undefined;
  #framed: Uint8Array | undefined;
  #scratch: Buffer | undefined;

  constructor(framing: Framing, flusher: Flusher) {
    this.buffers = new FrameBuffers(framing);
    this.#framing = framing;
    this.#flusher = flusher;
  }

  /** The header alone. */
  header({ length }: Uint8Array): Uint8Array {
    const header = Buffer.allocUnsafe(this.#framing.headerLength(length));
    this.#framing.writeHeader(header, 0, length);
    return header;
  }

  /** Header and message. */
  frame(message: Uint8Array): Uint8Array {
    if (message === this.#message && this.#framed !== undefined) return this.#framed;
    const begin = this.#framing.headerLength(message.length);
    const framed = Buffer.allocUnsafe(begin + message.length);
    this.#framing.writeHeader(framed, 0, message.length);
    framed.set(message, begin);
    if (this.#message === undefined) this.#flusher.add(this);
    this.#message = message;
    this.#framed = framed;
    return framed;
  }

  /** The messages from `start` to `end`, each behind its header, in one buffer. */
  frameMany(messages: readonly Uint8Array[], start: number, end: number): Uint8Array {
    return this.#fill(Buffer.allocUnsafe(this.#lengthOf(messages, start, end)), messages, start, end);
  }

  /** All messages, as {@link frameMany} does it, in memory that the next call overwrites unless {@link releaseScratch} is called. */
  frameInScratch(messages: readonly Uint8Array[]): Uint8Array {
    const length = this.#lengthOf(messages, 0, messages.length);
    if (length > SCRATCH_BYTES) return this.frameMany(messages, 0, messages.length);
    this.#scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return this.#fill(this.#scratch.subarray(0, length), messages, 0, messages.length);
  }

  /** What {@link frameInScratch} returned last is still needed: the next call must not overwrite it. */
  releaseScratch(): void {
    this.#scratch = undefined;
  }

  /** Forgets the last message: it is remembered for one turn only. */
  flush(): void {
    this.#message = undefined;
    this.#framed = undefined;
  }

  #lengthOf(messages: readonly Uint8Array[], start: number, end: number): number {
    let total = 0;
    for (let index = start; index < end; index++) {
      const { length } = messages[index]!;
      total += this.#framing.headerLength(length) + length;
    }
    return total;
  }

  #fill(target: Buffer, messages: readonly Uint8Array[], start: number, end: number): Uint8Array {
    const framing = this.#framing;
    let offset = 0;
    for (let index = start; index < end; index++) {
      const message = messages[index]!;
      framing.writeHeader(target, offset, message.length);
      offset += framing.headerLength(message.length);
      target.set(message, offset);
      offset += message.length;
    }
    return target;
  }
}
