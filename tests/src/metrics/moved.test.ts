// Each metric is moved by what it stands for, as /metrics of the running app shows it.
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { METRICS } from "@kreuz/metrics";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { configFrom, type RunningRouter, startRouter } from "kreuz";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../support/wait.js";

const ALL = { call: true, register: true, publish: true, subscribe: true };
const CONFIG = {
  realms: [
    {
      name: "realm1",
      auth: { anonymous: { role: "guest" } },
      roles: [{ name: "guest", permissions: [{ uri: "com.", match: "prefix", allow: ALL }] }],
    },
  ],
  transports: [{ type: "websocket", port: 0, outbox: { lowWaterBytes: 1, highWaterBytes: 1024 } }],
  admin: { port: 0 },
  metrics: { groups: [{ name: "all", uri: "com.", match: "prefix" }] },
};

/** Series and their values. */
type Scrape = ReadonlyMap<string, number>;

async function scrape(running: RunningRouter): Promise<Scrape> {
  const text = await (await fetch(`${running.adminUrl}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("kreuz_"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

/** The metrics that have a series other than 0. */
function moved(scraped: Scrape): readonly string[] {
  const named =
    (name: string) =>
    ([series]: [string, number]) =>
      /^kreuz_(.*?)(?:_count)?(?:\{|$)/.exec(series)?.[1] === name;
  return METRICS.map(({ name }) => name).filter((name) =>
    [...scraped].filter(named(name)).some(([, value]) => value !== 0),
  );
}

async function client(running: RunningRouter): Promise<{ session: WireSession; pause: () => void }> {
  const session = new WireSession({ turns: 20_000 });
  const connection = await connectWebSocket(running.endpoints[0]!.url, session, { codecs: [json] });
  onTestFinished(() => session.disconnect());
  await session.join("realm1");
  return { session, pause: () => connection.pause() };
}

/** The value of a series; fails when there is none. */
function valueOf(scraped: Scrape, series: string): number {
  const [, value] = [...scraped].find(([name]) => name.replace(/listener="[^"]*"/, "listener") === series) ?? [];
  expect(value, series).toBeDefined();
  return value!;
}

test("every metric is moved by one router's day", async () => {
  const running = await startRouter(configFrom(CONFIG));
  onTestFinished(() => running.stop({ graceMs: 0 }));
  const before = await scrape(running);
  expect(valueOf(before, "kreuz_config_last_reload_success_timestamp_seconds")).toBeCloseTo(Date.now() / 1000, -2);

  const [{ session: caller }, { session: callee }, reader] = [
    await client(running),
    await client(running),
    await client(running),
  ];
  // Calls: one answered, one pending and one queued behind it, and one refused.
  await callee.register("com.add", { concurrency: 1 });
  for (let call = 0; call < 3; call++) caller.sendCall("com.add");
  callee.yield((await callee.expect(M.INVOCATION)).request);
  await caller.expect(M.RESULT);
  await callee.expect(M.INVOCATION);
  caller.sendCall("org.forbidden");
  await caller.expect(M.ERROR);
  // Publications: one retained, and more than a client reads that has stopped reading.
  await reader.session.subscribe("com.news");
  caller.publish("com.news", { args: ["kept"] }, { acknowledge: true, retain: true });
  await caller.expect(M.PUBLISHED);
  await reader.session.expect(M.EVENT);
  reader.pause();
  const text = "x".repeat(500_000);
  let slow: Scrape = before;
  const isSlow = () => [...slow].some(([series, value]) => series.startsWith("kreuz_events_dropped") && value > 0);
  for (let sent = 0; sent < 100 && !isSlow(); sent++) {
    caller.publish("com.news", { args: [text] }, { acknowledge: true });
    await caller.expect(M.PUBLISHED);
    if (sent % 5 === 4) slow = await scrape(running);
  }
  // Clients: one that leaves, one that breaks the protocol, and one that is refused.
  const leaving = await client(running);
  await leaving.session.leave();
  const breaking = await client(running);
  breaking.session.send({ type: M.HELLO, realm: "realm1", details: { roles: {} } });
  await breaking.session.expectClosed();
  const { port } = running.endpoints[0]!;
  const foreign = connectWebSocket(`ws://127.0.0.1:${port}/ws`, new WireSession(), {
    codecs: [json],
    headers: { Origin: "https://evil.example" },
  });
  await expect(foreign).rejects.toThrow("403");
  // Reloads: one applied, one refused.
  await running.reload(configFrom(CONFIG));
  running.refuseReload();

  let after = await scrape(running);
  await until("the sessions to be gone", async () => {
    after = await scrape(running);
    return valueOf(after, 'kreuz_sessions{realm="realm1"}') === 3;
  });
  expect(METRICS.map(({ name }) => name).filter((name) => !moved(after).includes(name))).toEqual([]);
  const grown = (series: string) => valueOf(after, series) - valueOf(before, series);
  expect(grown('kreuz_config_reloads_total{result="ok"}')).toBe(1);
  expect(grown('kreuz_config_reloads_total{result="refused"}')).toBe(1);
  expect(grown('kreuz_bytes_total{listener,direction="in"}')).toBeGreaterThan(text.length);
  expect(grown('kreuz_bytes_total{listener,direction="out"}')).toBeGreaterThan(text.length);
  expect(valueOf(after, "kreuz_slow_connections{listener}")).toBe(1);
  expect(valueOf(after, "kreuz_outbox_bytes{listener}")).toBeGreaterThan(1024);
  expect(grown('kreuz_connections_refused_total{listener,reason="origin"}')).toBe(1);
  expect(grown('kreuz_limit_hits_total{limit="transport_origin"}')).toBe(1);
});
