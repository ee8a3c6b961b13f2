import { createServer, type Server } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloseUri, ErrorUri, MessageType } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { Logger } from "@kreuz/router";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, expect, test } from "vitest";
import { developmentConfig } from "../config/development-config.js";
import { configFrom, parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { override } from "../config/overrides.js";
import type { RunningRouter } from "./running-router.js";
import { startRouter } from "./start-router.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Everything that was logged at level info and above. */
class Records implements Logger {
  readonly all: Record<string, unknown>[] = [];
  debug(): void {}
  readonly info = (fields: object, msg: string): void => void this.all.push({ ...fields, msg });
  readonly warn = this.info;
  readonly error = this.info;
}

async function started(loaded: LoadedConfig, logger?: Logger): Promise<RunningRouter> {
  const running = await startRouter(override(loaded, { port: 0 }), logger === undefined ? {} : { logger });
  cleanups.push(() => running.stop());
  return running;
}

async function joined(running: RunningRouter): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  await connectWebSocket(running.endpoints[0]?.url ?? "", session, { codecs: [json] });
  cleanups.push(() => session.disconnect());
  await session.join("realm1");
  return session;
}

test("without a config an anonymous client may do everything, wamp.session.* included", async () => {
  const session = await joined(await started(developmentConfig()));
  await session.subscribe("wamp.session.", { match: "prefix" });
  await session.register("com.example.add");
  session.call("wamp.session.list");
  const { payload } = await session.expect(MessageType.RESULT);
  expect(payload.args).toEqual([[session.id]]);
  await session.subscribe("", { match: "prefix" });
});

test("roles may do what the config says and nothing else", async () => {
  const session = await joined(
    await started(
      parseConfig(
        `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions:
          - { uri: com.example., match: prefix, allow: { subscribe: true } }
`,
        "kreuz.yaml",
      ),
    ),
  );
  await session.subscribe("com.example.news");
  session.send({
    type: MessageType.SUBSCRIBE,
    request: session.nextRequest(),
    options: { match: "prefix" },
    topic: "com.",
  });
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
  session.call("com.example.news");
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
});

test("limits of the config hold", async () => {
  const { config } = developmentConfig();
  const realms = config.realms;
  const running = await started(configFrom({ realms, limits: { subscriptionsPerSession: 1 } }));
  const session = await joined(running);
  await session.subscribe("com.example.one");
  session.send({ type: MessageType.SUBSCRIBE, request: session.nextRequest(), options: {}, topic: "com.example.two" });
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.LIMIT_EXCEEDED);
  expect(running.metrics.get("limit_subscriptions_per_session")).toBe(1);
});

test("one line tells of each session that joins, and one that it left and why", async () => {
  const records = new Records();
  const session = await joined(await started(developmentConfig(), records));
  const who = {
    session: session.id,
    realm: "realm1",
    authid: expect.any(String) as string,
    authrole: "development",
    authmethod: "anonymous",
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    protocol: "wamp.2.json",
  };
  expect(records.all).toEqual([{ ...who, msg: "session joined" }]);
  await session.leave("wamp.close.normal");
  expect(records.all[1]).toEqual({ ...who, reason: "wamp.close.normal", msg: "session left" });
});

test("stop says GOODBYE and waits for the answer", async () => {
  const running = await started(developmentConfig());
  const session = await joined(running);
  const stopped = running.stop();
  expect((await session.expect(MessageType.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
  session.send({ type: MessageType.GOODBYE, details: {}, reason: CloseUri.GOODBYE_AND_OUT });
  await session.expectClosed();
  await stopped;
  await expect(joined(running)).rejects.toThrow("ECONNREFUSED");
});

test("stop does not wait for a client that never answers", async () => {
  const running = await started(developmentConfig());
  const session = await joined(running);
  const before = performance.now();
  await running.stop({ graceMs: 50 });
  expect(performance.now() - before).toBeLessThan(1000);
  expect((await session.expect(MessageType.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
});

test("stop does not wait for a plugin that never ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kreuz-run-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, "stubborn.mjs"),
    `export const stubborn = () => ({ name: "stubborn", setup: (realm) => realm.defer(() => new Promise(() => {})) });`,
  );
  const { config } = developmentConfig();
  const realms = [{ ...config.realms[0], plugins: [{ package: "./stubborn.mjs" }] }];
  const running = await started(parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json")));
  const before = performance.now();
  await running.stop({ timeoutMs: 100 });
  expect(performance.now() - before).toBeLessThan(1000);
});

test("a plugin of the config serves its realm, and only that", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kreuz-run-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, "greeter.mjs"),
    `export const greeter = ({ greeting }) => ({
      name: "greeter",
      setup: (realm) => { realm.procedure("com.example.greet", ({ args }) => greeting + " " + args[0]); },
    });`,
  );
  const { config } = developmentConfig();
  const plugins = [{ package: "./greeter.mjs", options: { greeting: "Moin" } }];
  const realms = [{ ...config.realms[0], plugins }];
  const session = await joined(await started(parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json"))));
  session.call("com.example.greet", { args: ["Peter"] });
  expect((await session.expect(MessageType.RESULT)).payload.args).toEqual(["Moin Peter"]);
  session.call("wamp.session.count");
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.NO_SUCH_PROCEDURE);
});

test("a plugin twice is one too many", async () => {
  const { config } = developmentConfig();
  const plugin = { package: "@kreuz/session-meta" };
  const realms = [{ ...config.realms[0], plugins: [plugin, plugin] }];
  await expect(startRouter(configFrom({ realms }))).rejects.toThrow(
    'config: realms[0].plugins[1].package: this realm has a plugin "session-meta" already',
  );
});

test("a plugin that fails is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kreuz-run-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, "faulty.mjs"),
    `export const faulty = () => ({ name: "faulty", setup() { throw new Error("no database"); } });`,
  );
  const { config } = developmentConfig();
  const realms = [{ ...config.realms[0], plugins: [{ package: "./faulty.mjs" }] }];
  await expect(startRouter(parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json")))).rejects.toThrow(
    'realm "realm1" cannot be opened: no database',
  );
});

test("a port that is taken leaves nothing behind", async () => {
  const other = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
  cleanups.push(() => other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { config } = developmentConfig();
  const transports = [
    { type: "websocket", port: 0 },
    { type: "websocket", port },
  ];
  await expect(startRouter(configFrom({ realms: config.realms, transports }))).rejects.toMatchObject({
    name: "StartError",
    message: `cannot listen on 127.0.0.1:${port}: another program uses that port`,
  });
});

test("every transport offers its own codecs", async () => {
  const { config } = developmentConfig();
  const transports = [
    { type: "websocket", port: 0, codecs: ["cbor"] },
    { type: "websocket", port: 0, codecs: ["json"], path: "/json" },
  ];
  const running = await started(configFrom({ realms: config.realms, transports }));
  expect(running.endpoints.map(({ codecs }) => codecs)).toEqual([["cbor"], ["json"]]);
  expect(running.endpoints[1]?.url).toBe(`ws://127.0.0.1:${running.endpoints[1]?.port}/json`);
  await expect(joined(running)).rejects.toThrow("no WAMP subprotocol in common");
  expect(running.transportMetrics.get("origin")).toBe(0);
});
