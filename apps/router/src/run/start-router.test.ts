import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { CloseUri, ErrorUri, MessageType } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import { expect, onTestFinished, test } from "vitest";
import { developmentConfig, override } from "../config/find-config.js";
import { configFrom, parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import {
  connectClient,
  joinClient,
  startForTest,
  temporaryFolder,
  type TestOptions,
} from "../testing/running-router.js";
import type { RunningRouter } from "./running-router.js";
import { startRouter } from "./start-router.js";

/** Collects log lines of level info and above. */
class LogRecords implements Logger {
  readonly all: Record<string, unknown>[] = [];
  debug(): void {}
  readonly info = (fields: object, msg: string): void => void this.all.push({ ...fields, msg });
  readonly warn = this.info;
  readonly error = this.info;
}

/** Starts a router on a free port. */
function started(loaded: LoadedConfig, options: TestOptions = {}): Promise<RunningRouter> {
  return startForTest(override(loaded, { port: 0 }), options);
}

test("without a config, an anonymous client may do everything, including wamp.session.*", async () => {
  const session = await joinClient(await started(developmentConfig()));
  await session.subscribe("wamp.session.", { match: "prefix" });
  await session.register("com.example.add");
  const payload = await session.call("wamp.session.list");
  expect(payload.args).toEqual([[session.id]]);
  await session.subscribe("", { match: "prefix" });
});

test("roles may do only what the config allows", async () => {
  const session = await joinClient(
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
  session.sendCall("com.example.news");
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
});

test("limits of the config apply", async () => {
  const { config } = developmentConfig();
  const realms = config.realms;
  const running = await started(configFrom({ realms, limits: { subscriptionsPerSession: 1 } }));
  const session = await joinClient(running);
  await session.subscribe("com.example.one");
  session.send({ type: MessageType.SUBSCRIBE, request: session.nextRequest(), options: {}, topic: "com.example.two" });
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.LIMIT_EXCEEDED);
  expect(running.metrics.get("limit_subscriptions_per_session")).toBe(1);
});

test("logs one line when a session joins, and one with the reason when it leaves", async () => {
  const records = new LogRecords();
  const session = await joinClient(await started(developmentConfig(), { logger: records }));
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
  expect(records.all[1]).toEqual({ ...who, cause: "goodbye", reason: "wamp.close.normal", msg: "session left" });
});

test("logs what sessions subscribe to and register, for those who ask for debug", async () => {
  const records = new LogRecords();
  const logger: Logger = { ...records, debug: records.info };
  const session = await joinClient(await started(developmentConfig(), { logger }));
  const id = await session.subscribe("com.news", { match: "prefix" });
  await session.register("com.add");
  await session.unsubscribe(id);
  const lines = records.all.filter(({ realm, uri }) => realm === "realm1" && uri !== undefined);
  expect(lines.map(({ msg, uri, match }) => [msg, uri, match])).toEqual([
    ["subscribed", "com.news", "prefix"],
    ["registered", "com.add", "exact"],
    ["unsubscribed", "com.news", "prefix"],
  ]);
});

test("logs the messages of the sessions that are traced, without secrets", async () => {
  const records = new LogRecords();
  const text = `
realms:
  - name: realm1
    auth: { ticket: { users: { joe: { role: user, ticket: sesame }, sue: { role: user, ticket: sesame } } } }
    roles: [{ name: user }]
transports: [{ type: websocket, port: 0 }]
log: { trace: [joe] }`;
  const running = await startForTest(parseConfig(text, "kreuz.yaml"), { logger: records });
  for (const authid of ["joe", "sue"]) {
    const session = await connectClient(running);
    await session.join("realm1", { authid, authmethods: ["ticket"] }, () => "sesame");
    const payload = { args: [{ ticket: "sesame", text: `${authid}\n${"x".repeat(1000)}` }] };
    await expect(session.call("com.add", payload)).rejects.toThrow("wamp.error.not_authorized");
  }
  const traced = records.all.filter(({ msg }) => String(msg).startsWith("trace"));
  expect(traced.map(({ msg, authid, message }) => [msg, authid, String(message).split(",")[0]])).toEqual([
    ["trace: sent", "joe", "[2"],
    ["trace: received", "joe", "[48"],
    ["trace: sent", "joe", "[8"],
  ]);
  expect(JSON.stringify(records.all)).not.toContain("sesame");
  expect(String(traced[1]!["message"])).toMatch(/^\[48,1,\{\},"com.add",\[\{"ticket":"…".*… \(\d+ bytes\)$/);
});

test("stop sends GOODBYE if it is told to, and waits for the answer", async () => {
  const running = await started(developmentConfig());
  const session = await joinClient(running);
  const stopped = running.stop({ farewell: "goodbye" });
  expect((await session.expect(MessageType.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
  session.send({ type: MessageType.GOODBYE, details: {}, reason: CloseUri.GOODBYE_AND_OUT });
  await session.expectClosed();
  await stopped;
  await expect(joinClient(running)).rejects.toThrow("ECONNREFUSED");
});

test("a realm has the plugins of its config and no others", async () => {
  const folder = temporaryFolder();
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
  const session = await joinClient(await started(parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json"))));
  expect((await session.call("com.example.greet", { args: ["Peter"] })).args).toEqual(["Moin Peter"]);
  session.sendCall("wamp.session.count");
  expect((await session.expect(MessageType.ERROR)).error).toBe(ErrorUri.NO_SUCH_PROCEDURE);
});

test("rejects a plugin that is listed twice", async () => {
  const { config } = developmentConfig();
  const plugin = { package: "@kreuz/session-meta" };
  const realms = [{ ...config.realms[0], plugins: [plugin, plugin] }];
  await expect(startRouter(configFrom({ realms }))).rejects.toThrow(
    'config: realms[0].plugins[1].package: plugin "session-meta" is listed twice in this realm',
  );
});

test("names the realm and the plugin that fails", async () => {
  const folder = temporaryFolder();
  await writeFile(
    join(folder, "faulty.mjs"),
    `export const faulty = () => ({ name: "faulty", setup() { throw new Error("no database"); } });`,
  );
  const { config } = developmentConfig();
  const realms = [{ ...config.realms[0], plugins: [{ package: "./faulty.mjs" }] }];
  await expect(startRouter(parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json")))).rejects.toThrow(
    'cannot open realm "realm1": realms[0].plugins[0]: plugin "faulty" (./faulty.mjs) failed in setup: no database',
  );
});

test("a port in use stops the start and closes the other transports", async () => {
  const other = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
  onTestFinished(() => void other.close());
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

test("each transport offers its own codecs", async () => {
  const { config } = developmentConfig();
  const transports = [
    { type: "websocket", port: 0, codecs: ["cbor"] },
    { type: "websocket", port: 0, codecs: ["json"], path: "/json" },
  ];
  const running = await started(configFrom({ realms: config.realms, transports }));
  expect(running.endpoints.map(({ codecs }) => codecs)).toEqual([["cbor"], ["json"]]);
  expect(running.endpoints[1]?.url).toBe(`ws://127.0.0.1:${running.endpoints[1]?.port}/json`);
  await expect(joinClient(running)).rejects.toThrow("no WAMP subprotocol in common");
  expect(running.transportMetrics.get("origin")).toBe(0);
});
