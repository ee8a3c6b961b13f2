import type { Clock, Connection } from "@kreuz/codec";

/**
 * Pauses the reading of one connection for as long as there is a reason to: a decision about an earlier message, or a
 * rate that was exceeded. The transport delivers no frame until every reason is gone (see `Connection.pause`).
 */
export class ReadPause {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #reasons = 0;
  #closed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Adds a reason to pause. Every call needs its {@link release}. */
  hold(): void {
    if (this.#reasons++ === 0) this.#connection.pause();
  }

  /** Removes a reason; resumes after the last one. */
  release(): void {
    if (--this.#reasons === 0 && !this.#closed) this.#connection.resume();
  }

  /** Pauses for a number of milliseconds. One such pause at a time: what still arrives meanwhile adds to the next one. */
  holdFor(ms: number): void {
    if (this.#closed || this.#cancelTimer !== undefined) return;
    this.hold();
    this.#cancelTimer = this.#clock.schedule(ms, () => {
      this.#cancelTimer = undefined;
      this.release();
    });
  }

  /** The connection is over: cancels the timer, never resumes. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
