// The client over real transports, and in a browser, a worker, Deno and Bun: all cases of every session.
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { connect, type Format, json as textJson, webSocket as globalWebSocket, type Transport } from "@kreuz/client";
import { cbor as cborFormat } from "@kreuz/client/cbor";
import { msgpack as msgpackFormat } from "@kreuz/client/msgpack";
import { rawSocket, webSocket } from "@kreuz/client/node";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, type Router } from "@kreuz/router";
import type { Session } from "@kreuz/session";
import { listenRawSocket, listenWebSocket, type TransportListener } from "@kreuz/transport-node";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { SESSION_CASES } from "../session/session-cases.js";
import { bundle } from "../support/bundle.js";
import { CHROMIUM, openBrowser } from "../support/chromium.js";
import { openRouters } from "../support/index.js";
import { RouterProcess } from "../support/router-process.js";
import { findTool } from "../support/tools.js";

/** Takes URLs by turns. */
class Urls {
  readonly all: string[] = [];
  #taken = 0;

  next(): string {
    return this.all[this.#taken++ % this.all.length]!;
  }
}

const REALM = "com.example.realm";
const codecs = [json, msgpack, cbor];
let routers: readonly Router[];
let folder: string;
let cases: string;
const listeners: TransportListener[] = [];
/** Of each node, one after the other: sessions take them by turns. */
const urls = { webSocket: new Urls(), rawSocket: new Urls(), unix: new Urls() };

beforeAll(async () => {
  routers = await openRouters({ realms: [{ uri: REALM, authorizer: allowAll }] });
  folder = mkdtempSync(join(tmpdir(), "kreuz-client-"));
  for (const [number, router] of routers.entries()) {
    const path = join(folder, `socket${number}`);
    const webSockets = await listenWebSocket(router, { codecs, port: 0, path: "/ws" });
    const rawSockets = await listenRawSocket(router, { codecs, port: 0 });
    listeners.push(webSockets, rawSockets, await listenRawSocket(router, { codecs, unix: { path } }));
    urls.webSocket.all.push(webSockets.url);
    urls.rawSocket.all.push(rawSockets.url);
    urls.unix.all.push(`rs+unix:${path}`);
  }
  cases = await bundle(new URL("../session/browser-entry.ts", import.meta.url), { name: "cases" });
});

afterAll(async () => {
  await routers[0]!.close();
  for (const listener of listeners) await listener.close();
  rmSync(folder, { recursive: true, force: true });
});

const ws = (formats: readonly Format[]): Transport => globalWebSocket(urls.webSocket.next(), { formats, WebSocket });
const TRANSPORTS: ReadonlyArray<readonly [string, () => Transport]> = [
  ["the class of ws, JSON", () => ws([textJson])],
  ["the class of ws, MessagePack", () => ws([msgpackFormat])],
  ["the class of ws, CBOR", () => ws([cborFormat, textJson])],
  ["WebSocket of /node", () => webSocket(urls.webSocket.next())],
  ["RawSocket", () => rawSocket(urls.rawSocket.next())],
  ["RawSocket over a Unix socket, CBOR", () => rawSocket(urls.unix.next(), { codec: cbor })],
];

describe.each(TRANSPORTS)("A session over %s", (_name, transport) => {
  it.each(SESSION_CASES.map((each) => [each.name, each] as const))("%s", async (name, { run }) => {
    const sessions: Session[] = [];
    const open = async (): Promise<Session> => {
      const session = await connect({ transport: transport(), realm: REALM, reconnect: false, onError: () => {} });
      sessions.push(session);
      return session;
    };
    const uri = `com.example.case${SESSION_CASES.findIndex((each) => each.name === name)}`;
    try {
      await expect(run({ open, uri })).resolves.toBeUndefined();
    } finally {
      for (const session of sessions) await session.close();
    }
    for (const router of routers) await expect.poll(() => router.counts(REALM)?.sessions).toBe(0);
  });
});

it("what cannot be encoded rejects, and the session goes on", async () => {
  const session = await connect({ transport: ws([textJson]), realm: REALM });
  await expect(session.call("com.example.any", [1n])).rejects.toThrow(TypeError);
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  await expect(session.publish("com.example.any", [loop])).rejects.toThrow(TypeError);
  await session.register("com.example.unencodable", () => 1n);
  await expect(session.call("com.example.unencodable")).rejects.toMatchObject({ uri: "wamp.error.runtime_error" });
  await session.close();
});

it("a port where nobody listens, and a server that is no router, reject with the cause", async () => {
  const unused = await new Promise<string>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`ws://127.0.0.1:${port}/`));
    });
  });
  const refused = connect({ url: unused, WebSocket, realm: REALM });
  await expect(refused).rejects.toMatchObject({
    name: "WebSocketClosedError",
    code: 1006,
    cause: { code: "ECONNREFUSED" },
  });
});

