import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { EMPTY_PAYLOAD, MessageType } from "@kreuz/codec";
import { FakeClock, settle } from "@kreuz/testkit";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { configFrom } from "../config/load-config.js";
import { advance, joinClient, startForTest, temporaryFolder, type TestOptions } from "../testing/running-router.js";
import type { RunningRouter } from "../run/running-router.js";

const ALL = { call: true, register: true, publish: true, subscribe: true };
const REALM = {
  name: "realm1",
  auth: { anonymous: { role: "guest" } },
  roles: [{ name: "guest", permissions: [{ uri: "com.", match: "prefix", allow: ALL }] }],
};

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

  test("by groups of URIs that the config names", async () => {
    const groups = [{ name: "shop", uri: "com.shop.", match: "prefix" }];
    const running = await start({ metrics: { groups } });
    const client = await joinClient(running);
    client.publish("com.shop.sold", {}, { acknowledge: true });
    await client.expect(MessageType.PUBLISHED);
    const text = await (await get(running, "/metrics")).text();
    expect(text).toContain('kreuz_group_publications_total{realm="realm1",group="shop"} 1');
  });

  test("can be switched off", async () => {
    expect((await get(await start({ admin: { port: 0, metrics: false } }), "/metrics")).status).toBe(404);
  });
});

/** What an operator sees from outside: the state, and whether a new client gets in. */
async function look(running: RunningRouter): Promise<{ because: string; port: "open" | "closed" }> {
  const { because } = (await (await get(running, "/readyz")).json()) as { because: string[] };
  const { port } = running.endpoints[0]!;
  const open = await new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    onTestFinished(() => void socket.destroy());
  });
  return { because: because.join(), port: open ? "open" : "closed" };
}

describe("draining and stopping, as a poller sees it", () => {
  test.each(["drain", "stop"] as const)(
    "%s: not ready, then the port is closed, then calls are answered, then connections end over time",
    async (how) => {
      const clock = new FakeClock();
      const times = { graceMs: 2000, spreadMs: 1000 };
      const shutdown = { readyDelayMs: 500, ...times, timeoutMs: 8000 };
      const running = await start({ shutdown, drain: times }, { clock });
      const clients = await Promise.all(Array.from({ length: 8 }, () => joinClient(running)));
      const [callee, caller] = [clients[0]!, clients[1]!];
      const open = () => clients.filter(({ closed }) => !closed).length;
      await callee.register("com.slow");
      const procedure = "com.slow";
      caller.send({
        type: MessageType.CALL,
        request: caller.nextRequest(),
        options: {},
        procedure,
        payload: EMPTY_PAYLOAD,
      });
      const { request } = await callee.expect(MessageType.INVOCATION);

      expect(await look(running)).toEqual({ because: "", port: "open" });
      const done = running[how]();
      const because = how === "drain" ? "draining" : "stopping";
      await advance(clock, 400);
      expect(await look(running)).toEqual({ because, port: "open" });
      await advance(clock, 200);
      expect([await look(running), open()]).toEqual([{ because, port: "closed" }, 8]);
      callee.send({ type: MessageType.YIELD, request, options: {}, payload: EMPTY_PAYLOAD });
      await caller.expect(MessageType.RESULT);
      await advance(clock, 60);
      expect(await look(running)).toEqual({ because, port: "closed" });
      expect(open()).toBeGreaterThan(0);
      expect(open()).toBeLessThan(8);
      await advance(clock, 1500);
      await done;
      expect(open()).toBe(0);
      if (how === "drain") expect(await look(running)).toEqual({ because: "drained", port: "closed" });
      else await expect(get(running, "/readyz")).rejects.toThrow("fetch failed");
    },
  );

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
