// Every kind of extension that a config can name, written as a stranger would write it, in a running router.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CloseUri, MessageType as M } from "@kreuz/codec";
import { beforeEach, describe, expect, test } from "vitest";
import type { InvalidConfigError } from "../config/config-problem.js";
import { parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { TransportConfig } from "../config/config.js";
import { connectClient, joinClient, startForTest, temporaryFolder } from "../testing/running-router.js";
import { inspectConfig } from "./inspect-config.js";
import type { RunningRouter } from "./running-router.js";
import { startRouter } from "./start-router.js";

const [CODEC, OPTIONS, ROUTER, NODE] = ["codec", "codec/options", "router", "transport-node"].map(
  (name) => `from "${import.meta.resolve(`@kreuz/${name}`)}"`,
);

const FILES: Readonly<Record<string, string>> = {
  "node_modules/@acme/faulty/package.json": `{ "name": "@acme/faulty", "version": "1.2.0", "type": "module", "exports": "./index.js" }`,
  "node_modules/@acme/faulty/index.js": `
    export const faulty = () => ({ name: "faulty", setup() { throw new Error("no database"); } });`,
  "greeter.js": `
    import { definePlugin } ${ROUTER};
    import { options, text } ${OPTIONS};
    export const greeter = definePlugin({
      name: "greeter",
      options: options({ greeting: text().default("Hello") }),
      create: ({ greeting }) => {
        return {
          setup(realm) {
            realm.procedure("com.acme.greet", ({ args }) => greeting + ", " + args[0]);
          },
          update(next) {
            if (next.greeting === "no") throw new Error("that is no greeting");
            greeting = next.greeting;
          },
        };
      },
    });`,
  "ledger.js": `
    import { defineRouterPlugin } ${ROUTER};
    import { options, text } ${OPTIONS};
    export const ledger = defineRouterPlugin({
      name: "ledger",
      options: options({ word: text().default("entries"), fails: text().default("no") }),
      create: ({ word, fails }) => {
        return {
          setup(router) {
            if (fails !== "no") throw new Error(fails);
            let refused = 0;
            router.on("joinRefused", () => refused++);
            router.eachRealm((uri) => ({
              name: "ledger of " + uri,
              setup: (realm) => void realm.procedure("com.acme.ledger", () => [uri, word, refused]),
            }));
          },
          update(next) {
            word = next.word;
          },
        };
      },
    });`,
  "magic.js": `
    import { defineAuthenticator } ${ROUTER};
    import { options, text } ${OPTIONS};
    export const magic = defineAuthenticator({
      name: "magic",
      options: options({ word: text().secret() }),
      create: ({ word }) => {
        let realm;
        return {
          method: "magic",
          setup(context) {
            if (word === "none") throw new Error("no word");
            realm = context;
            realm.meter.counter("made_total", "How often it was made.").add();
            realm.meter.gauge("letters", "Letters of the word.", () => word.length);
          },
          begin: ({ authid }) => ({
            type: "challenge",
            extra: { realm: realm.uri },
            respond: (signature) => signature === word
              ? { type: "accept", authid, authrole: "guest", authprovider: "magic" }
              : { type: "deny", reason: "wamp.error.authentication_denied", message: "no" },
          }),
        };
      },
    });`,
  "polite.js": `
    import { defineAuthorizer } ${ROUTER};
    export const polite = defineAuthorizer({
      name: "polite",
      create: () => ({ authorize: (session, { uri }) => uri === "com.acme.greet" }),
    });`,
  "hook.js": `
    import { defineRoute } ${ROUTER};
    import { options, text } ${OPTIONS};
    export const hook = defineRoute({
      name: "hook",
      options: options({ topic: text() }),
      create: ({ topic }) => ({
        setup(realm) {
          if (topic === "none") throw new Error("no topic");
        },
        async handle(request, { realm, tls }) {
          if (new URL(request.url).pathname.endsWith("broken")) throw new Error("broken hook");
          realm.publish(topic, { args: [await request.text(), tls] });
          return new Response("published");
        },
      }),
    });`,
  "slow.js": `
    import { defineRoute } ${ROUTER};
    import { options, text } ${OPTIONS};
    const seen = () => globalThis.seenOfSlowRoutes;
    export const slow = defineRoute({
      name: "slow",
      options: options({ answer: text() }),
      create: ({ answer }) => ({
        setup(realm) {
          seen().made++;
          realm.defer(() => void seen().ended.push(answer));
        },
        async handle(request) {
          if (request.url.endsWith("wait")) await new Promise((resolve) => seen().waiting.push(resolve));
          return new Response(answer);
        },
      }),
    });`,
  "offering.js": `
    import { definePlugin, defineRouterPlugin } ${ROUTER};
    const count = ({ offer }) => void offer("count", (request) => Response.json({ method: request.method }));
    export const offering = definePlugin({ name: "offering", create: () => ({ setup: count }) });
    export const counting = defineRouterPlugin({ name: "counting", create: () => ({ setup: count }) });`,
  "wires.js": `
    import { defineTransport } ${CODEC};
    import { options, integer } ${OPTIONS};
    import { listenRawSocket } ${NODE};
    export const wires = defineTransport({
      name: "wires",
      options: options({ port: integer(0, 65535) }),
      create: ({ port }) => ({ listen: (acceptor, context) => listenRawSocket(acceptor, { ...context, port }) }),
    });`,
};

function folderWithFiles(): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

interface Parts {
  readonly plugins?: string;
  readonly ofRealm?: string;
  readonly auth?: string;
  readonly authorizer?: string;
  readonly transports?: string;
  readonly routes?: string;
}

const HOOK = "{ path: /hook, realm: realm1, package: ./hook.js, options: { topic: com.acme.hooked } }";
const ALL = '{ uri: "", match: prefix, allow: { call: true, subscribe: true } }';

function config(folder: string, parts: Parts = {}): LoadedConfig {
  const { plugins = "", ofRealm = "", auth = "anonymous: { role: guest }", authorizer, transports = "" } = parts;
  const routes = parts.routes === undefined ? "" : `, routes: [${parts.routes}]`;
  const rule = authorizer === undefined ? `permissions: [${ALL}]` : `authorizer: ${authorizer}`;
  const text = `
plugins: [${plugins}]
realms:
  - name: realm1
    auth: { ${auth} }
    roles: [{ name: guest, ${rule} }]
    plugins: [${ofRealm}]
transports: [{ type: websocket, port: 0${routes} }${transports}]`;
  return parseConfig(text, join(folder, "kreuz.yaml"), { WORD: "sesame", LIMIT: "x" });
}

const greeter = (options: string): string => `{ package: ./greeter.js, options: { ${options} } }`;

async function greet(session: Awaited<ReturnType<typeof joinClient>>): Promise<unknown> {
  return (await session.call("com.acme.greet", { args: ["Joe"] })).args?.[0];
}

describe("a package stands where something built in would stand", () => {
  test("a plugin of a realm, or of several", async () => {
    const folder = folderWithFiles();
    const own = await startForTest(config(folder, { ofRealm: greeter("greeting: Moin") }));
    expect(await greet(await joinClient(own))).toBe("Moin, Joe");
    const shared = await startForTest(config(folder, { plugins: greeter("greeting: Servus") }));
    expect(await greet(await joinClient(shared))).toBe("Servus, Joe");
  });

  test("a plugin of the router, set up once", async () => {
    const folder = folderWithFiles();
    const ledger = (word: string): Parts => ({ plugins: `{ package: ./ledger.js, options: { word: ${word} } }` });
    const running = await startForTest(config(folder, ledger("lines")));
    const refused = await connectClient(running);
    refused.send({
      type: M.HELLO,
      realm: "realm1",
      details: { roles: { caller: {} }, authmethods: ["ticket"], authid: "joe" },
    });
    await refused.expect(M.ABORT);
    const client = await joinClient(running);
    const read = async (): Promise<unknown> => (await client.call("com.acme.ledger")).args?.[0];
    expect(await read()).toEqual(["realm1", "lines", 1]);
    expect((await running.reload(config(folder, ledger("pages")))).needsRestart).toEqual([]);
    expect(await read()).toEqual(["realm1", "pages", 1]);
  });

  test("an authentication method", async () => {
    const running = await startForTest(
      config(folderWithFiles(), { auth: 'spell: { package: ./magic.js, options: { word: "${WORD}" } }' }),
    );
    const session = await connectClient(running);
    const hello = (): void =>
      session.send({
        type: M.HELLO,
        realm: "realm1",
        details: { roles: { caller: {} }, authmethods: ["spell"], authid: "joe" },
      });
    hello();
    expect((await session.expect(M.CHALLENGE)).extra).toEqual({ realm: "realm1" });
    session.send({ type: M.AUTHENTICATE, signature: "sesame", extra: {} });
    expect((await session.expect(M.WELCOME)).details).toMatchObject({ authid: "joe", authmethod: "spell" });
  });

  test("authentication methods count on when a config that is read again changes them", async () => {
    const folder = folderWithFiles();
    const spell = (word: string, more = ""): LoadedConfig =>
      config(folder, {
        auth: `spell: { package: ./magic.js, options: { word: ${word} } }, charm: { package: ./magic.js, options: { word: y } }${more}`,
      });
    const running = await startForTest(spell("open"));
    const metrics = () =>
      Object.fromEntries(
        running.router
          .pluginMetrics("realm1")
          .flatMap((metric) =>
            [...metric.values()].map(({ value }) => [metric.name.replace("kreuz_plugin_authenticator_", ""), value]),
          ),
      );
    expect(metrics()).toEqual({ spell_made_total: 1, spell_letters: 4, charm_made_total: 1, charm_letters: 1 });
    const curse = ", curse: { package: ./magic.js, options: { word: abc } }";
    await running.reload(spell("sesame", curse));
    await expect(running.reload(spell("none"))).rejects.toThrow(
      'plugin "authenticator spell" failed in setup: no word',
    );
    expect(metrics()).toEqual({
      ...{ spell_made_total: 2, spell_letters: 6, charm_made_total: 1, charm_letters: 1 },
      ...{ curse_made_total: 1, curse_letters: 3 },
    });
    const session = await connectClient(running);
    await session.join("realm1", { authmethods: ["spell"], authid: "joe" }, () => "sesame");
  });

  test("an authorizer", async () => {
    const parts = { ofRealm: greeter(""), authorizer: "{ package: ./polite.js }" };
    const session = await joinClient(await startForTest(config(folderWithFiles(), parts)));
    expect(await greet(session)).toBe("Hello, Joe");
    await expect(session.call("com.acme.other")).rejects.toMatchObject({ uri: "wamp.error.not_authorized" });
  });

  test("a transport", async () => {
    const transports = ", { package: ./wires.js, options: { port: 0 } }";
    const running = await startForTest(config(folderWithFiles(), { transports }));
    expect(running.endpoints[1]?.url).toMatch(/^rs:\/\/127\.0\.0\.1:\d+$/);
  });
});

describe("plain HTTP requests", () => {
  const http = (running: RunningRouter, path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${running.endpoints[0]?.port}${path}`, init);

  test("are answered by the package of a route, which works in a realm", async () => {
    const running = await startForTest(config(folderWithFiles(), { routes: HOOK }));
    const session = await joinClient(running);
    await session.subscribe("com.acme.hooked");
    const answer = await http(running, "/hook/deep", { method: "POST", body: "news" });
    expect([answer.status, await answer.text()]).toEqual([200, "published"]);
    expect((await session.expect(M.EVENT)).payload.args).toEqual(["news", false]);
    expect((await http(running, "/hook/broken")).status).toBe(500);
    expect((await http(running, "/other")).status).toBe(404);
  });

  test("are bounded as the config says", async () => {
    const routes = HOOK.replace("path:", "maxBodyBytes: 3, path:");
    const running = await startForTest(config(folderWithFiles(), { routes }));
    expect((await http(running, "/hook", { method: "POST", body: "1234" })).status).toBe(413);
  });

  test("reach what plugins offer only where the config mounts it", async () => {
    const parts = {
      plugins: "{ package: ./offering.js, export: counting }",
      ofRealm: "{ package: ./offering.js, export: offering }",
    };
    const folder = folderWithFiles();
    const closed = await startForTest(config(folder, parts));
    expect((await http(closed, "/offering/count")).status).toBe(404);
    const routes = "{ path: /a, realm: realm1, offer: offering/count }, { path: /b, offer: counting/count }";
    const open = await startForTest(config(folder, { ...parts, routes }));
    for (const path of ["/a", "/b/c"]) expect(await (await http(open, path)).json()).toEqual({ method: "GET" });
  });

  test("to an offer that does not exist: the router does not start, and says what there is", async () => {
    const parts = { ofRealm: "{ package: ./offering.js, export: offering }" };
    const start = (routes: string) => startRouter(config(folderWithFiles(), { ...parts, routes }));
    await expect(start("{ path: /a, realm: realm1, offer: offering/cuont }")).rejects.toThrow(
      'transports[0].routes[0].offer: no plugin of realm "realm1" offers "offering/cuont"; did you mean offering/count?',
    );
    await expect(start("{ path: /a, offer: offering/count }")).rejects.toThrow(
      'no plugin of the router offers "offering/count"',
    );
  });

  test("to a route that fails in setup: the router does not start", async () => {
    const routes = HOOK.replace("com.acme.hooked", "none");
    await expect(startRouter(config(folderWithFiles(), { routes }))).rejects.toThrow(
      "transports[0].routes[0]: ./hook.js failed in setup: no topic",
    );
  });

  test("on several transports go to a route each", async () => {
    const folder = folderWithFiles();
    const transports = `, { type: universal, port: 0, routes: [${HOOK}] }`;
    const running = await startForTest(config(folder, { routes: HOOK, transports }));
    const ports = running.endpoints.map(({ port }) => port);
    for (const port of ports) expect((await fetch(`http://127.0.0.1:${port}/hook`)).status).toBe(200);
  });
});

