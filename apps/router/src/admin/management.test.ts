// The management realm: who gets in where, and what operators steer of the running router.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADMIN, DEFAULT_ADMIN_REALM, DEVELOPER, type NextToken, type RouterState } from "@kreuz/admin";
import { ErrorUri } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { FakeClock, WireSession } from "@kreuz/testkit";
import { connectWebSocket, type WebSocketConnectOptions } from "@kreuz/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { developmentConfig, override } from "../config/find-config.js";
import { configFrom } from "../config/load-config.js";
import type { RunningRouter } from "../run/running-router.js";
import { firstCertificate } from "../testing/certificates.js";
import { advance, connectClient, joinClient, startForTest, temporaryFolder } from "../testing/running-router.js";

const REALM = {
  name: "realm1",
  auth: { anonymous: { role: "guest" } },
  roles: [{ name: "guest", permissions: [{ uri: "com.", match: "prefix", allow: { subscribe: true } }] }],
};
const users = {
  olga: { role: "operator", ticket: "mellon" },
  vic: { role: "viewer", ticket: "mellon" },
};
const ADMIN_CONFIG = { port: 0, auth: { ticket: { users } } };

const configWith = (admin: object = ADMIN_CONFIG, more: object = {}) =>
  configFrom({ realms: [REALM], transports: [{ type: "websocket", port: 0, name: "clients" }], admin, ...more });

/** Connects to the admin listener. */
async function connectAdmin(
  running: RunningRouter,
  options: Partial<WebSocketConnectOptions> = {},
): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  const url = `${running.adminUrl?.replace(/^http/, "ws")}/ws`;
  await connectWebSocket(url, session, { codecs: [json], ...options });
  onTestFinished(() => session.disconnect());
  return session;
}

async function logIn(running: RunningRouter, authid: string, secret = "mellon"): Promise<WireSession> {
  const session = await connectAdmin(running);
  await session.join(DEFAULT_ADMIN_REALM, { authmethods: ["ticket"], authid }, () => secret);
  return session;
}

describe("who gets in", () => {
  test("operators on the admin listener, and nobody on those of clients", async () => {
    const running = await startForTest(configWith());
    const operator = await logIn(running, "olga");
    const state = (await operator.call(ADMIN.getRouter)).args?.[0] as RouterState;
    expect(state).toMatchObject({ ready: true, pid: process.pid, reloadable: false });
    expect(state.listeners).toMatchObject([{ name: "clients", connections: 0 }]);
    expect(state.realms.map(({ name, management }) => [name, management])).toEqual([
      ["realm1", false],
      ["kreuz.admin", true],
    ]);
    const outside = await connectClient(running);
    await expect(outside.join(DEFAULT_ADMIN_REALM)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REALM });
    const inside = await connectAdmin(running);
    await expect(inside.join("realm1")).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REALM });
  });

  test("by the methods of the config, with their roles", async () => {
    const running = await startForTest(configWith());
    await expect(logIn(running, "olga", "wrong")).rejects.toMatchObject({ uri: ErrorUri.AUTHENTICATION_DENIED });
    const viewer = await logIn(running, "vic");
    await viewer.call(ADMIN.getRouter);
    await expect(viewer.call(ADMIN.drain)).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    const info = await fetch(`${running.adminUrl}/console.json`);
    expect(await info.json()).toEqual({
      realm: DEFAULT_ADMIN_REALM,
      webSocket: "/ws",
      methods: ["ticket"],
      development: false,
    });
  });

  test("without users there is no management realm", async () => {
    const running = await startForTest(configWith({ port: 0 }));
    expect(running.router.realms).toEqual(["realm1"]);
    expect((await fetch(`${running.adminUrl}/console.json`)).status).toBe(404);
    const client = await connectAdmin(running);
    client.send({ type: 1, realm: DEFAULT_ADMIN_REALM, details: { roles: { caller: {} } } });
    await client.expectClosed();
  });

  test("pages of other sites do not", async () => {
    const running = await startForTest(configWith());
    const headers = { Origin: "https://evil.example" };
    await expect(connectAdmin(running, { headers })).rejects.toThrow("403");
    await connectAdmin(running, { headers: { Origin: String(running.adminUrl) } });
  });

  test("over TLS", async () => {
    const folder = temporaryFolder();
    const { ca, cert, key } = firstCertificate;
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
    const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    const running = await startForTest(configWith({ ...ADMIN_CONFIG, tls }));
    expect(running.adminUrl).toMatch(/^https:/);
    const session = await connectAdmin(running, { tls: { ca } });
    await session.join(DEFAULT_ADMIN_REALM, { authmethods: ["ticket"], authid: "olga" }, () => "mellon");
  });
});

