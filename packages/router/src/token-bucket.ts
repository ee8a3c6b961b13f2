import type { Clock } from "@kreuz/codec";

/**
 * A rate with a burst: tokens come back over time, up to the number of one period. Reads the clock only when the bucket
 * seems empty, so that staying below the rate costs nothing.
 */
export class TokenBucket {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #period: number;
  #tokens: number;
  #since: number;

  /**
   * @param size - tokens at the beginning.
   * @param period - milliseconds in which a full bucket comes back. Default 1000.
   */
  constructor(clock: Pick<Clock, "monotonic">, size: number, period = 1000) {
    this.#clock = clock;
    this.#period = period;
    this.#tokens = size;
    this.#since = this.#now();
  }

  /**
   * Takes tokens, into debt if need be.
   * @param size - tokens of a full bucket; it may change between calls.
   * @returns milliseconds until the debt is paid; 0 when there is none.
   */
  take(amount: number, size: number): number {
    if (amount > this.#tokens) this.#refill(size);
    this.#tokens -= amount;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * this.#period) / size);
  }

  /**
   * Takes tokens if they are there, and none otherwise: for requests that can be refused.
   * @param size - tokens of a full bucket; it may change between calls.
   */
  tryTake(amount: number, size: number): boolean {
    if (amount > this.#tokens) this.#refill(size);
    if (amount > this.#tokens) return false;
    this.#tokens -= amount;
    return true;
  }

  #refill(size: number): void {
    const now = this.#now();
    const earned = ((now - this.#since) * size) / this.#period;
    this.#since = now;
    this.#tokens = Math.min(size, this.#tokens + earned);
  }

  /** Whole milliseconds take no memory of their own. */
  #now(): number {
    return Math.floor(this.#clock.monotonic());
  }
}