describe("routes of a config that is read again", () => {
  let folder = "";
  const at = (routes: string, more: Parts = {}): LoadedConfig => config(folder, { routes, ...more });
  const slow = (answer: string): string =>
    `{ path: /slow, realm: realm1, package: ./slow.js, options: { answer: ${answer} } }`;
  const get = async (running: RunningRouter, path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${running.endpoints[0]?.port}${path}`);
    return answer.status === 200 ? answer.text() : String(answer.status);
  };
  /** What the routes of slow.js tell. */
  const seen = { made: 0, waiting: [] as (() => void)[], ended: [] as string[] };
  Object.assign(globalThis, { seenOfSlowRoutes: seen });
  beforeEach(() => {
    folder = folderWithFiles();
    Object.assign(seen, { made: 0, waiting: [], ended: [] });
  });

  test("come, change and go without a restart", async () => {
    const running = await startForTest(at(slow("one")));
    expect(await get(running, "/slow")).toBe("one");
    const moved = at(`${slow("two")}, { path: /again, realm: realm1, package: ./slow.js, options: { answer: new } }`);
    expect((await running.reload(moved)).needsRestart).toEqual([]);
    expect([await get(running, "/slow"), await get(running, "/again")]).toEqual(["two", "new"]);
    await running.reload(at(""));
    expect([await get(running, "/slow"), await get(running, "/again")]).toEqual(["404", "404"]);
  });

  test("answer what is under way, and end then", async () => {
    const running = await startForTest(at(slow("one")));
    const underWay = get(running, "/slow/wait");
    await expect.poll(() => seen.waiting.length).toBe(1);
    await running.reload(at(slow("two")));
    expect([await get(running, "/slow"), seen.ended]).toEqual(["two", []]);
    seen.waiting[0]?.();
    expect(await underWay).toBe("one");
    await expect.poll(() => seen.ended).toEqual(["one"]);
  });

  test("that do not change stay as they are", async () => {
    const running = await startForTest(at(slow("one")));
    await running.reload(at(slow("one").replace("path:", "maxBodyBytes: 3, path:")));
    expect(seen.made).toBe(1);
    const answer = await fetch(`http://127.0.0.1:${running.endpoints[0]?.port}/slow`, { method: "POST", body: "1234" });
    expect(answer.status).toBe(413);
  });

  test.each<[string, string, string]>([
    [
      "one fails in setup",
      `${slow("two")}, ${HOOK.replace("com.acme.hooked", "none")}`,
      "./hook.js failed in setup: no topic",
    ],
    ["there is no such offer", `${slow("two")}, { path: /a, offer: a/b }`, 'no plugin of the router offers "a/b"'],
  ])("change all or not at all: %s", async (_, routes, problem) => {
    const running = await startForTest(at(slow("one")));
    await expect(running.reload(at(routes))).rejects.toThrow(problem);
    expect([await get(running, "/slow"), seen.ended]).toEqual(["one", ["two"]]);
  });

  test("end when they were prepared, and others that reload together refuse the config", async () => {
    const running = await startForTest(at(slow("one")));
    await running.prepareReload(at(slow("two")));
    running.refuseReload();
    expect([await get(running, "/slow"), seen.ended]).toEqual(["one", ["two"]]);
  });

  test("wait for the next start with their listener, or with their realm", async () => {
    const running = await startForTest(at(slow("one")));
    const listener = at(slow("two"), { transports: ", { type: websocket, port: 0 }" });
    expect((await running.reload(listener)).needsRestart).toEqual(["transports"]);
    expect(await get(running, "/slow")).toBe("one");
    const loaded = at(slow("two"));
    const [realm] = loaded.config.realms;
    const transports = loaded.config.transports.map((transport) => ({
      ...transport,
      routes: (transport as TransportConfig).routes?.map((route) => ({ ...route, realm: "realm2" })),
    }));
    const realms = [realm!, { ...realm!, name: "realm2" }];
    const report = await running.reload(loaded.with({ ...loaded.config, realms, transports }));
    expect(report.needsRestart).toEqual(["realms[1]"]);
    expect([await get(running, "/slow"), seen.made]).toEqual(["404", 1]);
  });
});

