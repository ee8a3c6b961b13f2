import type { Socket } from "node:net";
import type { Clock } from "@kreuz/codec";

/** When to ping a silent peer, and how long to wait for its answer. */
export interface KeepAliveOptions {
  /** The longest silence of a peer: then a ping is sent, in milliseconds. Default 30 000. */
  readonly interval?: number;
  /** Time for an answer, in milliseconds. Default 20 000. */
  readonly timeout?: number;
}

/** The peer did not answer a ping. */
export class SilentPeerError extends Error {
  override readonly name = "SilentPeerError";

  constructor() {
    super("the peer did not answer a ping");
  }
}

/** What a {@link KeepAlive} asks of its connection. */
export interface KeepAliveOwner {
  /** A connection that is not being read cannot hear its peer. */
  readonly isPaused: boolean;
  /** Writes a PING and calls `sent` when it has left this process. */
  ping(sent: () => void): void;
  /** The peer did not answer. */
  onSilence(): void;
}

/** The counters of a socket that show whether anything moves. */
export type ByteCounters = Pick<Socket, "bytesRead" | "bytesWritten" | "writableLength">;

/**
 * Finds peers that vanished without closing, and keeps proxies from taking a connection for idle. A peer that sends
 * anything is alive and is not pinged. Only timers read the socket's counters, twice in an interval, so that a message costs
 * nothing: a ping may come half an interval early, but never late.
 */
export class KeepAlive {
  readonly #owner: KeepAliveOwner;
  readonly #socket: ByteCounters;
  readonly #options: Required<KeepAliveOptions>;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;
  #bytesRead = 0;
  /** The peer has been silent since then, or a bit less. */
  #silentSince = 0;
  #bytesSent = 0;
  #checkedAt = 0;
  #deadline = 0;
  #pingSent = false;

  constructor(owner: KeepAliveOwner, socket: ByteCounters, options: Required<KeepAliveOptions>, clock: Clock) {
    this.#owner = owner;
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
  }

  start(): void {
    this.#bytesRead = this.#socket.bytesRead;
    this.#silentSince = this.#clock.now();
    this.#checkLater();
  }

  stop(): void {
    this.#cancel?.();
  }

  /** A connection that is paused does not judge its peer. */
  get #heardOrPaused(): boolean {
    return this.#owner.isPaused || this.#socket.bytesRead !== this.#bytesRead;
  }

  #checkLater(): void {
    this.#checkedAt = this.#clock.now();
    const left = this.#silentSince + this.#options.interval - this.#checkedAt;
    this.#cancel = this.#clock.schedule(Math.min(left, this.#options.interval / 2), () => this.#check());
  }

  #check(): void {
    if (this.#heardOrPaused) return this.#onHeard();
    if (this.#clock.now() - this.#silentSince < this.#options.interval) this.#checkLater();
    else this.#ping();
  }

  /** It may have been heard right after the last check. */
  #onHeard(): void {
    this.#bytesRead = this.#socket.bytesRead;
    this.#silentSince = this.#checkedAt;
    this.#checkLater();
  }

  #ping(): void {
    this.#pingSent = false;
    this.#owner.ping(() => (this.#pingSent = true));
    this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    this.#bytesSent = this.#countSent();
    this.#checkedAt = this.#clock.now();
    this.#deadline = this.#checkedAt + this.#options.timeout;
    this.#checkAnswerLater();
  }

  #checkAnswerLater(): void {
    const left = this.#deadline - this.#clock.now();
    this.#cancel = this.#clock.schedule(Math.min(left, this.#options.interval / 2), () => this.#checkAnswer());
  }

  #checkAnswer(): void {
    if (this.#heardOrPaused) return this.#onHeard();
    this.#checkedAt = this.#clock.now();
    if (this.#checkedAt < this.#deadline) return this.#checkAnswerLater();
    // A slow peer that is still reading a backlog cannot have seen the ping behind it.
    if (!this.#pingSent && this.#countSent() !== this.#bytesSent) return this.#awaitAnswer();
    this.#owner.onSilence();
  }

  #countSent(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