describe("the development start", () => {
  const start = async () => {
    const loaded = override(developmentConfig(), { port: 0 });
    const { admin } = loaded.config;
    return startForTest(loaded.with({ ...loaded.config, admin: admin && { ...admin, port: 0 } }));
  };

  const tokenOf = (running: RunningRouter): string => /#token=(.+)$/.exec(running.consoleUrl ?? "")?.[1] ?? "";

  test("a token is good for one login, which brings the next one", async () => {
    const running = await start();
    const first = tokenOf(running);
    const session = await connectAdmin(running);
    const welcome = await session.join(
      DEFAULT_ADMIN_REALM,
      { authmethods: ["ticket"], authid: DEVELOPER },
      () => first,
    );
    expect(welcome.details).toMatchObject({ authid: DEVELOPER, authrole: "operator" });
    const { token } = welcome.details["authextra"] as unknown as NextToken;
    expect(token).not.toBe(first);
    for (const [authid, wrong] of [
      [DEVELOPER, first],
      ["olga", token],
    ] as const)
      await expect(logIn(running, authid, wrong)).rejects.toMatchObject({ uri: ErrorUri.AUTHENTICATION_DENIED });
    await logIn(running, DEVELOPER, token);
    const info = await fetch(`${running.adminUrl}/console.json`);
    expect(await info.json()).toMatchObject({ methods: ["ticket"], development: true });
  });

  test("the developer calls and publishes as an operator in the realm of clients", async () => {
    const running = await start();
    const operator = await logIn(running, DEVELOPER, tokenOf(running));
    const callee = await joinClient(running);
    const subscription = await callee.subscribe("com.example.topic");
    await operator.call("kreuz.do.publish", { args: ["realm1", "com.example.topic"], kwargs: { args: [1] } });
    expect(await callee.expect(36)).toMatchObject({ subscription });
  });
});

describe("steering", () => {
  test("kreuz.do.drain sends clients away, as SIGUSR2 does", async () => {
    const clock = new FakeClock();
    const running = await startForTest(configWith(ADMIN_CONFIG, { drain: { graceMs: 0, spreadMs: 0 } }), { clock });
    const client = await joinClient(running);
    const operator = await logIn(running, "olga");
    await operator.call(ADMIN.drain);
    await advance(clock, 100);
    expect(client.closed).toBe(true);
    expect(running.readiness.because).toEqual(["drained"]);
  });

  test("kreuz.do.reload reads the config again", async () => {
    const running = await startForTest(configWith(), {
      reload: () => running.reload(configWith({ ...ADMIN_CONFIG, auth: { ticket: { users: { vic: users.vic } } } })),
    });
    const operator = await logIn(running, "olga");
    expect((await operator.call(ADMIN.reload)).args?.[0]).toEqual({ revoked: 0, needsRestart: [] });
    await expect(logIn(running, "olga")).rejects.toMatchObject({ uri: ErrorUri.AUTHENTICATION_DENIED });
    await logIn(running, "vic");
  });

  test("operators see warnings of the router", async () => {
    const running = await startForTest(
      configWith({ ...ADMIN_CONFIG, console: false }, { limits: { subscriptionsPerSession: 1 } }),
    );
    const viewer = await logIn(running, "vic");
    const client = await joinClient(running);
    await client.subscribe("com.example.one");
    await expect(client.subscribe("com.example.other")).rejects.toMatchObject({ uri: ErrorUri.LIMIT_EXCEEDED });
    const log = (await viewer.call(ADMIN.getLog)).args?.[0];
    expect(log).toMatchObject([
      { level: "warn", message: "limit reached", fields: { limit: "limit_subscriptions_per_session" } },
    ]);
  });
});

describe("the config", () => {
  const problems = (admin: object, more: object = {}) => {
    try {
      configWith(admin, more);
      return [];
    } catch (error) {
      return (error as Error).message.split("\n").map((line) => line.trim());
    }
  };

  test.each([
    [{ ...ADMIN_CONFIG, host: "0.0.0.0" }, "admin.host: operators log in at 0.0.0.0 in plain text; add tls"],
    [
      { auth: { ...ADMIN_CONFIG.auth, anonymous: { role: "viewer" } } },
      "admin.auth.anonymous: the management realm has no",
    ],
    [
      { auth: { ticket: { users: { ann: { role: "boss", ticket: "x" } } } } },
      'admin.auth.ticket.users.ann.role: unknown role "boss"',
    ],
    [{ ...ADMIN_CONFIG, realm: "realm1" }, 'admin.realm: realm "realm1" is defined twice'],
    [{ auth: { ticket: { procedure: "com.users" } } }, "admin.auth.ticket.realm: expected a realm of clients"],
    [{ auth: {} }, "admin.auth: expected at least one authentication method"],
  ])("%j is refused, where it is wrong", (admin, expected) => {
    expect(problems(admin).join("\n")).toContain(expected);
  });

  test("beyond this machine with insecure: true, or without operators", () => {
    expect(problems({ ...ADMIN_CONFIG, host: "0.0.0.0", insecure: true })).toEqual([]);
    expect(problems({ host: "0.0.0.0" })).toEqual([]);
  });

  test("no transport of clients can serve the management realm", () => {
    const transports = [{ type: "websocket", realms: ["kreuz.admin"] }];
    expect(problems(ADMIN_CONFIG, { transports }).join("\n")).toContain("transports[0].realms[0]: realm");
  });
});
