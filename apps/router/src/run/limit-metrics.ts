import { CounterMetrics, type Logger, type MetricName } from "@kreuz/router";
import type { LimitName } from "@kreuz/transport-node";

/** Counters of the router that also log each limit that is reached. */
export class LimitLoggingMetrics extends CounterMetrics {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    super();
    this.#logger = logger;
  }

  override count(metric: MetricName): void {
    super.count(metric);
    if (metric.startsWith("limit_") || metric === "events_dropped") logLimit(this.#logger, metric, this.get(metric));
  }
}

/** Counts how often each limit of the transports was reached. */
export class TransportCounters {
  readonly #counters = new Map<LimitName, number>();

  count(limit: LimitName): void {
    this.#counters.set(limit, this.get(limit) + 1);
  }

  get(limit: LimitName): number {
    return this.#counters.get(limit) ?? 0;
  }
}

/** Logs the 1st, 10th, 100th, … time that a limit was reached, so that clients cannot flood the log. */
export function logLimit(logger: Logger, limit: string, times: number): void {
  if (Number.isInteger(Math.log10(times))) logger.warn({ limit, times }, "limit reached");
}
