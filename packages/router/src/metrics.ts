/** The name of a counter of how often a limit was reached: `limit_` and the limit's name. */
export type LimitMetric = `limit_${string}`;

/** The limits of the router and of the plugins that come with it. Their counters exist from the start, with 0. */
export const LIMIT_METRICS: readonly LimitMetric[] = [
  "limit_handshake_timeout",
  "limit_authentication_timeout",
  "limit_handshake_message_bytes",
  "limit_authentication_attempts",
  "limit_goodbye_timeout",
  "limit_subscriptions_per_session",
  "limit_registrations_per_session",
  "limit_pending_calls_per_session",
  "limit_pending_call_bytes_per_session",
  "limit_queued_calls_per_registration",
  "limit_retained_events",
  "limit_sessions_per_realm",
  "limit_uri_length",
  "limit_pattern_components",
  "limit_pattern_shapes",
  "limit_option_text_length",
  "limit_option_list_length",
  "limit_memory",
  "limit_messages_per_second",
  "limit_bytes_per_second",
  "limit_joins_per_minute",
  "limit_outbox_bytes",
  "limit_outbox_high_water_bytes",
  "limit_testaments_per_session",
  "limit_event_history",
  "limit_queries_per_session",
  "limit_guard_timeout",
];

/** Counts how often each limit was reached, for example to log it. All other numbers are in {@link RealmStats}. */
export interface Metrics {
  /** Adds one to the counter. */
  count(limit: LimitMetric): void;
}

/** Counters in memory: the default, and for tests. */
export class CounterMetrics implements Metrics {
  readonly #counters = new Map<LimitMetric, number>(LIMIT_METRICS.map((limit) => [limit, 0]));

  count(limit: LimitMetric): void {
    this.#counters.set(limit, this.get(limit) + 1);
  }

  get(limit: LimitMetric): number {
    return this.#counters.get(limit) ?? 0;
  }

  /** Every counter and its number. */
  [Symbol.iterator](): IterableIterator<[limit: LimitMetric, times: number]> {
    return this.#counters.entries();
  }
}
