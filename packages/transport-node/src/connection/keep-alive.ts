import type { Socket } from "node:net";
import type { Clock } from "@kreuz/codec";

/** When a silent peer is asked for a sign of life, and how long it has to give one. */
export interface KeepAliveOptions {
  /** Silence before a ping is sent, in milliseconds. Default 30 000. */
  readonly interval?: number;
  /** Time for an answer, in milliseconds. Default 20 000. */
  readonly timeout?: number;
}

/** The parts of a WebSocket that matter here; named so that users of the package need no types of its library. */
export interface Pingable {
  readonly isPaused: boolean;
  ping(data: Uint8Array, mask: boolean | undefined, sent: (error?: Error) => void): void;
}
/** The counters of a socket that matter here. */
export type ByteCounters = Pick<Socket, "bytesRead" | "bytesWritten" | "writableLength">;

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Finds peers that are gone without a word. A peer that sends anything is alive and is not pinged. Only timers look at
 * the socket's counters, so that a message costs nothing.
 */
export class KeepAlive {
  readonly #webSocket: Pingable;
  readonly #socket: ByteCounters;
  readonly #options: Required<KeepAliveOptions>;
  readonly #clock: Clock;
  readonly #onDead: () => void;
  #cancel: (() => void) | undefined;
  #heard = 0;
  #written = 0;
  #pingLeft = false;

  constructor(
    webSocket: Pingable,
    socket: ByteCounters,
    options: Required<KeepAliveOptions>,
    clock: Clock,
    onDead: () => void,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#onDead = onDead;
  }

  start(): void {
    this.#heard = this.#socket.bytesRead;
    this.#cancel = this.#clock.schedule(this.#options.interval, () => this.#onInterval());
  }

  stop(): void {
    this.#cancel?.();
  }

  #onInterval(): void {
    // A connection that does not read cannot hear; and whoever was heard need not be asked.
    if (this.#webSocket.isPaused || this.#socket.bytesRead !== this.#heard) return this.start();
    this.#pingLeft = false;
    this.#webSocket.ping(NOTHING, undefined, () => (this.#pingLeft = true));
    this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    this.#written = this.#bytesGone();
    this.#cancel = this.#clock.schedule(this.#options.timeout, () => this.#onTimeout());
  }

  #onTimeout(): void {
    if (this.#webSocket.isPaused || this.#socket.bytesRead !== this.#heard) return this.start();
    // A slow peer that still takes a backlog cannot have seen the ping behind it.
    if (!this.#pingLeft && this.#bytesGone() !== this.#written) return this.#awaitAnswer();
    this.#onDead();
  }

  #bytesGone(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
