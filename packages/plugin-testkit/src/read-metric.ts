import type { PluginMetric } from "@kreuz/router";
import { check } from "@kreuz/testkit";

/**
 * Reads a metric of a plugin.
 *
 * @param name - as the plugin gave it, or as it is exported.
 * @param labels - adds up the series that have these values only.
 * @throws ContractError when there is no such metric or series, or several plugins have one of that name.
 */
export function readMetric(
  metrics: readonly PluginMetric[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const found = metrics.filter((metric) => metric.name === name || metric.name.endsWith(`_${name}`));
  const [metric, ...others] = found;
  check(metric !== undefined, `no plugin has a metric ${name}; there are ${listed(metrics)}`);
  check(others.length === 0, `expected the full name of one metric, got ${name}; it may be ${listed(found)}`);
  if (metric.histogram !== undefined) return metric.histogram.count;
  const wanted = Object.entries(labels);
  const series = [...metric.values()].filter((one) => wanted.every(([label, value]) => one.labels[label] === value));
  check(series.length > 0, `the metric ${metric.name} has no series with ${JSON.stringify(labels)}`);
  return series.reduce((sum, { value }) => sum + value, 0);
}

function listed(metrics: readonly PluginMetric[]): string {
  return metrics.map(({ name }) => name).join(", ") || "none";
}
