import type { CounterMetrics } from "@kreuz/router";
import type { ListenerStats } from "@kreuz/transport-node";
import type { TransportCounters } from "../run/limit-metrics.js";
import type { OpenTransport } from "../run/open-transports.js";

/** A listener of clients, and what it counts. */
export interface MeasuredListener {
  readonly name: string;
  readonly url: string;
  readonly stats: ListenerStats;
}

/** The listeners that count, by the names that the metrics give them. */
export function listenersOf(transports: readonly OpenTransport[]): readonly MeasuredListener[] {
  return transports.flatMap(({ endpoint: { url }, stats, name }) =>
    stats === undefined ? [] : [{ name: name ?? placeOf(url), url, stats }],
  );
}

/** How often each limit was reached, of the router and of the transports. */
export function* limitsOf({
  metrics,
  transportMetrics,
}: {
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
}): Generator<readonly [limit: string, times: number], void> {
  for (const [limit, times] of metrics) yield [limit.replace(/^limit_/, ""), times];
  for (const [limit, times] of transportMetrics) yield [`transport_${limit.replaceAll("-", "_")}`, times];
}

/** The host and port of a listener, or the path of its Unix socket. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host === "" ? pathname : host;
}
