// nginx, HAProxy and Caddy in front of the app, with the configs that the documentation quotes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { testTls } from "../../../packages/transport-node/src/testing/certificates.js";
import { ROOT } from "../support/node-program.js";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";
import {
  CLIENT,
  joinRawSocket,
  LongPollSession,
  type Target,
  type WampArray,
  WebSocketClient,
} from "./proxy-clients.js";
import { PROXIES, type Proxy, type ProxyKind, replaced, type Replacements } from "./proxy-process.js";

const FOLDER = join(ROOT, "deploy", "proxies");
const REALM = `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions: [{ uri: "", match: prefix, allow: { call: true, subscribe: true, publish: true } }]
    plugins: [{ package: "@kreuz/session-meta" }]
`;
const { ca, server } = testTls();
const certificate = { cert: String(server.cert), key: String(server.key) };

/** Seconds of proxies become this. */
const SHORT_SECONDS = 5;
const SHORT_TIMES: Replacements = { "60s": `${SHORT_SECONDS}s` };

let router: RouterProcess;
const proxies: Proxy[] = [];
const clients: { close(): void }[] = [];

beforeAll(async () => void (router = await startRouter({ "intervalMs: 25000": "intervalMs: 500" })));
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const proxy of proxies.splice(0)) await proxy.stop();
});
afterAll(() => router.kill());

function startRouter(replacements: Replacements): Promise<RouterProcess> {
  const config = replaced(readFileSync(join(FOLDER, "kreuz.yaml"), "utf8"), {
    "port: 8081": "port: 0",
    "receiveTimeoutMs: 25000": "receiveTimeoutMs: 500",
    ...replacements,
  });
  return RouterProcess.start({ files: { "kreuz.yaml": REALM + config } });
}

async function open(kind: ProxyKind, replacements: Replacements = {}, target = router): Promise<Proxy & Target> {
  const [webSocketPort = 0, rawSocketPort = 0] = target.urls.map((url) => Number(/:(\d+)/.exec(url)![1]));
  const proxy = await kind.start({ certificate, webSocketPort, rawSocketPort, replacements });
  proxies.push(proxy);
  return { ...proxy, ca };
}

async function joined(target: Target): Promise<WebSocketClient> {
  const client = await WebSocketClient.join(target);
  clients.push(client);
  return client;
}

/** Where the router says that a session comes from. */
async function peerOf([, session]: WampArray, log = router): Promise<unknown> {
  let peer: unknown;
  await until("the session in the log", () => {
    peer = log.log.find((line) => line["session"] === session)?.["peer"];
    return peer !== undefined;
  });
  return peer;
}

for (const kind of PROXIES) {
  describe.skipIf(kind.tool.path === undefined)(`behind ${kind.name}${kind.tool.skipped}`, () => {
    test("a WebSocket passes, TLS ends at the proxy, and the router knows the client whatever it claims", async () => {
      const client = await joined(await open(kind));
      const welcome = await client.next();
      expect(welcome[0]).toBe(2);
      expect(await peerOf(welcome)).toBe(CLIENT);
      expect(await client.call("wamp.session.count")).toMatchObject([50, 1, {}, [expect.any(Number)]]);
    });

    test("a page of another origin is refused", async () => {
      await expect(WebSocketClient.join(await open(kind), "https://elsewhere.example")).rejects.toThrow("403");
    });

    test("long-poll passes: an empty answer in time, an event at once, and a large message", async () => {
      const proxy = await open(kind);
      const session = await LongPollSession.join(proxy);
      const welcome = (await session.receive())!;
      expect(welcome[0]).toBe(2);
      expect(await peerOf(welcome)).toBe(CLIENT);
      expect(await session.receive()).toBeUndefined();
      await session.send([32, 1, {}, "com.example.news"]);
      expect((await session.receive())?.[0]).toBe(33);
      const publisher = await joined(proxy);
      await publisher.next();
      const event = session.receive();
      publisher.publish("com.example.news", "hello");
      // Without an event in its time, a request is answered with nothing.
      const [type, , , , args] = (await event) ?? (await session.receive())!;
      expect([type, args]).toEqual([36, ["hello"]]);
      expect(await session.send([16, 2, {}, "com.example.big", ["x".repeat(3_000_000)]])).toBeLessThan(300);
    });

    // Caddy has none for connections that were upgraded.
    if (kind.idleTime === undefined) return;

    test("a quiet client outlives the proxy's idle time, thanks to pings", async () => {
      const client = await joined(await open(kind, SHORT_TIMES));
      await client.next();
      const start = performance.now();
      await until(
        "a quiet time longer than that of the proxy",
        () => performance.now() - start > 1.5 * SHORT_SECONDS * 1000,
      );
      expect(client.pings).toBeGreaterThan(1);
      expect((await client.call("wamp.session.count"))[0]).toBe(50);
    });

    test("without pings the proxy cuts it", async () => {
      const keepAlive = "keepAlive: { intervalMs: 25000, timeoutMs: 20000 }";
      const silent = await startRouter({ [keepAlive]: "keepAlive: false" });
      try {
        const client = await joined(await open(kind, { "60s": "1s" }, silent));
        await client.next();
        await client.closed;
      } finally {
        await silent.kill();
      }
    });
  });
}

const HAPROXY = PROXIES.find(({ name }) => name === "HAProxy")!;

describe.skipIf(HAPROXY.tool.path === undefined)(`behind HAProxy${HAPROXY.tool.skipped}`, () => {
  test("RawSocket passes, and the PROXY protocol names the client", async () => {
    const { rawSocketPort } = await open(HAPROXY);
    const { welcome, socket, localPort } = await joinRawSocket({ port: rawSocketPort, ca });
    clients.push({ close: () => void socket.destroy() });
    expect(welcome[0]).toBe(2);
    expect(await peerOf(welcome)).toBe(`${CLIENT}:${localPort}`);
  });

  test("Forwarded names the client as well", async () => {
    const forwarded = "http-request del-header X-Forwarded-For\n    http-request set-header Forwarded for=%[src]";
    const config = { "    http-request del-header Forwarded\n": "", "option forwardfor": forwarded };
    const client = await joined(await open(HAPROXY, config));
    expect(await peerOf(await client.next())).toBe(CLIENT);
  });

  test("a client that forges a header which the proxy passes on counts as the proxy", async () => {
    const client = await joined(await open(HAPROXY, { "    http-request del-header Forwarded\n": "" }));
    expect(await peerOf(await client.next())).toMatch(/^127\.0\.0\.1:/);
  });
});

test("the documentation quotes all of these configs", () => {
  const page = readFileSync(join(ROOT, "docs", "reverse-proxies.md"), "utf8");
  // The first line says which file it is; a comma and where it goes may follow.
  const blocks = page.matchAll(/^```\w+\n# deploy\/proxies\/([^\s,]+).*\n([^`]*)^```$/gm);
  const quoted = new Map(Array.from(blocks, ([, name, text]) => [name, text]));
  const configs = readdirSync(FOLDER).map((name): [string, string] => [name, readFileSync(join(FOLDER, name), "utf8")]);
  expect(quoted).toEqual(new Map(configs));
});
