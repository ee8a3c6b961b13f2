import { ErrorUri, MessageType as M, WampError } from "@kreuz/codec";
import { type Authorizer, denyAll, SessionEndedError, type SessionEvent } from "@kreuz/router";
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
    expect(one).toMatchObject({ realm: REALM, authrole: "trusted", state: "open" });
    expect(one.details).toMatchObject({ authid: one.authid, authmethod: "local", roles: { dealer: {} } });
    expect(other).toMatchObject({ authid: "cron", authrole: "jobs" });
    expect(() => router.connect("com.example.other")).toThrow("com.example.other");
  });

  it("are not listed, counted, announced or killed", async () => {
    const { probe, local, client } = await localAndClient();
    await client.subscribe("wamp.session", { match: "prefix" });
    expect(await probe.realm.sessions.list()).toEqual([client.id]);
    expect(await probe.realm.sessions.get(local.id)).toBeUndefined();
    expect(await probe.realm.sessions.kill(local.id, { reason: "com.example.out" })).toBe(false);
    expect(await probe.realm.sessions.killAll({ except: client.id }, { reason: "com.example.out" })).toEqual([]);
    void local.close();
    await client.expectNothing();
  });

  it("need no permission", async () => {
    const router = await createTestRouter({ realm: { authorizer: denyAll } });
    const local = router.connect(REALM);
    const events: SessionEvent[] = [];
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
      await expect(local.publish(uri)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
      await expect(local.register(uri, () => 1)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
    }
    await router.join();
    expect(topics).toEqual(["wamp.session.on_join"]);
  });

  it("throw for invalid URIs", async () => {
    const { local } = await localAndClient();
    for (const uri of ["", "a..b", "a b"]) {
      await expect(local.publish(uri)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
      await expect(local.subscribe(uri, () => {})).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
      await expect(local.register(uri, () => 1)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
      await expect(local.call(uri)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
    }
  });
});

describe("Local sessions: publish and subscribe", () => {
  it.each(CODECS)("exchange events with clients that speak %s", async (_id, codec) => {
    const { router, local } = await localAndClient();
    const client = await router.join({ codec });
    const events: SessionEvent[] = [];
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
    const events: SessionEvent[] = [];
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
    const first = await local.subscribe(TOPIC, () => heard.push("first"));
    const second = await local.subscribe(TOPIC, () => heard.push("second"));
    expect(await probe.realm.subscriptions.list()).toHaveLength(1);
    client.publish(TOPIC);
    await settle();
    await first.unsubscribe();
    await first.unsubscribe();
    client.publish(TOPIC);
    await settle();
    expect(heard).toEqual(["first", "second", "second"]);
    await second.unsubscribe();
    expect(await probe.realm.subscriptions.list()).toEqual([]);
    client.publish(TOPIC);
    await settle();
    expect(heard).toHaveLength(3);
  });

  it("a handler that unsubscribes gets no more events, not even pending ones", async () => {
    const { router, local } = await localAndClient();
    const heard: string[] = [];
    const other = router.connect(REALM);
    const subscription = await other.subscribe(TOPIC, () => heard.push("event"));
    local.publish(TOPIC);
    void subscription.unsubscribe();
    await settle();
    expect(heard).toEqual([]);
  });

  it("handlers can be added and removed inside a handler", async () => {
    const { router, local } = await localAndClient();
    const other = router.connect(REALM);
    const heard: string[] = [];
    other.subscribe(TOPIC, ({ args }) => {
      heard.push(`first ${args[0]}`);
      void stopped.unsubscribe();
      other.subscribe(TOPIC, (event) => heard.push(`new ${event.args[0]}`));
    });
    const stopped = await other.subscribe(TOPIC, ({ args }) => heard.push(`stopped ${args[0]}`));
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

describe("Local sessions: authorized", () => {
  const byRole: Authorizer = {
    authorize: ({ authrole }, { type, uri }) => authrole === "reader" && (type !== "register" || uri === PROCEDURE),
  };

  it("may do what the authorizer allows their role, and are told what it does not", async () => {
    const router = await createTestRouter({ realm: { authorizer: byRole } });
    const reader = router.connect(REALM, { authid: "ann", authrole: "reader" }, { authorized: true });
    const stranger = router.connect(REALM, { authid: "eve", authrole: "other" }, { authorized: true });
    await reader.register(PROCEDURE, ({ caller }) => caller.authid);
    expect((await reader.call(PROCEDURE)).value).toBe("ann");
    const denied = { uri: ErrorUri.NOT_AUTHORIZED };
    await expect(reader.register("com.example.other", () => 1)).rejects.toMatchObject(denied);
    await expect(stranger.call(PROCEDURE)).rejects.toMatchObject(denied);
    await expect(stranger.subscribe(TOPIC, () => {})).rejects.toMatchObject(denied);
    await expect(stranger.publish(TOPIC, [], { acknowledge: true })).rejects.toMatchObject(denied);
    await expect(stranger.publish(TOPIC)).rejects.toMatchObject(denied);
    expect(router.stats(REALM)!.refusedFor("denied")).toBe(5);
  });

  it("never publish or register under wamp., whatever the authorizer allows", async () => {
    const router = await createTestRouter();
    const session = router.connect(REALM, {}, { authorized: true });
    await expect(session.publish("wamp.topic")).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
    await expect(session.register("wamp.procedure", () => 1)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });

  it("keep their order while an authorizer takes its time, and do nothing once they have left", async () => {
    const decisions: Array<Deferred<boolean>> = [];
    const authorizer: Authorizer = {
      authorize: (_session, { type }) => {
        if (type !== "publish") return true;
        const decision = new Deferred<boolean>();
        decisions.push(decision);
        return decision.promise;
      },
    };
    const router = await createTestRouter({ realm: { authorizer } });
    const heard: unknown[] = [];
    await router.connect(REALM).subscribe(TOPIC, ({ args }) => heard.push(args[0]));
    const session = router.connect(REALM, {}, { authorized: true });
    void session.publish(TOPIC, [1]);
    void session.publish(TOPIC, [2]);
    const registered = session.register(PROCEDURE, () => 1);
    await settle();
    expect([decisions.length, heard]).toEqual([1, []]);
    decisions[0]!.resolve(true);
    await settle();
    decisions[1]!.resolve(true);
    await registered;
    expect(heard).toEqual([1, 2]);
    void session.publish(TOPIC, [3]);
    void session.publish(TOPIC, [4]);
    await settle();
    await session.close();
    decisions[2]!.resolve(true);
    await settle();
    expect([decisions.length, heard]).toEqual([3, [1, 2]]);
  });
});

describe("Local sessions: while the authorizer decides", () => {
  /** Decides about publications when it is told to, and at once about everything else. */
  function slowly(): { readonly authorizer: Authorizer; readonly decisions: Array<Deferred<boolean>> } {
    const decisions: Array<Deferred<boolean>> = [];
    const authorizer: Authorizer = {
      authorize(_session, { type, uri }) {
        if (type !== "publish") return type !== "call" || uri !== "com.example.denied";
        if (uri === "com.example.denied") return false;
        const decision = new Deferred<boolean>();
        decisions.push(decision);
        return decision.promise;
      },
    };
    return { authorizer, decisions };
  }

  it("their procedures answer: the authorizer may be the one who calls", async () => {
    const { authorizer, decisions } = slowly();
    const router = await createTestRouter({ realm: { authorizer } });
    const session = router.connect(REALM, {}, { authorized: true });
    await session.register(PROCEDURE, () => "yes");
    await session.publish(TOPIC);
    expect(decisions).toHaveLength(1);
    expect((await router.connect(REALM).call(PROCEDURE)).value).toBe("yes");
  });

  it("what is refused later is answered, or forgotten where nobody waits", async () => {
    const { authorizer, decisions } = slowly();
    const router = await createTestRouter({ realm: { authorizer } });
    const session = router.connect(REALM, {}, { authorized: true });
    void session.publish(TOPIC);
    void session.publish("com.example.denied");
    const called = session.call("com.example.denied");
    decisions[0]!.resolve(false);
    await expect(called).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    expect(router.errors()).toEqual([]);
  });

  it("not more requests wait than calls may be pending", async () => {
    const { authorizer, decisions } = slowly();
    const router = await createTestRouter({ realm: { authorizer }, limits: { pendingCallsPerSession: 2 } });
    const session = router.connect(REALM, {}, { authorized: true });
    for (let count = 0; count < 3; count++) void session.publish(TOPIC);
    const full = { uri: ErrorUri.LIMIT_EXCEEDED };
    await expect(session.publish(TOPIC)).rejects.toMatchObject(full);
    await expect(session.call(PROCEDURE)).rejects.toMatchObject(full);
    for (let count = 0; count < 3; count++) {
      decisions[count]!.resolve(true);
      await settle();
    }
    await expect(session.call(PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });
});

describe("Local sessions: progress and cancellation", () => {
  it("pass progressive results to clients that ask for them, and stop when the client cancels", async () => {
    const { local, client } = await localAndClient();
    const stopped = new Deferred<unknown>();
    await local.register(PROCEDURE, async ({ progress, signal }) => {
      progress("part");
      signal.addEventListener("abort", () => stopped.resolve(signal.reason));
      await stopped.promise;
      throw signal.reason;
    });
    const request = client.sendCall(PROCEDURE, {}, { receive_progress: true });
    expect(await client.expect(M.RESULT)).toMatchObject({ details: { progress: true }, payload: { args: ["part"] } });
    client.send({ type: M.CANCEL, request, options: { mode: "kill" } });
    expect(await client.expect(M.ERROR)).toMatchObject({ request, error: ErrorUri.CANCELED });
    expect(await stopped.promise).toMatchObject({ uri: ErrorUri.CANCELED });
  });

  it("cancel calls of clients' procedures", async () => {
    const { local, client } = await localAndClient();
    await client.register(PROCEDURE);
    const abort = new AbortController();
    const call = local.call(PROCEDURE, [], { signal: abort.signal });
    const { request } = await client.expect(M.INVOCATION);
    abort.abort();
    // At once: the interrupt may take several turns of the event loop.
    await expect(call).rejects.toBe(abort.signal.reason);
    expect(await client.expect(M.INTERRUPT)).toMatchObject({ request, options: { mode: "killnowait" } });
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
    void local.close();
    void local.close();
    await expect(call).rejects.toThrow(SessionEndedError);
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
    void other.close();
    await expect(call).rejects.toMatchObject({ uri: ErrorUri.CANCELED });
    void local.close();
    client.disconnect();
    await settle();
    expect(router.counts(REALM)).toEqual({ ...before, sessions: 0, localSessions: 1, holders: 1 });
  });

  it("is final: everything fails with SessionEndedError afterwards", async () => {
    const { local } = await localAndClient();
    const subscription = await local.subscribe(TOPIC, () => {});
    const registration = await local.register(PROCEDURE, () => 1);
    await local.close();
    await subscription.unsubscribe();
    await registration.unregister();
    expect(local.state).toBe("closed");
    await expect(local.publish(TOPIC)).rejects.toThrow(SessionEndedError);
    await expect(local.subscribe(TOPIC, () => {})).rejects.toThrow(SessionEndedError);
    await expect(local.register(PROCEDURE, () => 1)).rejects.toThrow(SessionEndedError);
    await expect(local.call(PROCEDURE)).rejects.toThrow(SessionEndedError);
  });

  it("a handler that is still running then is ignored", async () => {
    const { router, local, client } = await localAndClient();
    const [good, bad] = [new Deferred<string>(), new Deferred<string>()];
    local.register("com.good", () => good.promise);
    local.register("com.bad", () => bad.promise);
    client.sendCall("com.good");
    client.sendCall("com.bad");
    await settle();
    void local.close();
    for (let index = 0; index < 2; index++) expect((await client.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    good.resolve("late");
    bad.reject(new Error("late"));
    await client.expectNothing();
    expect(router.errors()).toEqual([]);
  });

  it("entries that were revoked can still be removed", async () => {
    const { probe, local, client } = await localAndClient();
    const subscription = await local.subscribe(TOPIC, () => {});
    const registration = await local.register(PROCEDURE, () => 1);
    const { subscriptions, registrations } = probe.realm;
    for (const [directory, uri] of [
      [subscriptions, TOPIC],
      [registrations, PROCEDURE],
    ] as const) {
      const { id } = (await directory.lookup(uri, "exact")) ?? { id: 0 };
      expect(await directory.remove(id, local.id)).toBe(true);
    }
    expect(await subscription.ended).toBeInstanceOf(WampError);
    expect(await registration.ended).toBeInstanceOf(WampError);
    await subscription.unsubscribe();
    await registration.unregister();
    await client.register(PROCEDURE);
  });
});
