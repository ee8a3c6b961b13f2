import type { Clock } from "@kreuz/codec";

/**
 * A rate with a burst: tokens come back with time, up to as many as one period brings. Looks at the clock only when it
 * seems to be empty, so that whoever stays below the rate pays nothing for it.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #period: number;
  #tokens: number;
  #since: number;

  /** @param period - milliseconds in which a full bucket comes back. */
  constructor(clock: Clock, size: number, period = 1000) {
    this.#clock = clock;
    this.#period = period;
    this.#tokens = size;
    this.#since = clock.now();
  }

  /**
   * Takes tokens, also those that are not there yet.
   * @param size - tokens of a full bucket; it may change.
   * @returns milliseconds until there are as many as were taken; 0 when there were.
   */
  take(amount: number, size: number): number {
    if (amount > this.#tokens) this.#fill(size);
    this.#tokens -= amount;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * this.#period) / size);
  }

  #fill(size: number): void {
    const now = this.#clock.now();
    // A clock that is set back must not take tokens away.
    const earned = (Math.max(0, now - this.#since) * size) / this.#period;
    this.#since = now;
    this.#tokens = Math.min(size, this.#tokens + earned);
  }
}
