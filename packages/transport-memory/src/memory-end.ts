import {
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type OutboxLimits,
  OutboxOverflowError,
  PeerClosedError,
  type TransportInfo,
} from "@kreuz/codec";
import { FrameQueue } from "./frame-queue.js";

/** What both ends of a pair share. */
export interface PairSettings {
  readonly codec: Codec;
  readonly outbox: Required<OutboxLimits>;
  readonly maxFrameBytes: number | undefined;
  readonly closeTimeout: number;
  readonly clock: Clock;
}

const SETTLED: Promise<void> = Promise.resolve();

/**
 * One end of an in-process pair. It owns the frames on their way to its peer and carries them over in a microtask, so
 * that nothing is ever delivered within a call of `send`.
 */
export class MemoryEnd implements Connection {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly maxFrameBytes?: number;
  readonly #settings: PairSettings;
  readonly #outbox = new FrameQueue();
  /** The other end; until they are joined, an end is its own peer. */
  #peer: MemoryEnd = this;
  #handler: ConnectionHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #farewell: Error | undefined;
  #failure: Error | undefined;
  #scheduled = false;
  #heldBack = false;
  #paused = false;
  #cancelCutOff: (() => void) | undefined;

  constructor(settings: PairSettings) {
    const { codec } = settings;
    this.codec = codec;
    this.transport = { type: "memory", protocol: codec.subprotocol, serializer: codec.id };
    if (settings.maxFrameBytes !== undefined) this.maxFrameBytes = settings.maxFrameBytes;
    this.#settings = settings;
  }

  /** Joins two ends, once. */
  static pair(settings: PairSettings): [MemoryEnd, MemoryEnd] {
    const [one, other] = [new MemoryEnd(settings), new MemoryEnd(settings)];
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  /** Asks `acceptor` for the handler of this end; done once, before any microtask has run. */
  admit(acceptor: Acceptor): void {
    try {
      this.#handler = acceptor.accept(this);
    } catch (error) {
      this.#close("internal-error", "", asError(error));
    }
  }

  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  send(frame: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    if (frame.length > (this.maxFrameBytes ?? Infinity))
      throw new RangeError(
        `the peer takes frames of ${this.maxFrameBytes} bytes at most, this one has ${frame.length}`,
      );
    const { highWater, limit } = this.#settings.outbox;
    const before = this.#outbox.bytes;
    const after = before + frame.length;
    if (after > limit && before > 0) {
      this.#breakOff(new OutboxOverflowError(after, limit));
      return false;
    }
    this.#outbox.push(frame);
    this.#schedule();
    if (after > highWater) this.#heldBack = true;
    return !this.#heldBack;
  }

  close(status: CloseStatus = "normal", message = ""): void {
    this.#close(status, message, undefined);
  }

  pause(): void {
    if (this.#state === "open") this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer.#schedule();
  }

  #close(status: CloseStatus, message: string, failure: Error | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#failure = failure;
    if (status !== "normal" && status !== "going-away") this.#farewell = new PeerClosedError(status, message);
    // A closing end discards what arrives, so it must not keep its peer from flushing either.
    this.resume();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#state === "closed") return;
    this.#scheduled = true;
    // A promise and not `queueMicrotask`: it exists in every JavaScript environment.
    void SETTLED.then(this.#carry);
  }

  readonly #carry = (): void => {
    this.#scheduled = false;
    const peer = this.#peer;
    while (this.#state !== "closed") {
      if (peer.#paused) return this.#waitForPeer();
      const frame = this.#outbox.shift();
      if (frame === undefined) break;
      // A copy: the sender may have shared the frame with others, and the receiver owns what it gets.
      peer.#tell((handler) => handler.onFrame(frame.slice()));
      this.#checkLowWater();
    }
    if (this.#state === "closing") this.#finish(undefined, this.#farewell);
  };

  #checkLowWater(): void {
    if (!this.#heldBack || this.#outbox.bytes > this.#settings.outbox.lowWater) return;
    this.#heldBack = false;
    this.#tell((handler) => handler.onDrain());
  }

  /** Calls an open end's handler. One that throws loses its connection, nothing else. */
  #tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#state !== "open" || this.#handler === undefined) return;
    try {
      call(this.#handler);
    } catch (error) {
      this.#close("internal-error", "", asError(error));
    }
  }

  /** The peer does not read; a close must not wait for it forever. */
  #waitForPeer(): void {
    const { clock, closeTimeout } = this.#settings;
    if (this.#state !== "closing" || this.#cancelCutOff !== undefined) return;
    this.#cancelCutOff = clock.schedule(closeTimeout, () => {
      this.#finish(new Error(`the peer did not read within ${closeTimeout} ms of the close`), connectionLost());
    });
  }

  #breakOff(failure: Error): void {
    this.#state = "closing";
    this.#failure = failure;
    this.#outbox.clear();
    void SETTLED.then(() => this.#finish(failure, connectionLost()));
  }

  /** The peer learns of the end first, as it would from a close frame. */
  #finish(own: Error | undefined, peers: Error | undefined): void {
    try {
      this.#peer.#end(peers);
    } finally {
      this.#end(own);
    }
  }

  #end(error: Error | undefined): void {
    if (this.#state === "closed") return;
    // An end that was closing by itself is not told the peer's reason: it ends as it wished.
    const unwanted = this.#state === "closing" && error instanceof PeerClosedError ? undefined : error;
    this.#state = "closed";
    this.#outbox.clear();
    this.#cancelCutOff?.();
    this.#handler?.onClose(this.#failure ?? unwanted);
  }
}

function connectionLost(): Error {
  return new Error("the connection was lost");
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
