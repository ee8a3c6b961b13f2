import { Budget, ErrorUri, MessageType as M, WampError } from "@kreuz/codec";
import { allowAll, CallResult, createRouter, definePlugin, type Plugin, type RealmContext } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, createTestRouter, Deferred, expectError, Probe, REALM, sendText } from "../support/index.js";

const plugin = (name: string, setup: (realm: RealmContext) => void): Plugin => ({ name, setup });

describe("Plugins: events of the realm", () => {
  it("a plugin can kill a session in sessionJoined: others get on_join, then on_leave", async () => {
    const killer = plugin("killer", (realm) => {
      realm.on("sessionJoined", ({ session }) => {
        if (full) void realm.sessions.kill(session, { reason: "com.example.full" });
      });
    });
    let full = false;
    const router = await createTestRouter({ realm: { plugins: [killer, sessionMeta()] } });
    const watcher = await router.join();
    await watcher.subscribe("wamp.session", { match: "prefix" });
    full = true;
    const client = await router.join();
    expect((await client.expect(M.GOODBYE)).reason).toBe("com.example.full");
    for (const topic of ["wamp.session.on_join", "wamp.session.on_leave"])
      expect((await watcher.expect(M.EVENT)).details.topic).toBe(topic);
    await watcher.expectNothing();
  });

  it("a plugin can remove an entry when it is added: the client gets its id, then the revocation", async () => {
    const strict = plugin("strict", (realm) => {
      realm.on("subscriberAdded", ({ id }, { session }) => void realm.subscriptions.remove(id, session, "no"));
      realm.on("calleeAdded", ({ id }, { session }) => void realm.registrations.remove(id, session, "no"));
    });
    const heard: string[] = [];
    const listener = plugin("listener", (realm) => {
      for (const event of [
        "subscriptionCreated",
        "subscriberAdded",
        "subscriberRemoved",
        "subscriptionDeleted",
      ] as const)
        realm.on(event, () => heard.push(event));
    });
    const router = await createTestRouter({ realm: { plugins: [strict, listener] } });
    const client = await router.join();
    const subscription = await client.subscribe("a.b");
    expect(await client.expect(M.UNSUBSCRIBED)).toEqual({
      type: M.UNSUBSCRIBED,
      request: 0,
      details: { subscription, reason: "no" },
    });
    const registration = await client.register("a.b");
    expect(await client.expect(M.UNREGISTERED)).toMatchObject({ request: 0, details: { registration, reason: "no" } });
    expect(heard).toEqual(["subscriptionCreated", "subscriberAdded", "subscriberRemoved", "subscriptionDeleted"]);
  });

  it("publicationAccepted comes after the events, with their payload", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const [publisher, subscriber] = [await router.join(), await router.join()];
    const accepted: unknown[] = [];
    probe.realm.on("publicationAccepted", ({ id, topic, payload, publisher: { session } }) =>
      accepted.push({ id, topic, args: payload.args, session }),
    );
    await subscriber.subscribe("a.b");
    publisher.publish("a.b", { args: ["ü"] }, { acknowledge: true });
    const { publication } = await publisher.expect(M.PUBLISHED);
    expect(accepted).toEqual([{ id: publication, topic: "a.b", args: ["ü"], session: publisher.id }]);
    publisher.publish("not a uri");
    publisher.publish("wamp.x");
    await settle();
    expect(accepted).toHaveLength(1);
  });

  it("directories match as events and calls do", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const client = await router.join();
    for (const [uri, match] of [
      ["a.b", "exact"],
      ["a", "prefix"],
      ["a.", "wildcard"],
    ] as const) {
      await client.subscribe(uri, { match });
      await client.register(uri, { match });
    }
    const { subscriptions, registrations } = probe.realm;
    expect((await subscriptions.match("a.b")).map(({ match }) => match)).toEqual(["exact", "prefix", "wildcard"]);
    expect((await registrations.match("a.b")).map(({ match }) => match)).toEqual(["exact"]);
    expect((await registrations.match("a.c")).map(({ match }) => match)).toEqual(["prefix"]);
    expect(await registrations.match("wamp.x")).toEqual([]);
    expect(await subscriptions.lookup("a", "prefix")).toMatchObject({ uri: "a", match: "prefix" });
    expect(await registrations.lookup("a", "exact")).toBeUndefined();
  });
});

