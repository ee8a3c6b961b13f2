import { ErrorUri, type Id, MessageType as M, type Payload } from "@kreuz/codec";
import { authorizeByRole, type Plugin } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  call,
  createTestRouter,
  Deferred,
  expectError,
  Probe,
  testRealm,
  REALM,
  type TestRouter,
  type TestRouterOptions,
} from "../support/index.js";

const open = (options: TestRouterOptions = {}): Promise<TestRouter> =>
  createTestRouter({
    ...options,
    realm: { plugins: [sessionMeta()], ...options.realm },
  });

const payloadOf = (message: { payload: Payload }) => message.payload.args;

describe("Session Meta API: feature announcement", () => {
  it("is announced by both broker and dealer", async () => {
    const router = await open();
    const { details } = await router.connectClient().join(REALM);
    expect(details.roles.broker?.features?.["session_meta_api"]).toBe(true);
    expect(details.roles.dealer?.features?.["session_meta_api"]).toBe(true);
  });

  it("without the plugin there are no feature, no procedures and no events", async () => {
    const router = await open({ realm: { plugins: [] } });
    const client = router.connectClient();
    const { details } = await client.join(REALM);
    expect(details.roles.broker?.features).not.toHaveProperty("session_meta_api");
    await expect(call(client, "wamp.session.count")).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    await client.subscribe("wamp.session.on_join");
    await router.join();
    await client.expectNothing();
  });
});

