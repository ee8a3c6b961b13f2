import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { denyAll, type LocalEvent } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  ARGS,
  CODECS,
  createTestRouter,
  Deferred,
  expectError,
  expectNoTrace,
  KWARGS,
  localAndClient,
  PROCEDURE,
  REALM,
  TOPIC,
} from "../support/index.js";

describe("Local sessions: identity", () => {
  it("have an id, a random or given authid, and the role trusted or a given one", async () => {
    const { router } = await localAndClient();
    const [one, other] = [router.connect(REALM), router.connect(REALM, { authid: "cron", authrole: "jobs" })];
    expect(one.id).not.toBe(other.id);
    expect(one.info).toMatchObject({
      realm: REALM,
      authrole: "trusted",
      authmethod: "local",
      transport: { type: "local" },
    });
    expect(other.info).toMatchObject({ authid: "cron", authrole: "jobs" });
    expect(Object.isFrozen(one.info)).toBe(true);
    expect(() => router.connect("com.example.other")).toThrow("com.example.other");
  });

  it("are not listed, counted, announced or killed", async () => {
    const { probe, local, client } = await localAndClient();
    await client.subscribe("wamp.session", { match: "prefix" });
    expect(await probe.realm.sessions.list()).toEqual([client.id]);
    expect(await probe.realm.sessions.get(local.id)).toBeUndefined();
    expect(await probe.realm.sessions.kill(local.id, { reason: "com.example.out" })).toBe(false);
    expect(await probe.realm.sessions.killAll({ except: client.id }, { reason: "com.example.out" })).toEqual([]);
    local.leave();
    await client.expectNothing();
  });

  it("need no permission", async () => {
    const router = await createTestRouter({ realm: { authorizer: denyAll } });
    const local = router.connect(REALM);
    const events: LocalEvent[] = [];
    local.subscribe(TOPIC, (event) => events.push(event));
    local.register(PROCEDURE, () => 42);
    local.publish(TOPIC, {}, { exclude_me: false });
    expect((await local.call(PROCEDURE)).args).toEqual([42]);
    expect(events).toHaveLength(1);
  });

  it("cannot publish or register under wamp., but can subscribe there (spec: Reserved URIs)", async () => {
    const { router, local } = await localAndClient();
    const topics: string[] = [];
    local.subscribe("wamp.session.on_join", ({ topic }) => topics.push(topic));
    for (const uri of ["wamp", "wamp.session.on_join"]) {
      expect(() => local.publish(uri)).toThrow(ErrorUri.INVALID_URI);
      expect(() => local.register(uri, () => 1)).toThrow(ErrorUri.INVALID_URI);
    }
    await router.join();
    expect(topics).toEqual(["wamp.session.on_join"]);
  });

  it("throw for invalid URIs", async () => {
    const { local } = await localAndClient();
    for (const uri of ["", "a..b", "a b"]) {
      expect(() => local.publish(uri)).toThrow(ErrorUri.INVALID_URI);
      expect(() => local.subscribe(uri, () => {})).toThrow(ErrorUri.INVALID_URI);
      expect(() => local.register(uri, () => 1)).toThrow(ErrorUri.INVALID_URI);
      await expect(local.call(uri)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
    }
  });
});

describe("Local sessions: publish and subscribe", () => {
  it.each(CODECS)("exchange events with clients that speak %s", async (_id, codec) => {
    const { router, local } = await localAndClient();
    const client = await router.join({ codec });
    const events: LocalEvent[] = [];
    local.subscribe(TOPIC, (event) => events.push(event));
    await client.subscribe(TOPIC);
    client.publish(TOPIC, { args: ARGS, kwargs: KWARGS }, { acknowledge: true });
    const { publication } = await client.expect(M.PUBLISHED);
    expect(events).toEqual([{ topic: TOPIC, publication, args: ARGS, kwargs: KWARGS, details: {} }]);
    local.publish(TOPIC, { args: ARGS, kwargs: KWARGS });
    const { payload } = await client.expect(M.EVENT);
    expect([payload.args, payload.kwargs]).toEqual([ARGS, KWARGS]);
  });

  it("receive an event without payload as empty arguments", async () => {
    const { local, client } = await localAndClient();
    const events: LocalEvent[] = [];
    local.subscribe(TOPIC, (event) => events.push(event));
    client.publish(TOPIC);
    await settle();
    expect(events).toMatchObject([{ args: [], kwargs: {} }]);
  });

  it("receive the topic of every event", async () => {
    const { local, client } = await localAndClient();
    const topics: string[] = [];
    local.subscribe("com.", ({ topic }) => topics.push(`prefix ${topic}`), { match: "prefix" });
    local.subscribe(TOPIC, ({ topic }) => topics.push(`exact ${topic}`));
    client.publish(TOPIC);
    client.publish("com.other");
    await settle();
    expect(topics.toSorted()).toEqual(["exact com.example.topic", "prefix com.example.topic", "prefix com.other"]);
  });

  it("do not receive their own events, unless exclude_me is false", async () => {
    const { local } = await localAndClient();
    const events: unknown[] = [];
    local.subscribe(TOPIC, ({ args }) => events.push(args[0]));
    local.publish(TOPIC, { args: ["excluded"] });
    local.publish(TOPIC, { args: ["included"] }, { exclude_me: false });
    await settle();
    expect(events).toEqual(["included"]);
  });

  it("handlers run after publish() has returned", async () => {
    const { router, local } = await localAndClient();
    const order: string[] = [];
    const other = router.connect(REALM);
    other.subscribe(TOPIC, () => order.push("handled"));
    local.publish(TOPIC);
    order.push("published");
    await settle();
    expect(order).toEqual(["published", "handled"]);
  });

  it("handlers of one topic share a subscription, which ends with the last of them", async () => {
    const { probe, local, client } = await localAndClient();
    const heard: string[] = [];
    const stopFirst = local.subscribe(TOPIC, () => heard.push("first"));
    const stopSecond = local.subscribe(TOPIC, () => heard.push("second"));
    expect(await probe.realm.subscriptions.list()).toHaveLength(1);
    client.publish(TOPIC);
    await settle();
    stopFirst();
    stopFirst();
    client.publish(TOPIC);
    await settle();
    expect(heard).toEqual(["first", "second", "second"]);
    stopSecond();
    expect(await probe.realm.subscriptions.list()).toEqual([]);
    client.publish(TOPIC);
    await settle();
    expect(heard).toHaveLength(3);
  });

  it("a handler that unsubscribes gets no more events, not even pending ones", async () => {
    const { router, local } = await localAndClient();
    const heard: string[] = [];
    const other = router.connect(REALM);
    const stop = other.subscribe(TOPIC, () => heard.push("event"));
    local.publish(TOPIC);
    stop();
    await settle();
    expect(heard).toEqual([]);
  });

  it("handlers can be added and removed inside a handler", async () => {
    const { router, local } = await localAndClient();
    const other = router.connect(REALM);
    const heard: string[] = [];
    other.subscribe(TOPIC, ({ args }) => {
      heard.push(`first ${args[0]}`);
      stop();
      other.subscribe(TOPIC, (event) => heard.push(`new ${event.args[0]}`));
    });
    const stop = other.subscribe(TOPIC, ({ args }) => heard.push(`stopped ${args[0]}`));
    local.publish(TOPIC, { args: [1] });
    await settle();
    expect(heard).toEqual(["first 1"]);
    local.publish(TOPIC, { args: [2] });
    await settle();
    expect(heard).toEqual(["first 1", "first 2", "new 2"]);
  });

  it("a handler that fails is logged and does not affect others", async () => {
    const { router, local, client } = await localAndClient();
    const heard: string[] = [];
    local.subscribe(TOPIC, () => {
      throw new Error("broken");
    });
    local.subscribe(TOPIC, () => heard.push("event"));
    client.publish(TOPIC);
    await settle();
    expect(heard).toEqual(["event"]);
    expect(router.errors()).toHaveLength(1);
  });
});

describe("Local sessions: leaving", () => {
  it("removes all entries and fails calls in both directions", async () => {
    const { router, probe, local, client } = await localAndClient();
    const before = await probe.counts();
    await client.register("com.example.remote");
    let events = 0;
    local.subscribe(TOPIC, () => events++);
    local.register(PROCEDURE, () => new Promise(() => {}));
    const request = client.sendCall(PROCEDURE);
    const call = local.call("com.example.remote");
    await client.expect(M.INVOCATION);
    client.publish(TOPIC);
    local.leave();
    local.leave();
    await expect(call).rejects.toMatchObject({ uri: ErrorUri.CANCELED });
    expect(await client.expect(M.INTERRUPT)).toMatchObject({ options: { mode: "killnowait" } });
    await expectError(client, M.CALL, request, ErrorUri.CANCELED);
    client.publish(TOPIC);
    await settle();
    expect(events).toBe(0);
    expect(await probe.counts()).toEqual({ ...before, registrations: before.registrations + 1 });
    await expectNoTrace(router, [client]);
  });

  it("leaves nothing behind, even with a call just arrived", async () => {
    const { router, local, client } = await localAndClient();
    const before = router.counts(REALM);
    const other = router.connect(REALM);
    other.register(PROCEDURE, () => 1);
    const call = local.call(PROCEDURE);
    other.leave();
    await expect(call).rejects.toMatchObject({ uri: ErrorUri.CANCELED });
    local.leave();
    client.disconnect();
    await settle();
    expect(router.counts(REALM)).toEqual({ ...before, sessions: 0, localSessions: 1, holders: 1 });
  });

  it("is final: everything fails with no_such_session afterwards", async () => {
    const { local } = await localAndClient();
    const [unsubscribe, unregister] = [local.subscribe(TOPIC, () => {}), local.register(PROCEDURE, () => 1)];
    local.leave();
    unsubscribe();
    unregister();
    expect(() => local.publish(TOPIC)).toThrow(ErrorUri.NO_SUCH_SESSION);
    expect(() => local.subscribe(TOPIC, () => {})).toThrow(ErrorUri.NO_SUCH_SESSION);
    expect(() => local.register(PROCEDURE, () => 1)).toThrow(ErrorUri.NO_SUCH_SESSION);
    await expect(local.call(PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });

  it("a handler that is still running then is ignored", async () => {
    const { router, local, client } = await localAndClient();
    const [good, bad] = [new Deferred<string>(), new Deferred<string>()];
    local.register("com.good", () => good.promise);
    local.register("com.bad", () => bad.promise);
    client.sendCall("com.good");
    client.sendCall("com.bad");
    await settle();
    local.leave();
    for (let index = 0; index < 2; index++) expect((await client.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    good.resolve("late");
    bad.reject(new Error("late"));
    await client.expectNothing();
    expect(router.errors()).toEqual([]);
  });

  it("entries that were revoked can still be removed", async () => {
    const { probe, local, client } = await localAndClient();
    const unsubscribe = local.subscribe(TOPIC, () => {});
    const unregister = local.register(PROCEDURE, () => 1);
    const { subscriptions, registrations } = probe.realm;
    for (const [directory, uri] of [
      [subscriptions, TOPIC],
      [registrations, PROCEDURE],
    ] as const) {
      const { id } = (await directory.lookup(uri, "exact")) ?? { id: 0 };
      expect(await directory.remove(id, local.id)).toBe(true);
    }
    unsubscribe();
    unregister();
    await client.register(PROCEDURE);
  });
});
