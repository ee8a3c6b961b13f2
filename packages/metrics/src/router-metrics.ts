import { type Metric, single } from "./metric.js";

/** What belongs to the whole router. */
export const ROUTER_METRICS: readonly Metric[] = [
  {
    name: "build_info",
    type: "gauge",
    labels: { version: "version of Kreuz", node: "version of Node.js" },
    help: "Always 1.",
    together: "max",
    read: ({ version }) => [{ labels: { version, node: process.versions.node }, value: 1 }],
  },
  {
    name: "ready",
    type: "gauge",
    labels: {},
    help: "1 while clients can be sent here, as /readyz says; 0 while starting, draining, or a part fails.",
    together: "min",
    read: (source) => single(source.ready() ? 1 : 0),
  },
  {
    name: "config_reloads_total",
    type: "counter",
    labels: { result: "ok, refused" },
    help: "Reloads of the config; a refused one changes nothing.",
    together: "max",
    read: ({ reloads }) => [
      { labels: { result: "ok" }, value: reloads.ok },
      { labels: { result: "refused" }, value: reloads.refused },
    ],
  },
  {
    name: "config_last_reload_success_timestamp_seconds",
    type: "gauge",
    labels: {},
    help: "When the config in force was read.",
    together: "max",
    read: ({ reloads }) => single(reloads.lastSuccess),
  },
  {
    name: "budget_bytes",
    type: "gauge",
    labels: {},
    help: "Bytes that clients make the router hold, as charged to the memory budget.",
    read: ({ budget }) => single(budget.bytes),
  },
  {
    name: "budget_pieces",
    type: "gauge",
    labels: {},
    help: "Frames, patterns, calls and other pieces that clients make the router hold.",
    read: ({ budget }) => single(budget.pieces),
  },
  {
    name: "budget_max_bytes",
    type: "gauge",
    labels: {},
    help: "The memory budget: above it, clients are cut.",
    read: ({ budget }) => single(budget.maxBytes),
  },
  {
    name: "limit_hits_total",
    type: "counter",
    labels: { limit: "name of a limit" },
    help: "How often each limit was reached, of the router and of the transports.",
    *read(source) {
      for (const [limit, value] of source.limits()) yield { labels: { limit }, value };
    },
  },
];
