import type { Clock } from "@kreuz/codec";
import type { RoleLimits, RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";
import { TokenBucket } from "../token-bucket.js";

const MS_PER_MINUTE = 60_000;

interface Services {
  readonly limits: RouterLimits;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** The rates of one connection. A client that exceeds one is read more slowly, and loses nothing. */
export class Rates {
  readonly #limits: RouterLimits;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  #messages: TokenBucket;
  #bytes: TokenBucket;
  readonly #joins: TokenBucket;
  #roleLimits: RoleLimits | undefined;
  /** Milliseconds that the HELLO of the current frame costs. */
  #joinDelay = 0;

  constructor({ limits, metrics, clock }: Services) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#messages = new TokenBucket(clock, limits.messagesPerSecond);
    this.#bytes = new TokenBucket(clock, limits.bytesPerSecond);
    this.#joins = new TokenBucket(clock, limits.joinsPerMinute, MS_PER_MINUTE);
  }

  /** From now on the rates of a role apply, where it has any. */
  setRole(limits: RoleLimits | undefined): void {
    if (limits === this.#roleLimits) return;
    this.#roleLimits = limits;
    this.#messages = new TokenBucket(this.#clock, limits?.messagesPerSecond ?? this.#limits.messagesPerSecond);
    this.#bytes = new TokenBucket(this.#clock, limits?.bytesPerSecond ?? this.#limits.bytesPerSecond);
  }

  /** Counts a HELLO, in addition to the message that carries it. */
  join(): void {
    this.#joinDelay = this.#joins.take(1, this.#limits.joinsPerMinute);
    if (this.#joinDelay > 0) this.#metrics.count("limit_joins_per_minute");
  }

  /** Counts a message. @returns milliseconds until the next one may be read. */
  message(bytes: number): number {
    const { messagesPerSecond = this.#limits.messagesPerSecond, bytesPerSecond = this.#limits.bytesPerSecond } =
      this.#roleLimits ?? this.#limits;
    const forMessages = this.#messages.take(1, messagesPerSecond);
    if (forMessages > 0) this.#metrics.count("limit_messages_per_second");
    const forBytes = this.#bytes.take(bytes, bytesPerSecond);
    if (forBytes > 0) this.#metrics.count("limit_bytes_per_second");
    const delay = Math.max(forMessages, forBytes, this.#joinDelay);
    this.#joinDelay = 0;
    return delay;
  }
}
