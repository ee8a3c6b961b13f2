import type { Socket } from "node:net";
import type { Clock } from "@kreuz/codec";

/** When to ping a silent peer, and how long to wait for its answer. */
export interface KeepAliveOptions {
  /** Silence before a ping is sent, in milliseconds. Default 30 000. */
  readonly interval?: number;
  /** Time for an answer, in milliseconds. Default 20 000. */
  readonly timeout?: number;
}

/** What pings are sent through. It matches the WebSocket of `ws`, without making its types part of this package's. */
export interface Pingable {
  readonly isPaused: boolean;
  ping(data: Uint8Array, mask: boolean | undefined, sent: (error?: Error) => void): void;
}

/** The counters of a socket that show whether anything moves. */
export type ByteCounters = Pick<Socket, "bytesRead" | "bytesWritten" | "writableLength">;

const EMPTY: Uint8Array = new Uint8Array(0);

/**
 * Finds peers that vanished without closing. A peer that sends anything is alive and is not pinged. Only timers read the
 * socket's counters, so a message costs nothing.
 */
export class KeepAlive {
  readonly #peer: Pingable;
  readonly #socket: ByteCounters;
  readonly #options: Required<KeepAliveOptions>;
  readonly #clock: Clock;
  readonly #onSilence: () => void;
  #cancel: (() => void) | undefined;
  #bytesRead = 0;
  #bytesSent = 0;
  #pingSent = false;

  constructor(
    peer: Pingable,
    socket: ByteCounters,
    options: Required<KeepAliveOptions>,
    clock: Clock,
    onSilence: () => void,
  ) {
    this.#peer = peer;
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.#bytesRead = this.#socket.bytesRead;
    this.#cancel = this.#clock.schedule(this.#options.interval, () => this.#onInterval());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** A connection that is paused cannot hear its peer, so it does not judge it. */
  get #heardOrPaused(): boolean {
    return this.#peer.isPaused || this.#socket.bytesRead !== this.#bytesRead;
  }

  #onInterval(): void {
    if (this.#heardOrPaused) return this.start();
    this.#pingSent = false;
    this.#peer.ping(EMPTY, undefined, () => (this.#pingSent = true));
    this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    this.#bytesSent = this.#countSent();
    this.#cancel = this.#clock.schedule(this.#options.timeout, () => this.#onTimeout());
  }

  #onTimeout(): void {
    if (this.#heardOrPaused) return this.start();
    // A slow peer that is still reading a backlog cannot have seen the ping behind it.
    if (!this.#pingSent && this.#countSent() !== this.#bytesSent) return this.#awaitAnswer();
    this.#onSilence();
  }

  #countSent(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
