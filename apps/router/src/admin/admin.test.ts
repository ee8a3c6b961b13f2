import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { FakeClock, settle } from "@kreuz/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { configFrom } from "../config/load-config.js";
import { advance, joinClient, startForTest, temporaryFolder, type TestOptions } from "../testing/running-router.js";
import type { RunningRouter } from "../run/running-router.js";

const REALM = { name: "realm1", auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] };

function start(more: object = {}, options: TestOptions = {}): Promise<RunningRouter> {
  const config = { realms: [REALM], transports: [{ type: "websocket", port: 0 }], admin: { port: 0 }, ...more };
  return startForTest(configFrom(config), options);
}

const get = (running: RunningRouter, path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${running.adminUrl}${path}`, { headers, method });

afterEach(() => vi.restoreAllMocks());

describe("health", () => {
  test("healthz and readyz, with GET and HEAD", async () => {
    const running = await start();
    const alive = await get(running, "/healthz");
    expect([alive.status, await alive.text()]).toEqual([200, "ok\n"]);
    const ready = await get(running, "/readyz");
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, because: [] }]);
    expect((await get(running, "/readyz", {}, "HEAD")).status).toBe(200);
    expect((await get(running, "/readyz", {}, "POST")).status).toBe(405);
    expect((await get(running, "/elsewhere")).status).toBe(404);
  });

  test("a plugin that cannot do its work is named, and the router lives", async () => {
    const running = await start();
    vi.spyOn(running.router, "health", "get").mockReturnValue([
      { realm: "realm1", plugin: "event-history", reason: "the disk is full" },
    ]);
    const ready = await get(running, "/readyz");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ ready: false, because: ["event-history in realm1: the disk is full"] });
    expect((await get(running, "/healthz")).status).toBe(200);
  });

  test("on a Unix socket", async () => {
    const path = join(temporaryFolder(), "admin.sock");
    const running = await start({ admin: { unix: path } });
    expect(running.adminUrl).toBe(`http+unix:${path}`);
    const status = await new Promise((resolve) =>
      request({ socketPath: path, path: "/readyz" }, (response) => resolve(response.statusCode)).end(),
    );
    expect(status).toBe(200);
  });

  test("none without the setting", async () => {
    expect((await start({ admin: undefined })).adminUrl).toBeUndefined();
  });
});

describe("metrics", () => {
  test("plain and compressed", async () => {
    const running = await start();
    const plain = await get(running, "/metrics", { "Accept-Encoding": "identity" });
    expect(plain.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await plain.text()).toContain('kreuz_sessions{realm="realm1"} 0');
    const zipped = await new Promise<Buffer>((resolve) =>
      request(`${running.adminUrl}/metrics`, { headers: { "Accept-Encoding": "gzip" } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks)));
      }).end(),
    );
    expect(gunzipSync(zipped).toString()).toContain("kreuz_ready 1");
  });

  test("need the token if there is one, and health does not", async () => {
    const running = await start({ admin: { port: 0, metricsToken: "sesame" } });
    expect((await get(running, "/metrics")).status).toBe(401);
    expect((await get(running, "/metrics", { Authorization: "Bearer wrong" })).status).toBe(401);
    expect((await get(running, "/metrics", { Authorization: "Bearer sesame" })).status).toBe(200);
    expect((await get(running, "/readyz")).status).toBe(200);
  });

  test("two scrapes at a time; more are told to come later", async () => {
    const running = await start();
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await get(running, "/metrics")).status));
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    expect((await get(running, "/metrics")).status).toBe(200);
  });

  test("can be switched off", async () => {
    expect((await get(await start({ admin: { port: 0, metrics: false } }), "/metrics")).status).toBe(404);
  });
});

describe("draining and stopping, as a poller sees it", () => {
  test("drain: not ready, clients sent away, then waiting for the signal that stops", async () => {
    const clock = new FakeClock();
    const running = await start({ drain: { graceMs: 0, spreadMs: 1000 } }, { clock });
    const client = await joinClient(running);
    const drained = running.drain();
    expect(running.readiness).toEqual({ ready: false, because: ["draining"] });
    expect((await get(running, "/readyz")).status).toBe(503);
    await advance(clock, 1100);
    await drained;
    expect(running.readiness.because).toEqual(["drained"]);
    expect(client.closed).toBe(true);
    expect((await get(running, "/healthz")).status).toBe(200);
  });

  test("stop: says not ready for readyDelayMs before anything else", async () => {
    const clock = new FakeClock();
    const running = await start({ shutdown: { readyDelayMs: 500 } }, { clock });
    const client = await joinClient(running);
    const stopped = running.stop();
    expect(running.readiness.because).toEqual(["stopping"]);
    await advance(clock, 400);
    await settle();
    expect(client.closed).toBe(false);
    await advance(clock, 2000);
    await stopped;
    expect(client.closed).toBe(true);
  });
});