describe("a problem names the place", () => {
  const problemsOf = async (parts: Parts): Promise<readonly string[]> => {
    try {
      await inspectConfig(config(folderWithFiles(), parts), 0);
      return [];
    } catch (error) {
      return (error as InvalidConfigError).problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
    }
  };

  test.each<[string, Parts, readonly string[]]>([
    [
      "an unknown option",
      { ofRealm: greeter("greting: x") },
      ["7: realms[0].plugins[0].options.greting: unknown key; did you mean greeting?"],
    ],
    [
      "a method that is misspelled",
      { auth: "tickett: { users: {} }" },
      ["5: realms[0].auth.tickett: unknown key; did you mean ticket?"],
    ],
    [
      "a wrong key beside a package",
      { auth: "jwt: { package: ./magic.js, optoins: {} }" },
      ["5: realms[0].auth.jwt.optoins: unknown key; did you mean options?"],
    ],
    [
      "a missing secret",
      { auth: "jwt: { package: ./magic.js }" },
      ["5: realms[0].auth.jwt.options.word: is not valid"],
    ],
    [
      "a wrong key beside the package of a transport",
      { transports: ", { package: ./wires.js, port: 1 }" },
      ["8: transports[1].port: unknown key; known keys are package, export, options"],
    ],
    [
      "a value of the environment, which is not shown",
      { transports: ', { package: ./wires.js, options: { port: "${LIMIT}" } }' },
      ["8: transports[1].options.port: is not valid"],
    ],
    [
      "realms for a plugin of the router",
      { plugins: "{ package: ./ledger.js, realms: [realm1] }" },
      ["2: plugins[0].realms: remove it: a plugin of the router is set up once, for all realms"],
    ],
    [
      "a plugin of the router that is listed twice",
      { plugins: "{ package: ./ledger.js }, { package: ./ledger.js }" },
      ['2: plugins[1].package: plugin "ledger" is listed twice among the plugins of the router'],
    ],
    [
      "a plugin of the router in a realm",
      { ofRealm: "{ package: ./ledger.js }" },
      ['7: realms[0].plugins[0].package: "./ledger.js" is of the kind router-plugin; expected plugin'],
    ],
    [
      "a route without package and offer, one with both, and one without its realm",
      {
        routes:
          "{ path: /a, realm: realm1 }, { path: /b, package: ./hook.js, offer: a/b, realm: realm1 }, { path: /c, package: ./hook.js, options: { topic: a } }",
      },
      [
        "8: transports[0].routes[0]: expected either package or offer, to say who answers",
        "8: transports[0].routes[1]: expected either package or offer, to say who answers",
        "8: transports[0].routes[2]: expected realm: the realm that the package works in",
      ],
    ],
    [
      "routes at the same path, and at that of the endpoint",
      { routes: "{ path: /a, offer: a/b }, { path: /a, offer: a/b }, { path: /ws, offer: a/b, options: {} }" },
      [
        "8: transports[0].routes[1].path: another route is at /a",
        "8: transports[0].routes[2].path: the WebSocket endpoint is at /ws",
        "8: transports[0].routes[2].options: only for a package; remove it",
      ],
    ],
    [
      "a plugin in the place of a route, and a route with a wrong option",
      {
        routes:
          "{ path: /a, realm: realm1, package: ./greeter.js }, { path: /b, realm: realm1, package: ./hook.js, options: { topc: x } }",
      },
      [
        '8: transports[0].routes[0].package: "./greeter.js" is of the kind plugin; expected route',
        "8: transports[0].routes[1].options.topc: unknown key; did you mean topic?",
        "8: transports[0].routes[1].options.topic: expected a text, as a non-empty string, got nothing",
      ],
    ],
    [
      "routes of a transport without HTTP",
      { transports: ", { type: rawsocket, port: 0, routes: [] }" },
      ["8: transports[1].routes: not supported by transports of type rawsocket; remove it"],
    ],
    [
      "a plugin in the place of a transport",
      { transports: ", { package: ./greeter.js }" },
      ['8: transports[1].package: "./greeter.js" is of the kind plugin; expected transport'],
    ],
  ])("%s", async (_, parts, problems) => {
    expect(await problemsOf(parts)).toEqual(problems);
  });

  test("a plugin that fails in setup, with its package and version", async () => {
    await expect(startRouter(config(folderWithFiles(), { plugins: '{ package: "@acme/faulty" }' }))).rejects.toThrow(
      'cannot open realm "realm1": plugins[0]: plugin "faulty" (@acme/faulty 1.2.0) failed in setup: no database',
    );
  });
});

