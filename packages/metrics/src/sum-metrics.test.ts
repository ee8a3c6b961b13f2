import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { SummedMetrics } from "./sum-metrics.js";

/** The metrics of a process that has counted so much. */
async function snapshot(count: number) {
  const registers = [new Registry()];
  new Counter({ name: "calls_total", help: "Calls.", labelNames: ["realm"], registers }).inc({ realm: "a" }, count);
  new Histogram({ name: "seconds", help: "Seconds.", buckets: [1, 2], registers }).observe(count);
  new Gauge({ name: "open", help: "Open.", registers }).set(count);
  new Gauge({ name: "all", help: "All.", aggregator: "max", registers }).set(count);
  new Gauge({ name: "nodejs_eventloop_lag_seconds", help: "Lag.", registers }).set(count);
  return registers[0]!.getMetricsAsJSON();
}

async function seriesOf(metrics: SummedMetrics): Promise<Record<string, string>> {
  const lines = (await metrics.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

test("metrics of several processes are sums, or have their process as a label where a sum says nothing", async () => {
  const metrics = new SummedMetrics(["worker-1", "worker-2"]);
  metrics.update("worker-1", await snapshot(1));
  metrics.update("worker-2", await snapshot(3));
  metrics.update("worker-2", await snapshot(4));
  expect(await seriesOf(metrics)).toEqual({
    'calls_total{realm="a"}': "5",
    'seconds_bucket{le="1"}': "1",
    'seconds_bucket{le="2"}': "1",
    'seconds_bucket{le="+Inf"}': "2",
    seconds_sum: "5",
    seconds_count: "2",
    open: "5",
    all: "4",
    'nodejs_eventloop_lag_seconds{worker="worker-1"}': "1",
    'nodejs_eventloop_lag_seconds{worker="worker-2"}': "4",
    'kreuz_worker_restarts_total{worker="worker-1"}': "0",
    'kreuz_worker_restarts_total{worker="worker-2"}': "0",
  });
});

test("what a process has counted stays when it ends, and its gauges go", async () => {
  const metrics = new SummedMetrics(["worker-1", "worker-2"]);
  metrics.update("worker-1", await snapshot(1));
  for (const count of [10, 20]) {
    metrics.update("worker-2", await snapshot(count));
    await metrics.end("worker-2");
    metrics.restart("worker-2");
  }
  await metrics.end("worker-3");
  expect(await seriesOf(metrics)).toMatchObject({
    'calls_total{realm="a"}': "31",
    seconds_count: "3",
    open: "1",
    'nodejs_eventloop_lag_seconds{worker="worker-1"}': "1",
    'kreuz_worker_restarts_total{worker="worker-1"}': "0",
    'kreuz_worker_restarts_total{worker="worker-2"}': "2",
  });
  expect(await metrics.metrics()).not.toContain('lag_seconds{worker="worker-2"');
});
