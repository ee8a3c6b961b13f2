// What Prometheus and Grafana are given: the metrics, the alerts and the dashboard, checked by promtool.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Budget } from "@kreuz/codec";
import { kreuzMetrics, METRICS, SummedMetrics, UriGroups } from "@kreuz/metrics";
import type { RealmContext } from "@kreuz/router";
import { configFrom, startRouter } from "kreuz";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT } from "../repository/sources.js";
import { clusterMetrics } from "../support/cluster-metrics.js";
import { createTestRouter, REALM, testRealm, type TestRouter } from "../support/index.js";
import { findTool } from "../support/tools.js";

// promtool comes with Prometheus.
const prometheus = findTool("prometheus");
const promtool = prometheus.path && join(dirname(prometheus.path), "promtool");
const folder = mkdtempSync(join(tmpdir(), "kreuz-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** @throws Error with what it found. */
const check = (args: readonly string[], input = ""): string =>
  execFileSync(promtool!, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });

/** Every PromQL expression in a document of Grafana. */
function expressionsIn(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "expr" && typeof value === "string" ? [value] : expressionsIn(value),
  );
}

const dashboard = (): unknown => JSON.parse(readFileSync(join(ROOT, "deploy/grafana/kreuz.json"), "utf8"));
const rules = (): string => readFileSync(join(ROOT, "deploy/prometheus/kreuz.rules.yml"), "utf8");

function registryOf(router: TestRouter, groups?: UriGroups): ReturnType<typeof kreuzMetrics> {
  const source = {
    groups,
    router,
    listeners: [],
    budget: new Budget(),
    limits: () => router.metrics,
    version: "1.2.3",
    ready: () => true,
    reloads: { ok: 0, refused: 0, lastSuccess: 0 },
  };
  return kreuzMetrics(source);
}

function textOf(router: TestRouter, groups?: UriGroups): Promise<string> {
  return registryOf(router, groups).metrics();
}

/** The names of series, without their values. */
const seriesOf = (text: string): readonly string[] =>
  text.split("\n").flatMap((line) => (line.startsWith("kreuz_") ? [line.slice(0, line.lastIndexOf(" "))] : []));

describe(`promtool${prometheus.skipped}`, () => {
  test.skipIf(promtool === undefined)("finds nothing wrong with the metrics of a running router", async () => {
    const config = {
      realms: [{ name: "realm1", auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] }],
      transports: [{ type: "websocket", port: 0 }],
      admin: { port: 0 },
    };
    const running = await startRouter(configFrom(config));
    const text = await (await fetch(`${running.adminUrl}/metrics`)).text();
    expect(check(["check", "metrics"], text)).toBe("");
    await running.stop({ graceMs: 0 });
  });

  test.skipIf(promtool === undefined)("each alert fires for what it is about, and not before its time", () => {
    check(["check", "rules", join(ROOT, "deploy/prometheus/kreuz.rules.yml")]);
    check(["test", "rules", join(ROOT, "tests/src/metrics/alerts.test.yml")]);
  });

  test.skipIf(promtool === undefined)("every expression of the dashboard is valid", () => {
    const expressions = expressionsIn(dashboard()).map((expr) => expr.replaceAll("$__rate_interval", "1m"));
    expect(expressions.length).toBeGreaterThan(20);
    const records = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }));
    const file = join(folder, "dashboard.json");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: records }] }));
    check(["check", "rules", file]);
  });
});

test("dashboard and alerts name no metric that does not exist", async () => {
  const ofClusters = clusterMetrics().map(({ name, type }) => ({ name: `plugin_cluster_${name}`, type }));
  const ofWorkers = (await new SummedMetrics(["worker-1"]).metrics()).match(/^kreuz_\w+/gm) ?? [];
  const known = [...METRICS, ...ofClusters]
    .flatMap(({ name, type }) =>
      (type === "histogram" ? ["_bucket", "_sum", "_count"] : [""]).map((end) => `kreuz_${name}${end}`),
    )
    .concat(ofWorkers);
  const named = [...expressionsIn(dashboard()), rules()].flatMap((text) => text.match(/\bkreuz_[a-z_]+\b/g) ?? []);
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});

describe("series", () => {
  test("all exist from the start, and no client adds one", async () => {
    const groups = new UriGroups([{ name: "example", uri: "com.example.", match: "prefix" }]);
    const router = await createTestRouter({ realm: { plugins: [groups.plugin()] } });
    const before = seriesOf(await textOf(router, groups));
    for (const { name, labels } of METRICS)
      if (!("listener" in labels))
        expect(
          before.some((series) => series.startsWith(`kreuz_${name}`)),
          name,
        ).toBe(true);
    for (let client = 0; client < 20; client++) {
      const session = await router.join({ authid: `user${client}`, authrole: `role${client}` });
      await session.subscribe(`com.example.topic${client}`);
      await session.register(`com.example.procedure${client}`);
      session.sendCall(`com.example.nobody${client}`);
      session.publish(`com.example.topic${client}`);
      if (client % 2 === 0) session.disconnect();
    }
    expect(seriesOf(await textOf(router, groups))).toEqual(before);
  });

  test("histograms of more than 50 realms are summed over all", async () => {
    const realms = Array.from({ length: 51 }, (_, index) => testRealm({ uri: `com.realm${index}` }));
    const router = await createTestRouter({ realms });
    for (const { uri } of realms.slice(0, 3)) await (await router.join({ realm: uri })).expectNothing();
    const text = await textOf(router);
    expect(text).toContain('kreuz_call_duration_seconds_count{realm="_all"} 0');
    expect(text).not.toContain('kreuz_call_duration_seconds_count{realm="com.realm1"}');
    expect(text).toContain('kreuz_sessions{realm="com.realm1"} 1');
  });

  test("plugins' metrics are there, by realm", async () => {
    const router = await createTestRouter({
      realm: {
        plugins: [
          {
            name: "audit",
            setup(realm) {
              realm.meter.counter("lines_total", "Lines.", { kind: ["a", "b"] }).add(2, { kind: "b" });
              realm.meter.gauge("open", "Open files.", () => 3);
              realm.meter.histogram("wait_seconds", "Waits.", [1, 2]).observe(1.5);
            },
          },
        ],
      },
    });
    const text = await textOf(router);
    expect(text).toContain(`kreuz_plugin_audit_lines_total{realm="${REALM}",kind="b"} 2`);
    expect(text).toContain(`kreuz_plugin_audit_open{realm="${REALM}"} 3`);
    expect(text).toContain(`kreuz_plugin_audit_wait_seconds_bucket{realm="${REALM}",le="2"} 1`);
  });

  test("metrics of a plugin that comes later are there from the next scrape, and once while another takes its place", async () => {
    const router = await createTestRouter();
    const registry = registryOf(router);
    const counting = (by: number) => ({
      name: "late",
      setup: (realm: RealmContext) => realm.meter.counter("lines_total", "Lines.").add(by),
    });
    const lines = async () => (await registry.metrics()).split("\n").filter((line) => line.startsWith("kreuz_plugin_"));
    const remove = await router.addPlugin(REALM, counting(1));
    await registry.metrics();
    expect(await lines()).toEqual([`kreuz_plugin_late_lines_total{realm="${REALM}"} 1`]);
    await router.addPlugin(REALM, counting(2));
    expect(await lines()).toEqual([`kreuz_plugin_late_lines_total{realm="${REALM}"} 2`]);
    await remove();
    expect(await lines()).toEqual([`kreuz_plugin_late_lines_total{realm="${REALM}"} 2`]);
  });
});
