import type { Histogram, PluginMetric } from "@kreuz/router";
import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValue, Registry } from "prom-client";
import { GROUP_METRICS } from "./group-metrics.js";
import { LISTENER_METRICS } from "./listener-metrics.js";
import type { Metric, Sample } from "./metric.js";
import type { MetricsSource } from "./metrics-source.js";
import { REALM_METRICS } from "./realm-metrics.js";
import { ROUTER_METRICS } from "./router-metrics.js";

/** Settings of {@link kreuzMetrics}. */
export interface KreuzMetricsOptions {
  /** Takes the metrics, beside others that a program may have. Default: one of their own. */
  readonly registry?: Registry;
}

const ALWAYS: readonly Metric[] = [...ROUTER_METRICS, ...LISTENER_METRICS, ...REALM_METRICS];

/** Every metric of the router, without those of plugins and of the process. Those called `group_…` need groups. */
export const METRICS: readonly Metric[] = [...ALWAYS, ...GROUP_METRICS];

const PREFIX = "kreuz_";

/** How often the delay of the event loop is measured, in milliseconds: each time costs CPU. */
const EVENT_LOOP_PRECISION = 20;

/** Gauges of prom-client whose names end in `_total`, which Prometheus reserves for counters. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
] as const;

/** What the registry takes for a metric: an object that is asked when somebody scrapes. */
interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: Metric["type"];
  get(): Promise<MetricObjectWithValues<MetricValue<string>>>;
}

/**
 * The metrics of a router in a registry of prom-client, which writes them as Prometheus reads them: what the router, its
 * listeners, its realms and its plugins count, and what the process uses. All series exist from the start, and no client can
 * add any. The router's numbers are read when somebody scrapes.
 */
export function kreuzMetrics(source: MetricsSource, { registry = new Registry() }: KreuzMetricsOptions = {}): Registry {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const registerPlugins = pluginRegistration(registry, source);
  for (const [index, metric] of (source.groups === undefined ? ALWAYS : METRICS).entries()) {
    const { help, type, together = "sum" } = metric;
    register(registry, { name: `${PREFIX}${metric.name}`, help, type, together }, () => {
      // Once in each scrape.
      if (index === 0) registerPlugins();
      return metric.read(source);
    });
  }
  registerPlugins();
  return registry;
}

/**
 * Plugins create their metrics when their realm opens, and those that come later do so then.
 *
 * @returns a function that registers those that are new, for the next scrape: each with the realms that have it.
 */
function pluginRegistration(registry: Registry, { router }: MetricsSource): () => void {
  // The plugins of the router belong to no realm.
  const places = (): readonly (string | undefined)[] => [undefined, ...router.realms];
  const known = new Set<string>();
  const registerOnce = ({ name, help, type }: PluginMetric): void => {
    if (known.has(name)) return;
    known.add(name);
    // What a gauge of a plugin means, nobody here knows.
    register(registry, { name, help, type, together: type === "gauge" ? "each" : "sum" }, function* () {
      for (const realm of places())
        for (const metric of router.pluginMetrics(realm)) if (metric.name === name) yield* samplesOf(metric, realm);
    });
  };
  return () => {
    for (const realm of places()) for (const metric of router.pluginMetrics(realm)) registerOnce(metric);
  };
}

function* samplesOf({ histogram, values }: PluginMetric, realm: string | undefined): Iterable<Sample> {
  const place: Sample["labels"] = realm === undefined ? {} : { realm };
  if (histogram !== undefined) yield { labels: place, value: histogram };
  for (const { labels, value } of values()) yield { labels: { ...place, ...labels }, value };
}

function register(
  registry: Registry,
  { together, ...metric }: Pick<CollectedMetric, "name" | "help" | "type"> & Required<Pick<Metric, "together">>,
  read: () => Iterable<Sample>,
): void {
  const collected: CollectedMetric = {
    ...metric,
    get: async () =>
      ({
        ...metric,
        aggregator: together,
        values: [...valuesOf(metric.name, read())],
      }) as unknown as MetricObjectWithValues<MetricValue<string>>,
  };
  // Its types know the classes only; what it needs of them is this.
  registry.registerMetric(collected as unknown as Parameters<Registry["registerMetric"]>[0]);
}

function* valuesOf(name: string, samples: Iterable<Sample>): Iterable<MetricValue<string> & { metricName?: string }> {
  for (const { labels, value } of samples)
    if (typeof value === "number") yield { labels, value };
    else yield* bucketsOf(name, labels, value);
}

function* bucketsOf(
  name: string,
  labels: Sample["labels"],
  { bounds, cumulative, sum, count }: Histogram,
): Iterable<MetricValue<string> & { metricName: string }> {
  for (const [index, value] of cumulative.entries())
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[index] ?? "+Inf") }, value };
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: count };
}
