export { kreuzMetrics, METRICS } from "./kreuz-metrics.js";
export type { KreuzMetricsOptions } from "./kreuz-metrics.js";
export type { LabelValues, Metric, Sample } from "./metric.js";
export type { ListenerNumbers, ListenerSource, MetricsSource, ReloadCounts } from "./metrics-source.js";
