import type { Socket } from "node:net";
import type { SharedTimers, Timed } from "./shared-timers.js";

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

/** {@link KeepAliveOptions} with the defaults filled in, and the timers that all connections with these options share. */
export interface KeepAliveSettings extends Required<KeepAliveOptions> {
  readonly timers: SharedTimers;
}

/** The counters of a socket that show whether anything moves. */
export type ByteCounters = Pick<Socket, "bytesRead" | "bytesWritten" | "writableLength">;

/**
 * Finds peers that vanished without closing, and keeps proxies from taking a connection for idle. A peer that sends
 * anything is alive and is not pinged. Only timers read the socket's counters, twice in an interval, so that a message costs
 * nothing: a ping may come half an interval early, but late only by the grain of the timers.
 */
export class KeepAlive implements Timed {
  readonly #owner: KeepAliveOwner;
  readonly #socket: ByteCounters;
  readonly #settings: KeepAliveSettings;
  /** What the timers have for it. */
  #scheduled = 0;
  #bytesRead = 0;
  /** The peer has been silent since then, or a bit less. */
  #silentSince = 0;
  #bytesSent = 0;
  #checkedAt = 0;
  /** When an answer must have come; 0 while none is awaited. */
  #deadline = 0;
  #pingSent = false;

  constructor(owner: KeepAliveOwner, socket: ByteCounters, settings: KeepAliveSettings) {
    this.#owner = owner;
    this.#socket = socket;
    this.#settings = settings;
  }

  start(): void {
    this.#bytesRead = this.#socket.bytesRead;
    this.#silentSince = this.#now();
    this.#checkLater();
  }

  stop(): void {
    this.#settings.timers.cancel(this, this.#scheduled);
  }

  /** @internal Called by the timers. */
  onTime(): void {
    if (this.#deadline === 0) this.#check();
    else this.#checkAnswer();
  }

  /** A connection that is paused does not judge its peer. */
  get #heardOrPaused(): boolean {
    return this.#owner.isPaused || this.#socket.bytesRead !== this.#bytesRead;
  }

  #checkLater(): void {
    this.#checkedAt = this.#now();
    this.#deadline = 0;
    this.#scheduleAt(this.#silentSince + this.#settings.interval);
  }

  #check(): void {
    if (this.#heardOrPaused) return this.#onHeard();
    if (this.#now() - this.#silentSince < this.#settings.interval) this.#checkLater();
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
    this.#checkedAt = this.#now();
    this.#deadline = this.#checkedAt + this.#settings.timeout;
    this.#scheduleAt(this.#deadline);
  }

  #checkAnswer(): void {
    if (this.#heardOrPaused) return this.#onHeard();
    this.#checkedAt = this.#now();
    if (this.#checkedAt < this.#deadline) return this.#scheduleAt(this.#deadline);
    // A slow peer that is still reading a backlog cannot have seen the ping behind it.
    if (!this.#pingSent && this.#countSent() !== this.#bytesSent) return this.#awaitAnswer();
    this.#owner.onSilence();
  }

  /** At `time`, but soon enough to look twice in an interval. */
  #scheduleAt(time: number): void {
    const { interval, timers } = this.#settings;
    this.#scheduled = timers.schedule(this, Math.min(time - this.#now(), interval / 2));
  }

  #now(): number {
    return this.#settings.timers.now();
  }

  #countSent(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