it("comes back after a restart of the running app, with its subscriptions and procedures", async () => {
  const first = await RouterProcess.start();
  const reconnect = { minMs: 20, maxMs: 200 };
  const session = await connect({ transport: webSocket(first.url), realm: "realm1", reconnect });
  const states: string[] = [];
  session.onState((state) => states.push(state));
  await session.register("com.example.back", () => session.id);
  const events = await session.subscribe("com.example.news");
  expect(await first.stop()).toBe(0);
  const second = await RouterProcess.start({ port: Number(new URL(first.url).port) });
  try {
    await expect.poll(() => session.state).toBe("open");
    expect([...new Set(states)]).toEqual(["connecting", "open"]);
    const other = await connect({ transport: webSocket(second.url), realm: "realm1" });
    expect((await other.call("com.example.back")).value).toBe(session.id);
    await other.publish("com.example.news", ["hello"], { acknowledge: true });
    for await (const { args } of events) {
      expect(args).toEqual(["hello"]);
      break;
    }
    await other.close();
  } finally {
    await session.close();
    await second.stop();
  }
});

const RUNTIMES = [
  { name: "Deno", tool: findTool("deno"), args: ["run", "--no-config", "--allow-net=127.0.0.1"] },
  { name: "Bun", tool: findTool("bun"), args: ["run"] },
];

for (const { name, tool, args } of RUNTIMES)
  it.skipIf(tool.path === undefined)(`A session in ${name}: all cases${tool.skipped}`, async () => {
    const file = join(folder, `${name}.mjs`);
    const run = `cases.runCases(${JSON.stringify(urls.webSocket.all)}, ${JSON.stringify(REALM)})`;
    writeFileSync(file, `${cases}\nconsole.log(JSON.stringify(await ${run}));`);
    const { stdout } = await promisify(execFile)(tool.path!, [...args, file]);
    expect(JSON.parse(stdout)).toEqual([`${SESSION_CASES.length} cases`]);
  });

describe.skipIf(CHROMIUM.path === undefined)(`A session in Chromium${CHROMIUM.skipped}`, () => {
  let browser: Browser;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === "/cases.js") response.setHeader("content-type", "text/javascript").end(cases);
      else response.setHeader("content-type", "text/html").end("<!doctype html><title>cases</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each(["page", "worker"])("all cases, in a %s", async (where) => {
    const page = await browser.newPage();
    await page.goto(origin);
    const run = `cases.runCases(${JSON.stringify(urls.webSocket.all)}, ${JSON.stringify(REALM)})`;
    if (where === "page") await page.addScriptTag({ url: `${origin}/cases.js` });
    const inWorker = `new Promise((resolve, reject) => {
      const program = 'importScripts("${origin}/cases.js"); ${run}.then(postMessage);';
      const worker = new Worker(URL.createObjectURL(new Blob([program])));
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`;
    const failures: unknown = await page.evaluate(where === "page" ? run : inWorker);
    expect(failures).toEqual([`${SESSION_CASES.length} cases`]);
    await page.close();
  });
});
