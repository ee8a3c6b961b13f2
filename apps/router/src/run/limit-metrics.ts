import { CounterMetrics, DEFAULT_LIMITS, type LimitMetric, type Logger } from "@kreuz/router";
import { LIMIT_NAMES, type LimitName } from "@kreuz/transport-node";

/** Counters of the router's limits that also log each limit that is reached. */
export class LimitLoggingMetrics extends CounterMetrics {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    super();
    this.#logger = logger;
  }

  override count(limit: LimitMetric): void {
    super.count(limit);
    logLimit(this.#logger, limit, this.get(limit));
  }
}

/** The name of a limit: one of the built-in transports, or any of a transport of a package. */
type AnyLimit = LimitName | (string & {});

/** Counts how often each limit of the transports was reached. */
export class TransportCounters {
  readonly #counters = new Map<AnyLimit, number>(LIMIT_NAMES.map((limit) => [limit, 0]));

  count(limit: AnyLimit): void {
    this.#counters.set(limit, this.get(limit) + 1);
  }

  get(limit: AnyLimit): number {
    return this.#counters.get(limit) ?? 0;
  }

  /** Every limit and how often it was reached. */
  [Symbol.iterator](): IterableIterator<[limit: string, times: number]> {
    return this.#counters.entries();
  }
}

/** Logs the 1st, 10th, 100th, … time that a limit was reached, so that clients cannot flood the log. */
export function logLimit(logger: Logger, limit: string, times: number): void {
  if (!Number.isInteger(Math.log10(times))) return;
  const setting = settingOf(limit);
  logger.warn({ limit, times, ...(setting === undefined ? {} : { setting }) }, "limit reached");
}

const OTHER_SETTINGS: Readonly<Record<string, string>> = {
  limit_memory: "limits.memoryBytes",
  limit_retained_events: "limits.retainedTopicsPerRealm",
  limit_outbox_bytes: "transports[].outbox.limitBytes",
  limit_authentication_attempts: "realms[].auth.attempts",
  limit_outbox_high_water_bytes: "transports[].outbox.highWaterBytes",
  connections: "transports[].maxConnections",
  "connections-per-address": "transports[].maxConnectionsPerAddress",
  "pending-handshakes": "transports[].maxPendingHandshakes",
  "handshake-timeout": "transports[].handshakeTimeoutMs",
  "message-timeout": "transports[].messageTimeoutMs",
  memory: "limits.memoryBytes",
  "message-bytes": "transports[].maxMessageBytes",
  "keep-alive-timeout": "transports[].keepAlive.timeoutMs",
  "session-timeout": "transports[].longPoll.sessionTimeoutMs",
  "route-body-bytes": "transports[].routes[].maxBodyBytes",
  "route-timeout": "transports[].routes[].timeoutMs",
  origin: "transports[].allowedOrigins",
};

/** The setting that a limit comes from, if there is one. */
export function settingOf(limit: string): string | undefined {
  const name = limit.replace(/^limit_/, "").replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (Object.hasOwn(DEFAULT_LIMITS, name)) return `limits.${name}${name.endsWith("Timeout") ? "Ms" : ""}`;
  return OTHER_SETTINGS[limit];
}