test("a plugin of the router that fails in setup", async () => {
  const plugins = "{ package: ./ledger.js, options: { fails: the disk is full } }";
  await expect(startRouter(config(folderWithFiles(), { plugins }))).rejects.toThrow(
    'cannot start: plugins[0]: plugin "ledger" (./ledger.js) failed in setup: the disk is full',
  );
});

describe("a reload", () => {
  test("tells a plugin its new options, and what it refuses needs a restart", async () => {
    const folder = folderWithFiles();
    const running = await startForTest(config(folder, { ofRealm: greeter("greeting: Moin") }));
    const session = await joinClient(running);
    expect((await running.reload(config(folder, { ofRealm: greeter("greeting: Servus") }))).needsRestart).toEqual([]);
    expect(await greet(session)).toBe("Servus, Joe");
    const refused = await running.reload(config(folder, { ofRealm: greeter("greeting: no") }));
    expect(refused.needsRestart).toEqual(["realms[0].plugins[0] (that is no greeting)"]);
    expect(await greet(session)).toBe("Servus, Joe");
  });

  test("checks new options before anything changes", async () => {
    const folder = folderWithFiles();
    const running = await startForTest(config(folder, { ofRealm: greeter("greeting: Moin") }));
    await expect(running.reload(config(folder, { ofRealm: greeter("greeting: 1") }))).rejects.toThrow(
      "expected a text",
    );
    expect(await greet(await joinClient(running))).toBe("Moin, Joe");
  });

  test("replaces an authentication method", async () => {
    const folder = folderWithFiles();
    const auth = (word: string): Parts => ({ auth: `spell: { package: ./magic.js, options: { word: ${word} } }` });
    const running = await startForTest(config(folder, auth("old")));
    await running.reload(config(folder, auth("new")));
    const session = await connectClient(running);
    session.send({
      type: M.HELLO,
      realm: "realm1",
      details: { roles: { caller: {} }, authmethods: ["spell"], authid: "joe" },
    });
    await session.expect(M.CHALLENGE);
    session.send({ type: M.AUTHENTICATE, signature: "new", extra: {} });
    await session.expect(M.WELCOME);
    session.send({ type: M.GOODBYE, details: {}, reason: CloseUri.CLOSE_REALM });
  });
});
