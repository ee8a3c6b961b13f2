import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { CallResult, type Plugin, type RealmContext } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, createTestRouter, expectError, Probe, REALM, sendText } from "../support/index.js";

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
      client.call(procedure, { args: ["still here"] });
      expect((await client.expect(M.RESULT)).payload.args).toEqual(["still here"]);
    }
  });

  it("local sessions cannot take them over, either", async () => {
    const router = await createTestRouter({ realm: { plugins: [offering] } });
    const local = router.connect(REALM);
    expect(() => local.register("com.example.echo", () => 1, { force_reregister: true })).toThrow(
      ErrorUri.NOT_AUTHORIZED,
    );
    expect((await local.call("wamp.example.echo", { args: [1] })).args).toEqual([1]);
  });

  it("a procedure that was removed is gone, and can be registered again", async () => {
    const probe = new Probe();
    const client = await (await createTestRouter({ realm: { plugins: [probe] } })).join();
    for (let turn = 0; turn < 3; turn++) {
      const takeBack = probe.realm.procedure("wamp.example.turn", () => turn);
      client.call("wamp.example.turn");
      expect((await client.expect(M.RESULT)).payload.args).toEqual([turn]);
      takeBack();
      takeBack();
      await expectError(client, M.CALL, client.call("wamp.example.turn"), ErrorUri.NO_SUCH_PROCEDURE);
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
    client.call("com.example.payload");
    expect((await client.expect(M.RESULT)).payload).toMatchObject({ args: [1, 2], kwargs: { a: 1 } });
    client.call("com.example.nothing");
    expect((await client.expect(M.RESULT)).payload.args).toBeUndefined();
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
});
