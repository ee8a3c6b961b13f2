import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessStats } from "@kreuz/admin";
import type { Budget, Clock } from "@kreuz/codec";

/** Milliseconds between two samples of the event loop: each costs CPU. */
const RESOLUTION = 20;
/** Milliseconds that a reading of the delays lasts at least, so that two readers do not take each other's. */
const MIN_PERIOD = 900;
const NANOSECONDS = 1e9;

/** What the process uses, for operators. */
export class ProcessStatsReader {
  readonly #budget: Budget;
  readonly #clock: Clock;
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #last: ProcessStats["eventLoopDelay"] = { p50: 0, p99: 0, max: 0 };
  #since: number;

  constructor(budget: Budget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
    this.#since = clock.monotonic();
    this.#delays.enable();
  }

  read(): ProcessStats {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      memoryBytes: rss,
      heapBytes: heapUsed,
      eventLoopDelay: this.#readDelays(),
      clientBytes: this.#budget.bytes,
      maxClientBytes: this.#budget.maxBytes,
    };
  }

  stop(): void {
    this.#delays.disable();
  }

  #readDelays(): ProcessStats["eventLoopDelay"] {
    const now = this.#clock.monotonic();
    if (now - this.#since < MIN_PERIOD) return this.#last;
    this.#since = now;
    const { count, max } = this.#delays;
    // Without a sample its numbers are not numbers. What is normal is no delay.
    const secondsOf = (nanoseconds: number): number =>
      count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1000);
    this.#last = {
      p50: secondsOf(this.#delays.percentile(50)),
      p99: secondsOf(this.#delays.percentile(99)),
      max: secondsOf(max),
    };
    this.#delays.reset();
    return this.#last;
  }
}
