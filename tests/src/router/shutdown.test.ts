import { CloseUri, ErrorUri, MessageType as M } from "@kreuz/codec";
import { allowAll, createRouter, SessionEndedError, type AuthStep, type Plugin } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  authenticatingRouter,
  createTestRouter,
  Deferred,
  expectAbort,
  expectNoTrace,
  Probe,
  REALM,
  sendText,
} from "../support/index.js";

const ECHO = '[6,{},"wamp.close.goodbye_and_out"]';

describe("Shutdown: Router.close (spec: Session Close, wamp.close.system_shutdown)", () => {
  it("sends GOODBYE wamp.close.system_shutdown to every session, and closes the transport at its answer", async () => {
    const router = await createTestRouter();
    const clients = [await router.join(), await router.join()];
    await router.close({ farewell: "goodbye" });
    for (const client of clients) {
      const { reason, details } = await client.expect(M.GOODBYE);
      expect([reason, details]).toEqual([CloseUri.SYSTEM_SHUTDOWN, { message: "the router is shutting down" }]);
      sendText(client, ECHO);
      expect(await client.expectClosed()).toBeUndefined();
    }
    await expectNoTrace(router, []);
  });

  it("sends ABORT wamp.close.system_shutdown to a client without a session, in any phase", async () => {
    const later = new Deferred<AuthStep>();
    const begin = ({ authid }: { authid: string | undefined }): AuthStep | Promise<AuthStep> =>
      authid === "slow" ? later.promise : { type: "challenge", extra: {}, respond: () => later.promise };
    const router = await authenticatingRouter({ method: "test", begin });
    const [silent, slow, challenged] = [router.connectClient(), router.connectClient(), router.connectClient()];
    sendText(slow, `[1,"${REALM}",{"roles":{"caller":{}},"authmethods":["test"],"authid":"slow"}]`);
    sendText(challenged, `[1,"${REALM}",{"roles":{"caller":{}},"authmethods":["test"]}]`);
    await challenged.expect(M.CHALLENGE);
    await router.close({ farewell: "goodbye" });
    for (const client of [silent, slow, challenged]) await expectAbort(client, CloseUri.SYSTEM_SHUTDOWN);
    later.resolve({ type: "accept", authid: "joe", authrole: "user", authprovider: "test" });
    await settle();
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });

  it("sends ABORT to a client between two sessions, and nothing to one that already got GOODBYE", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const [between, told] = [await router.join(), await router.join()];
    await between.leave();
    await probe.realm.sessions.kill(told.id, { reason: "com.example.out" });
    await told.expect(M.GOODBYE);
    await router.close({ farewell: "goodbye" });
    await expectAbort(between, CloseUri.SYSTEM_SHUTDOWN);
    await told.expectNothing();
    sendText(told, ECHO);
    await told.expectClosed();
    await expectNoTrace(router, []);
  });

  it("closes the transport of a client that does not answer within goodbyeTimeout", async () => {
    const router = await createTestRouter({ limits: { goodbyeTimeout: 2000 } });
    const client = await router.join();
    await router.close({ farewell: "goodbye" });
    await client.expect(M.GOODBYE);
    router.clock.advance(1999);
    await settle();
    expect(client.closed).toBe(false);
    router.clock.advance(1);
    await client.expectClosed();
    await expectNoTrace(router, []);
  });

  it("sends no meta events and no errors of calls after GOODBYE", async () => {
    const router = await createTestRouter({ realm: { plugins: [sessionMeta()] } });
    const [watcher, callee] = [await router.join(), await router.join()];
    await watcher.subscribe("wamp.session.on_leave");
    await callee.register("com.example.procedure");
    watcher.sendCall("com.example.procedure");
    await callee.expect(M.INVOCATION);
    await router.close({ farewell: "goodbye" });
    await watcher.expect(M.GOODBYE);
    await watcher.expectNothing();
  });

  it("refuses new connections with ABORT wamp.close.system_shutdown", async () => {
    const router = await createTestRouter();
    await router.close({ farewell: "goodbye" });
    await expectAbort(router.connectClient(), CloseUri.SYSTEM_SHUTDOWN);
    const eager = router.connectClient();
    sendText(eager, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
    await expectAbort(eager, CloseUri.SYSTEM_SHUTDOWN);
    await expectNoTrace(router, []);
  });

  it("refuses new realms and local sessions", async () => {
    const router = await createTestRouter();
    await router.close({ farewell: "goodbye" });
    expect(() => router.connect(REALM)).toThrow(REALM);
    await expect(router.addRealm({ uri: "com.example.new", authorizer: allowAll })).rejects.toThrow("closed");
  });

  it("ends local sessions: their calls fail", async () => {
    const router = await createTestRouter();
    const local = router.connect(REALM);
    const client = await router.join();
    await client.register("com.example.procedure");
    const call = local.call("com.example.procedure");
    await client.expect(M.INVOCATION);
    await Promise.all([
      expect(call).rejects.toMatchObject({ uri: ErrorUri.CANCELED }),
      router.close({ farewell: "goodbye" }),
    ]);
    await expect(local.publish("com.example.topic")).rejects.toThrow(SessionEndedError);
  });

  it("cleans up plugins in reverse order after the last session has left, even if one fails", async () => {
    const order: string[] = [];
    const plugin = (name: string, fails = false): Plugin => ({
      name,
      setup(realm) {
        realm.on("sessionLeft", () => order.push(`${name}: left`));
        realm.defer(async () => {
          await settle(1);
          order.push(`${name}: cleanup`);
          if (fails) throw new Error("broken pipe");
        });
      },
    });
    const router = await createTestRouter({ realm: { plugins: [plugin("a"), plugin("b", true)] } });
    await router.join();
    await router.close({ farewell: "goodbye" });
    expect(order).toEqual(["a: left", "b: left", "b: cleanup", "a: cleanup"]);
    expect(router.errors()).toHaveLength(1);
  });

  it("does its work once if called twice, and both calls wait for the end", async () => {
    let cleanups = 0;
    const plugin: Plugin = {
      name: "slow",
      setup: (realm) =>
        realm.defer(async () => {
          await settle(2);
          cleanups++;
        }),
    };
    const router = await createTestRouter({ realm: { plugins: [plugin] } });
    const client = await router.join();
    const first = router.close({ farewell: "goodbye" });
    await router.close({ farewell: "goodbye", reason: "com.example.other" });
    expect(cleanups).toBe(1);
    await first;
    expect((await client.expect(M.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
    await client.expectNothing();
  });
});

describe("Shutdown: a realm that is removed (spec: wamp.close.close_realm)", () => {
  it("sends GOODBYE wamp.close.close_realm to its sessions, and other realms go on", async () => {
    const other = "com.example.other";
    const realm = { authorizer: allowAll };
    const router = await createTestRouter({
      realms: [
        { uri: REALM, ...realm },
        { uri: other, ...realm },
      ],
    });
    const [here, there] = [await router.join(), await router.join({ realm: other })];
    const local = router.connect(other);
    await router.removeRealm(other);
    await router.removeRealm("com.example.unknown");
    expect((await there.expect(M.GOODBYE)).reason).toBe(CloseUri.CLOSE_REALM);
    await expect(local.publish("com.example.topic")).rejects.toThrow(SessionEndedError);
    expect(() => router.connect(other)).toThrow(other);
    await here.subscribe("com.example.topic");
    expect(router.realms).toEqual([REALM]);
  });
});

describe("Start: a router that fails to open", () => {
  const good = (order: string[]): Plugin => ({
    name: "good",
    setup: (realm) => realm.defer(() => void order.push(`cleanup ${realm.uri}`)),
  });
  const bad: Plugin = {
    name: "bad",
    async setup() {
      await settle(1);
      throw new Error("no database");
    },
  };

  it("cleans up the plugins of every realm, and rejects with the plugin's error", async () => {
    const order: string[] = [];
    const realms = [
      { uri: "com.example.one", authorizer: allowAll, plugins: [good(order)] },
      { uri: "com.example.two", authorizer: allowAll, plugins: [good(order), bad] },
    ];
    await expect(createRouter({ realms })).rejects.toThrow("no database");
    expect(order).toEqual(["cleanup com.example.two", "cleanup com.example.one"]);
  });

  it("a realm that fails to open later does not affect the others, and its URI stays free", async () => {
    const order: string[] = [];
    const router = await createTestRouter();
    const uri = "com.example.new";
    await expect(router.addRealm({ uri, authorizer: allowAll, plugins: [good(order), bad] })).rejects.toThrow(
      "database",
    );
    expect(order).toEqual([`cleanup ${uri}`]);
    expect(router.realms).toEqual([REALM]);
    await router.addRealm({ uri, authorizer: allowAll });
    await router.join({ realm: uri });
  });

  it("a realm that opens while the router closes is closed", async () => {
    const order: string[] = [];
    const router = await createTestRouter();
    const gate = new Deferred<void>();
    const slow: Plugin = { name: "slow", setup: () => gate.promise };
    const adding = router.addRealm({
      uri: "com.example.new",
      authorizer: allowAll,
      plugins: [good(order), slow],
    });
    await router.close({ farewell: "goodbye" });
    gate.resolve();
    await expect(adding).rejects.toThrow("closed");
    expect(order).toEqual(["cleanup com.example.new"]);
  });
});