describe("Session Meta API: wamp.session.on_join", () => {
  it("has one dict with the session's details, without the client's authextra", async () => {
    const router = await open();
    const watcher = await router.join({ authid: "watcher" });
    const subscription = await watcher.subscribe("wamp.session.on_join");
    const joined = await router.join({ authid: "alice", authrole: "admin" });
    const event = await watcher.expect(M.EVENT);
    expect(event.subscription).toBe(subscription);
    expect(payloadOf(event)).toEqual([
      {
        realm: REALM,
        session: joined.id,
        authid: "alice",
        authrole: "admin",
        authmethod: "trust",
        authprovider: "test",
        transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
      },
    ]);
  });

  it("comes after WELCOME, so that the new session can be called", async () => {
    const order: string[] = [];
    const plugin: Plugin = {
      name: "spy",
      setup: (realm) => void realm.on("sessionJoined", () => order.push("joined")),
    };
    const router = await open({ realm: { plugins: [plugin] } });
    const client = router.connectClient();
    const welcome = client.join(REALM).then(() => order.push("welcome"));
    await welcome;
    expect(order).toEqual(["joined", "welcome"]);
    expect(client.unread).toEqual([]);
  });

  it.each([
    ["prefix", "wamp.session."],
    ["wildcard", "wamp..on_join"],
  ] as const)("reaches %s subscriptions, with the topic", async (match, topic) => {
    const router = await open();
    const watcher = await router.join();
    await watcher.subscribe(topic, { match });
    await router.join();
    expect((await watcher.expect(M.EVENT)).details.topic).toBe("wamp.session.on_join");
  });

  it("stays in its realm", async () => {
    const other = "com.example.other";
    const realms = [REALM, other].map((uri) => testRealm({ uri, plugins: [sessionMeta()] }));
    const router = await createTestRouter({ realms });
    const watcher = await router.join();
    await watcher.subscribe("wamp.session.on_join");
    await watcher.subscribe("wamp.session.on_leave");
    const stranger = await router.join({ realm: other });
    stranger.disconnect();
    await watcher.expectNothing();
    expect(await call(watcher, "wamp.session.list")).toEqual([watcher.id]);
  });

  it("needs permission to subscribe", async () => {
    const router = await open({ realm: { authorizer: authorizeByRole({ admin: "allow" }) } });
    const user = await router.join({ authid: "joe", authrole: "user" });
    user.send({ type: M.SUBSCRIBE, request: 1, options: {}, topic: "wamp.session.on_join" });
    expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
    await expect(call(user, "wamp.session.count")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("cannot be forged by a client (spec: Reserved URIs)", async () => {
    const router = await open();
    const watcher = await router.join();
    await watcher.subscribe("wamp.session.on_join");
    const forger = await router.join();
    await watcher.expect(M.EVENT);
    forger.publish("wamp.session.on_join", { args: [{ session: 1 }] }, { acknowledge: true });
    expect((await forger.expect(M.ERROR)).error).toBe(ErrorUri.INVALID_URI);
    forger.publish("wamp.session.on_join", { args: [{ session: 1 }] });
    await watcher.expectNothing();
  });
});

describe("Session Meta API: wamp.session.on_leave", () => {
  const leavings: ReadonlyArray<readonly [how: string, leave: (client: WireSession, router: TestRouter) => unknown]> = [
    ["GOODBYE", (client) => client.leave()],
    ["a lost transport", (client) => client.disconnect()],
    ["ABORT", (client) => client.send({ type: M.ABORT, details: {}, reason: "com.example.bye", payload: {} })],
    ["a protocol violation", (client) => client.sendFrame(Uint8Array.of(1, 2, 3))],
  ];
  it.each(leavings)("has session, authid and authrole after %s", async (_how, leave) => {
    const router = await open();
    const watcher = await router.join({ authid: "watcher" });
    await watcher.subscribe("wamp.session.on_leave");
    const client = await router.join({ authid: "alice", authrole: "admin" });
    await leave(client, router);
    expect(payloadOf(await watcher.expect(M.EVENT))).toEqual([client.id, "alice", "admin"]);
    expect(await call(watcher, "wamp.session.count")).toBe(1);
  });

  it("comes after the registrations, subscriptions and testaments of the session are done", async () => {
    const order: string[] = [];
    const spy: Plugin = {
      name: "spy",
      setup(realm) {
        realm.on("calleeRemoved", () => order.push("calleeRemoved"));
        realm.on("registrationDeleted", () => order.push("registrationDeleted"));
        realm.on("subscriberRemoved", () => order.push("subscriberRemoved"));
        realm.on("subscriptionDeleted", () => order.push("subscriptionDeleted"));
        realm.on("sessionLeaving", () => order.push("sessionLeaving"));
        realm.on("sessionLeft", () => order.push("sessionLeft"));
      },
    };
    const router = await open({ realm: { plugins: [spy] } });
    for (const leave of leavings) {
      order.length = 0;
      const client = await router.join();
      await client.subscribe("com.example.topic");
      await client.register("com.example.procedure");
      await leave[1](client, router);
      await settle();
      expect(order).toEqual([
        "calleeRemoved",
        "registrationDeleted",
        "subscriberRemoved",
        "subscriptionDeleted",
        "sessionLeaving",
        "sessionLeft",
      ]);
    }
  });
});

describe("Session Meta API: wamp.session.count and list", () => {
  it("count and list all sessions, or those with some roles", async () => {
    const router = await open();
    const [a, b, c] = [
      await router.join({ authid: "a", authrole: "user" }),
      await router.join({ authid: "b", authrole: "admin" }),
      await router.join({ authid: "c", authrole: "admin" }),
    ];
    expect(await call(a, "wamp.session.count")).toBe(3);
    expect(await call(a, "wamp.session.count", [["admin"]])).toBe(2);
    expect(await call(a, "wamp.session.count", [["admin", "user", "admin", "ghost"]])).toBe(3);
    expect(await call(a, "wamp.session.count", [[]])).toBe(0);
    expect(await call(a, "wamp.session.count", [null])).toBe(3);
    expect(await call(a, "wamp.session.list")).toEqual(expect.arrayContaining([a.id, b.id, c.id]));
    expect(new Set((await call(a, "wamp.session.list", [["admin"]])) as Id[])).toEqual(new Set([b.id, c.id]));
  });

  it("do not include local sessions", async () => {
    const router = await open();
    router.connect(REALM, { authid: "joe" });
    const client = await router.join({ authid: "joe" });
    expect(await call(client, "wamp.session.list")).toEqual([client.id]);
    expect(await call(client, "wamp.session.count", [["trusted", "router"]])).toBe(0);
  });
});

describe("Session Meta API: wamp.session.get", () => {
  it("returns the details of a session", async () => {
    const router = await open();
    const client = await router.join({ authid: "alice", authrole: "admin" });
    expect(await call(client, "wamp.session.get", [client.id])).toEqual({
      realm: REALM,
      session: client.id,
      authid: "alice",
      authrole: "admin",
      authmethod: "trust",
      authprovider: "test",
      transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
    });
  });

  it("fails with no_such_session for an unknown id and for a local session", async () => {
    const router = await open();
    const client = await router.join();
    const local = router.connect(REALM);
    await expect(call(client, "wamp.session.get", [1])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
    await expect(call(client, "wamp.session.get", [local.id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });
});

describe("Session Meta API: arguments", () => {
  it.each([
    ["wamp.session.count", ["admin"], "filter_authroles: expected a list of strings, got a string"],
    ["wamp.session.count", [[1]], "filter_authroles[0]: expected a string, got the number 1"],
    ["wamp.session.list", [{}], "filter_authroles: expected a list of strings, got a dict"],
    ["wamp.session.list", [[], 2], "takes at most 1 positional arguments, got 2"],
    ["wamp.session.get", [], "session: expected an id (integer from 1 to 2^53), got nothing"],
    ["wamp.session.get", ["12"], "session: expected an id"],
    ["wamp.session.kill", [1.5], "session: expected an id"],
    ["wamp.session.kill_by_authid", [7], "authid: expected a string, got the number 7"],
    ["wamp.session.kill_by_authrole", [], "authrole: expected a string, got nothing"],
    ["wamp.session.kill_all", [1], "takes no positional arguments, got 1"],
  ])("%s(%j) → invalid_argument that names the argument", async (procedure, args, message) => {
    const client = await (await open()).join();
    await expect(call(client, procedure, args)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });
});

describe("Session Meta API: listings", () => {
  it("of one session are few at a time; further ones are refused and counted", async () => {
    const probe = new Probe();
    const router = await open({ realm: { plugins: [probe, sessionMeta({ maxQueriesPerSession: 2 })] } });
    const [client, other] = [await router.join(), await router.join()];
    // A directory that takes its time.
    const [listed, list] = [new Deferred<void>(), probe.realm.sessions.list.bind(probe.realm.sessions)];
    Object.assign(probe.realm.sessions, { list: () => listed.promise.then(() => list()) });
    const [, , third] = [0, 1, 2].map(() => client.sendCall("wamp.session.list"));
    expect(await expectError(client, M.CALL, third ?? 0, ErrorUri.LIMIT_EXCEEDED)).toContain("2 queries under way");
    expect(router.metrics.get("limit_queries_per_session")).toBe(1);
    listed.resolve();
    expect(await call(other, "wamp.session.list")).toHaveLength(2);
    for (let answer = 0; answer < 2; answer++) await client.expect(M.RESULT);
    expect(await call(client, "wamp.session.list")).toHaveLength(2);
    expect(() => sessionMeta({ maxQueriesPerSession: 0.5 })).toThrow("session-meta.maxQueriesPerSession");
  });
});
