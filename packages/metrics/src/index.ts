export { kreuzMetrics, METRICS } from "./kreuz-metrics.js";
export type { KreuzMetricsOptions } from "./kreuz-metrics.js";
export type { LabelValues, Metric, Sample } from "./metric.js";
export { SummedMetrics } from "./sum-metrics.js";
export type { MetricsSnapshot } from "./sum-metrics.js";
export { MAX_GROUPS, UriGroups } from "./uri-groups.js";
export type { GroupNumbers, UriGroup } from "./uri-groups.js";
export type { ListenerSource, MetricsSource, ReloadCounts } from "./metrics-source.js";