describe("Plugins: their procedures", () => {
  const offering = plugin("offering", (realm) => {
    realm.procedure("wamp.example.echo", ({ args }) => args[0]);
    realm.procedure("com.example.echo", ({ args }) => args[0]);
  });

  it("clients cannot take over a plugin's procedures, not even with force_reregister", async () => {
    const router = await createTestRouter({ realm: { plugins: [offering] } });
    const client = await router.join();
    for (const options of ["{}", '{"invoke":"roundrobin"}']) {
      const request = client.nextRequest();
      sendText(client, `[64,${request},${options},"com.example.echo"]`);
      await expectError(client, M.REGISTER, request, ErrorUri.PROCEDURE_ALREADY_EXISTS);
    }
    const request = client.nextRequest();
    sendText(client, `[64,${request},{"force_reregister":true},"com.example.echo"]`);
    await expectError(client, M.REGISTER, request, ErrorUri.NOT_AUTHORIZED);
    for (const procedure of ["wamp.example.echo", "com.example.echo"]) {
      expect((await client.call(procedure, { args: ["still here"] })).args).toEqual(["still here"]);
    }
  });

  it("local sessions cannot take them over, either", async () => {
    const router = await createTestRouter({ realm: { plugins: [offering] } });
    const local = router.connect(REALM);
    const taken = local.register("com.example.echo", () => 1, { force_reregister: true });
    await expect(taken).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    expect((await local.call("wamp.example.echo", { args: [1] })).args).toEqual([1]);
  });

  it("a procedure that was removed is gone, and can be registered again", async () => {
    const probe = new Probe();
    const client = await (await createTestRouter({ realm: { plugins: [probe] } })).join();
    for (let turn = 0; turn < 3; turn++) {
      const takeBack = probe.realm.procedure("wamp.example.turn", () => turn);
      expect((await client.call("wamp.example.turn")).args).toEqual([turn]);
      takeBack();
      takeBack();
      await expectError(client, M.CALL, client.sendCall("wamp.example.turn"), ErrorUri.NO_SUCH_PROCEDURE);
    }
  });
});

