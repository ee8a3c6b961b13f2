/** What the router counts. Every limit has a counter of how often it was reached. */
export type MetricName =
  | "sessions_joined"
  | "sessions_left"
  | "protocol_violations"
  | "authentications_denied"
  | "authentications_failed"
  | "authorizations_denied"
  | "authorizations_failed"
  | "permissions_revoked"
  | "events_dropped"
  | "messages_undeliverable"
  | "limit_handshake_timeout"
  | "limit_authentication_timeout"
  | "limit_handshake_message_bytes"
  | "limit_authentication_attempts"
  | "limit_goodbye_timeout"
  | "limit_subscriptions_per_session"
  | "limit_registrations_per_session"
  | "limit_pending_calls_per_session"
  | "limit_pending_call_bytes_per_session"
  | "limit_queued_calls_per_registration"
  | "limit_retained_events"
  | "limit_sessions_per_realm"
  | "limit_uri_length"
  | "limit_pattern_components"
  | "limit_pattern_shapes"
  | "limit_option_text_length"
  | "limit_option_list_length"
  | "limit_memory"
  | "limit_messages_per_second"
  | "limit_bytes_per_second"
  | "limit_joins_per_minute"
  | "limit_outbox_bytes"
  | "limit_testaments_per_session"
  | "limit_event_history"
  | "limit_queries_per_session";

/** Receives counts, for example to export them to Prometheus. */
export interface Metrics {
  /** Adds one to the counter. */
  count(metric: MetricName): void;
}

/** Counters in memory: the default, and for tests. */
export class CounterMetrics implements Metrics {
  readonly #counters = new Map<MetricName, number>();

  count(metric: MetricName): void {
    this.#counters.set(metric, this.get(metric) + 1);
  }

  get(metric: MetricName): number {
    return this.#counters.get(metric) ?? 0;
  }
}
