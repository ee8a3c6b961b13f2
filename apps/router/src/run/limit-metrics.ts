import { CounterMetrics, type Logger, type MetricName } from "@kreuz/router";

/**
 * Says that a limit was hit, the first time, the 10th, the 100th and so on: so the log shows what goes on, and nobody
 * can fill it.
 */
export function logLimit(logger: Logger, limit: string, times: number): void {
  if (Number.isInteger(Math.log10(times))) logger.warn({ limit, times }, "a limit was hit");
}

/** Counts, and says when one of the router's limits was hit. */
export class LoggedMetrics extends CounterMetrics {
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
