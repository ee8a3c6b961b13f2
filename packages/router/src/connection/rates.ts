import type { Clock } from "@kreuz/codec";
import type { RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";
import { TokenBucket } from "./token-bucket.js";

const MINUTE = 60_000;

/** How fast one connection may speak. Whoever is faster is read more slowly, and loses nothing by it. */
export class Rates {
  readonly #limits: RouterLimits;
  readonly #metrics: Metrics;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #joins: TokenBucket;

  constructor({
    limits,
    metrics,
    clock,
  }: {
    readonly limits: RouterLimits;
    readonly metrics: Metrics;
    readonly clock: Clock;
  }) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#messages = new TokenBucket(clock, limits.messagesPerSecond);
    this.#bytes = new TokenBucket(clock, limits.bytesPerSecond);
    this.#joins = new TokenBucket(clock, limits.joinsPerMinute, MINUTE);
  }

  /** Notes one message. @returns milliseconds until the next one may be read. */
  message(bytes: number): number {
    const { messagesPerSecond, bytesPerSecond } = this.#limits;
    const forMessages = this.#messages.take(1, messagesPerSecond);
    if (forMessages > 0) this.#metrics.count("limit_messages_per_second");
    const forBytes = this.#bytes.take(bytes, bytesPerSecond);
    if (forBytes > 0) this.#metrics.count("limit_bytes_per_second");
    return Math.max(forMessages, forBytes);
  }

  /** Notes one HELLO. @returns milliseconds until the next message may be read. */
  join(): number {
    const wait = this.#joins.take(1, this.#limits.joinsPerMinute);
    if (wait > 0) this.#metrics.count("limit_joins_per_minute");
    return wait;
  }
}
