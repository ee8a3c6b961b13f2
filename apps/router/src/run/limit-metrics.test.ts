import { silentLogger } from "@kreuz/router";
import { expect, test } from "vitest";
import { LimitLoggingMetrics } from "./limit-metrics.js";

test("logs limits at powers of ten, and no other counts", () => {
  const lines: unknown[] = [];
  const metrics = new LimitLoggingMetrics({ ...silentLogger, warn: (fields) => lines.push(fields) });
  for (let times = 0; times < 1500; times++) metrics.count("limit_subscriptions_per_session");
  metrics.count("limit_outbox_high_water_bytes");
  const limit = "limit_subscriptions_per_session";
  expect(lines).toEqual([
    ...[1, 10, 100, 1000].map((times) => ({ limit, times, setting: "limits.subscriptionsPerSession" })),
    { limit: "limit_outbox_high_water_bytes", times: 1, setting: "transports[].outbox.highWaterBytes" },
  ]);
  expect(metrics.get(limit)).toBe(1500);
});