describe("Plugins: procedures, listeners and set-up", () => {
  it("procedures return a value, a payload, nothing, or an error that hides its cause", async () => {
    const plugin: Plugin = {
      name: "example",
      setup(realm) {
        realm.procedure("com.example.value", ({ args }) => args[0]);
        realm.procedure("com.example.payload", () => new CallResult({ args: [1, 2], kwargs: { a: 1 } }));
        realm.procedure("com.example.nothing", async () => {});
        realm.procedure("com.example.broken", () => {
          throw new Error("a secret");
        });
      },
    };
    const router = await createTestRouter({ realm: { plugins: [plugin] } });
    const client = await router.join();
    expect(await call(client, "com.example.value", ["ü"])).toBe("ü");
    expect(await client.call("com.example.payload")).toMatchObject({ args: [1, 2], kwargs: { a: 1 } });
    expect((await client.call("com.example.nothing")).args).toBeUndefined();
    const failure = call(client, "com.example.broken");
    await expect(failure).rejects.toMatchObject({
      uri: ErrorUri.RUNTIME_ERROR,
      message: expect.not.stringContaining("secret"),
    });
    expect(router.errors()).toHaveLength(1);
  });

  it("a listener that fails is logged with the plugin's name and does not affect others", async () => {
    const broken: Plugin = {
      name: "broken",
      setup(realm) {
        realm.on("sessionJoined", () => {
          throw new Error("sync");
        });
        realm.on("sessionJoined", (async () => {
          throw new Error("async");
        }) as () => void);
      },
    };
    const router = await createTestRouter({ realm: { plugins: [broken, sessionMeta()] } });
    const client = await router.join();
    expect(await call(client, "wamp.session.count")).toBe(1);
    expect(router.errors().map(({ fields }) => fields["plugin"])).toEqual(["broken", "broken"]);
  });

  it("plugins are set up in order, and cleaned up in reverse when the realm closes", async () => {
    const order: string[] = [];
    const plugin = (name: string, requires: string[] = []): Plugin => ({
      name,
      requires,
      async setup(realm) {
        await settle(1);
        order.push(`setup ${name}`);
        realm.defer(() => void order.push(`cleanup ${name} ${realm.signal.aborted}`));
      },
    });
    const router = await createTestRouter({ realm: { plugins: [plugin("a"), plugin("b", ["a"])] } });
    await router.close();
    expect(order).toEqual(["setup a", "setup b", "cleanup b true", "cleanup a true"]);
  });

  it("a missing, duplicate or misplaced plugin stops the router from opening", async () => {
    const plugin = (name: string, requires: string[] = []): Plugin => ({ name, requires, setup: () => {} });
    await expect(createTestRouter({ realm: { plugins: [plugin("b", ["a"]), plugin("a")] } })).rejects.toThrow(
      'requires "a"',
    );
    await expect(createTestRouter({ realm: { plugins: [plugin("a"), plugin("a")] } })).rejects.toThrow("already");
  });

  it("a plugin that comes while the realm is open goes with all that it did", async () => {
    const ended: string[] = [];
    const late = plugin("late", (realm) => {
      realm.procedure("com.example.late", () => 1);
      realm.meter.counter("seen_total", "Seen.");
      realm.on("sessionJoined", ({ authid }) => void ended.push(`joined ${authid}`));
      realm.defer(() => void ended.push(`cleanup ${realm.signal.aborted}`));
    });
    const router = await createTestRouter();
    const metrics = () => router.pluginMetrics(REALM).length;
    const remove = await router.addPlugin(REALM, late);
    const client = await router.join({ authid: "ann" });
    expect([await call(client, "com.example.late"), metrics()]).toEqual([1, 1]);
    await remove();
    await router.join({ authid: "bob" });
    await expect(call(client, "com.example.late")).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    expect([ended, metrics()]).toEqual([["joined ann", "cleanup true"], 0]);
    // What stays is cleaned up with the realm.
    await router.addPlugin(REALM, late);
    await router.close();
    expect(ended).toEqual(["joined ann", "cleanup true", "cleanup true"]);
  });

  it("a plugin that comes later and fails leaves nothing", async () => {
    const router = await createTestRouter();
    const failing = plugin("failing", (realm) => {
      realm.procedure("com.example.late", () => 1);
      throw new Error("no disk");
    });
    await expect(router.addPlugin(REALM, failing)).rejects.toThrow("no disk");
    await expect(router.addPlugin("com.example.none", failing)).rejects.toThrow("does not exist");
    expect(router.counts(REALM)?.registrations).toBe(0);
  });

  it("a plugin may be an instance of a class", async () => {
    class Clock {
      readonly #answer: string;
      constructor(answer: string) {
        this.#answer = answer;
      }
      setup(realm: RealmContext): void {
        realm.procedure("com.example.now", () => this.#answer);
      }
    }
    const clock = definePlugin({ name: "clock", create: () => new Clock("noon") });
    expect(clock().name).toBe("clock");
    const router = await createTestRouter({ realm: { plugins: [clock()] } });
    expect(await call(await router.join(), "com.example.now")).toBe("noon");
  });

  it("an optional requirement may be missing, and comes earlier when it is there", async () => {
    const a: Plugin = { name: "a", setup: () => {} };
    const b: Plugin = { name: "b", requires: [{ name: "a", optional: true }], setup: () => {} };
    await createTestRouter({ realm: { plugins: [b] } });
    await createTestRouter({ realm: { plugins: [a, b] } });
    await expect(createTestRouter({ realm: { plugins: [b, a] } })).rejects.toThrow(
      'plugins[0]: plugin "b" requires "a" to be listed before it: move "a" above "b"',
    );
  });
});

describe("Plugins: a delayed acknowledgement", () => {
  /** A plugin that keeps the PUBLISHED of topics under `slow.` until the scenario settles it. */
  function keeper() {
    const kept: Deferred<void>[] = [];
    const slow = plugin("slow", (realm) => {
      realm.on("publicationAccepted", (publication) => {
        if (!publication.topic.startsWith("slow.")) return;
        const deferred = new Deferred<void>();
        kept.push(deferred);
        publication.waitUntil(deferred.promise);
      });
    });
    return { kept, slow };
  }

  it("PUBLISHED waits for it; the event, and what else the publisher sends, do not", async () => {
    const { kept, slow } = keeper();
    const router = await createTestRouter({ realm: { plugins: [slow] } });
    const [publisher, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe("slow.topic");
    const waiting = publisher.publish("slow.topic", { args: [1] }, { acknowledge: true });
    expect((await subscriber.expect(M.EVENT)).payload.args).toEqual([1]);
    const quick = publisher.publish("quick.topic", {}, { acknowledge: true });
    expect((await publisher.expect(M.PUBLISHED)).request).toBe(quick);
    await publisher.subscribe("other");
    await publisher.expectNothing();
    kept[0]?.resolve();
    expect((await publisher.expect(M.PUBLISHED)).request).toBe(waiting);
  });

  it("when it fails, ERROR is the answer; anything but a WampError stays in the log", async () => {
    const { kept, slow } = keeper();
    const router = await createTestRouter({ realm: { plugins: [slow] } });
    const publisher = await router.join();
    const first = publisher.publish("slow.a", {}, { acknowledge: true });
    const second = publisher.publish("slow.b", {}, { acknowledge: true });
    publisher.publish("slow.c");
    await settle();
    kept[0]?.reject(new WampError("com.example.error.full", "no room"));
    expect(await expectError(publisher, M.PUBLISH, first, "com.example.error.full")).toBe("no room");
    kept[1]?.reject(new TypeError("secret"));
    expect(await expectError(publisher, M.PUBLISH, second, ErrorUri.RUNTIME_ERROR)).not.toContain("secret");
    expect(router.errors()).toMatchObject([{ fields: { topic: "slow.b" } }]);
    kept[2]?.reject(new Error("nobody waits"));
    await publisher.expectNothing();
  });

  it("of several plugins, all are waited for; a publication from inside a listener is acknowledged, too", async () => {
    const [first, second] = [keeper(), keeper()];
    const router = await createTestRouter({ realm: { plugins: [first.slow, { ...second.slow, name: "slower" }] } });
    const publisher = await router.join();
    publisher.publish("slow.a", {}, { acknowledge: true });
    await settle();
    first.kept[0]?.resolve();
    await publisher.expectNothing();
    second.kept[0]?.resolve();
    await publisher.expect(M.PUBLISHED);
  });

  it("is charged to the publisher while it lasts; a publisher that has left is not answered", async () => {
    const { kept, slow } = keeper();
    const budget = new Budget();
    const router = await createTestRouter({ budget, realm: { plugins: [slow] } });
    const publisher = await router.join();
    const before = budget.pieces;
    for (let i = 0; i < 10; i++) publisher.publish("slow.a", {}, { acknowledge: true });
    await settle();
    expect(budget.pieces).toBe(before + 10);
    for (const deferred of kept.slice(0, 4)) deferred.resolve();
    await settle();
    expect(budget.pieces).toBe(before + 6);
    publisher.disconnect();
    await settle();
    for (const deferred of kept) deferred.resolve();
    await settle();
    expect({ pieces: budget.pieces, bytes: budget.bytes }).toEqual({ pieces: 0, bytes: 0 });
  });
});

describe("Plugins: health", () => {
  it("the router tells what keeps a plugin from its work, until all is well", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    expect(router.health).toEqual([]);
    probe.realm.health("the disk is full");
    expect(router.health).toEqual([{ realm: REALM, plugin: "probe", reason: "the disk is full" }]);
    probe.realm.health();
    expect(router.health).toEqual([]);
  });
});

describe("Plugins: setup", () => {
  it("an error names the plugin", async () => {
    const faulty = plugin("faulty", () => {
      throw new Error("no database");
    });
    await expect(createTestRouter({ realm: { plugins: [faulty] } })).rejects.toThrow(
      'plugin "faulty" failed in setup: no database',
    );
  });

  it("a setup that does not end is given up after 30 s, and what was set up is cleaned up", async () => {
    const clock = new FakeClock();
    const cleaned: string[] = [];
    const first = plugin("first", ({ defer }) => defer(() => void cleaned.push("first")));
    const stuck: Plugin = { name: "stuck", setup: () => new Promise(() => {}) };
    const starting = createRouter({ clock, realms: [{ uri: REALM, authorizer: allowAll, plugins: [first, stuck] }] });
    const outcome = starting.catch((error: unknown) => error);
    await settle();
    clock.advance(30_000);
    expect(await outcome).toMatchObject({ message: 'plugin "stuck" failed in setup: not done after 30 s' });
    expect(cleaned).toEqual(["first"]);
    expect(clock.pending).toBe(0);
  });
});
