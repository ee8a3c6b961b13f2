// Spec: advanced/meta_api_subscriptions.md, advanced/pubsub_subscription_revocation.md
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { authorizeByRole } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  call,
  CODECS,
  createTestRouter,
  testRealm,
  expectEvents,
  REALM,
  type TestRouter,
  type TestRouterOptions,
} from "../support/index.js";

const ON = {
  create: "wamp.subscription.on_create",
  subscribe: "wamp.subscription.on_subscribe",
  unsubscribe: "wamp.subscription.on_unsubscribe",
  delete: "wamp.subscription.on_delete",
};
const TOPIC = "com.example.topic";

const open = (options: TestRouterOptions = {}): Promise<TestRouter> =>
  createTestRouter({
    ...options,
    realm: { plugins: [registryMeta()], ...options.realm },
  });

/** Subscribes to all four topics, the ones about beginnings last, and reads what is told about these very subscriptions. */
async function watch(client: WireSession) {
  const on = {
    delete: await client.subscribe(ON.delete),
    unsubscribe: await client.subscribe(ON.unsubscribe),
    create: await client.subscribe(ON.create),
    subscribe: 0,
  };
  // About the subscription to on_create itself; it is the only one that could be told by now.
  await expectEvents(client, on.create);
  on.subscribe = await client.subscribe(ON.subscribe);
  await expectEvents(client, on.create, on.subscribe);
  return on;
}

describe("Subscription Meta API: feature announcement", () => {
  it("is announced by the broker, and goes away with the plugin", async () => {
    const { details } = await (await open()).connectClient().join(REALM);
    expect(details.roles.broker?.features?.["subscription_meta_api"]).toBe(true);
    const client = (await open({ realm: { plugins: [] } })).connectClient();
    const welcome = await client.join(REALM);
    expect(welcome.details.roles.broker?.features).not.toHaveProperty("subscription_meta_api");
    await expect(call(client, "wamp.subscription.list")).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });
});

describe("Subscription Meta API: events", () => {
  it("on_create with SubscriptionDetails, then on_subscribe; on_unsubscribe, then on_delete", async () => {
    const router = await open();
    const [watcher, client] = [await router.join(), await router.join()];
    const on = await watch(watcher);
    router.clock.advance(5_000);
    const id = await client.subscribe(TOPIC);
    expect(await expectEvents(watcher, on.create, on.subscribe)).toEqual([
      [client.id, { id, created: "1970-01-01T00:00:05.000Z", uri: TOPIC, match: "exact" }],
      [client.id, id],
    ]);
    await client.unsubscribe(id);
    expect(await expectEvents(watcher, on.unsubscribe, on.delete)).toEqual([
      [client.id, id],
      [client.id, id],
    ]);
  });

  it.each([
    ["prefix", "com.example."],
    ["wildcard", "com..topic"],
  ] as const)("on_create tells the policy of a %s subscription", async (match, uri) => {
    const router = await open();
    const [watcher, client] = [await router.join(), await router.join()];
    const on = await watch(watcher);
    await client.subscribe(uri, { match });
    expect((await expectEvents(watcher, on.create, on.subscribe))[0]).toMatchObject([client.id, { uri, match }]);
  });

  it("only the first and the last subscriber create and delete; subscribing again adds nobody", async () => {
    const router = await open();
    const [watcher, a, b] = [await router.join(), await router.join(), await router.join()];
    const on = await watch(watcher);
    const id = await a.subscribe(TOPIC);
    expect(await a.subscribe(TOPIC)).toBe(id);
    expect(await b.subscribe(TOPIC)).toBe(id);
    expect((await expectEvents(watcher, on.create, on.subscribe, on.subscribe)).slice(1)).toEqual([
      [a.id, id],
      [b.id, id],
    ]);
    await a.unsubscribe(id);
    await b.unsubscribe(id);
    expect(await expectEvents(watcher, on.unsubscribe, on.unsubscribe, on.delete)).toEqual([
      [a.id, id],
      [b.id, id],
      [b.id, id],
    ]);
  });

  const leavings: ReadonlyArray<readonly [how: string, leave: (client: WireSession, router: TestRouter) => unknown]> = [
    ["says GOODBYE", (client) => client.leave()],
    ["loses its transport", (client) => client.disconnect()],
    ["breaks the protocol", (client) => client.sendFrame(Uint8Array.of(1, 2, 3))],
  ];
  it.each(leavings)("a subscriber that %s is off exact, prefix and wildcard ones", async (_how, leave) => {
    const router = await open();
    const [watcher, client] = [await router.join(), await router.join()];
    const exact = await client.subscribe(TOPIC);
    const prefix = await client.subscribe("com.example.", { match: "prefix" });
    const wildcard = await client.subscribe("com..x", { match: "wildcard" });
    const on = await watch(watcher);
    await leave(client, router);
    const told = await expectEvents(watcher, ...[exact, prefix, wildcard].flatMap(() => [on.unsubscribe, on.delete]));
    expect(told).toEqual([exact, exact, prefix, prefix, wildcard, wildcard].map((id) => [client.id, id]));
  });

  it("are told about meta topics as about any other, also to the very subscriber, after SUBSCRIBED", async () => {
    const client = await (await open()).join();
    const id = await client.subscribe(ON.subscribe);
    expect(await expectEvents(client, id)).toEqual([[client.id, id]]);
    const created = await client.subscribe(ON.create);
    // In the order of what happened: created, then subscribed.
    expect(await expectEvents(client, created, id)).toMatchObject([
      [client.id, { id: created, uri: ON.create }],
      [client.id, created],
    ]);
    // Nothing follows: an event is not a subscription, so nothing goes round.
    await client.expectNothing();
  });

  it("a session that unsubscribes from on_unsubscribe is not told of it any more; others are", async () => {
    const router = await open();
    const [client, other] = [await router.join(), await router.join()];
    const id = await client.subscribe(ON.unsubscribe);
    await other.subscribe(ON.unsubscribe);
    await client.unsubscribe(id);
    await client.expectNothing();
    expect(await expectEvents(other, id)).toEqual([[client.id, id]]);
  });

  it("stay in the realm of the session that caused them", async () => {
    const realms = [REALM, "com.example.other"].map((uri) => testRealm({ uri, plugins: [registryMeta()] }));
    const router = await createTestRouter({ realms });
    const watcher = await router.join();
    await watch(watcher);
    const stranger = await router.join({ realm: "com.example.other" });
    await stranger.subscribe(TOPIC);
    stranger.disconnect();
    await watcher.expectNothing();
  });

  it("kill_all: no session meta events, but what the killed held is told, so that nobody keeps a wrong picture", async () => {
    const router = await open({ realm: { plugins: [sessionMeta(), registryMeta()] } });
    const [caller, other] = [await router.join(), await router.join()];
    const id = await other.subscribe(TOPIC);
    const registration = await other.register("com.example.procedure");
    await caller.subscribe("wamp.session.on_leave");
    const off = await caller.subscribe("wamp.registration.on_unregister");
    const on = await watch(caller);
    caller.call("wamp.session.kill_all");
    expect(await expectEvents(caller, off, on.unsubscribe, on.delete)).toEqual([
      [other.id, registration],
      [other.id, id],
      [other.id, id],
    ]);
    expect((await caller.expect(M.RESULT)).payload.args).toEqual([1]);
    await caller.expectNothing();
  });

  it("a router that stops spares those who wait for their GOODBYE the news of those who got it", async () => {
    const router = await open();
    const [first, watcher] = [await router.join(), await router.join()];
    await first.subscribe(TOPIC);
    await watch(watcher);
    const closing = router.close();
    await watcher.expect(M.GOODBYE);
    for (const client of [first, watcher]) client.disconnect();
    await closing;
    expect(router.errors()).toEqual([]);
  });
});

describe("Subscription Meta API: wamp.subscription.list, lookup and match", () => {
  async function subscribed() {
    const router = await open();
    const client = await router.join();
    const ids = {
      exact: await client.subscribe("com.example.add"),
      prefix: await client.subscribe("com.example", { match: "prefix" }),
      wildcard: await client.subscribe("com..add", { match: "wildcard" }),
      meta: await client.subscribe("wamp.session.on_join"),
    };
    return { client, ids };
  }

  it("list gives the ids by match policy, those to meta topics included: sessions hold them", async () => {
    const { client, ids } = await subscribed();
    expect(await call(client, "wamp.subscription.list")).toEqual({
      exact: [ids.exact, ids.meta],
      prefix: [ids.prefix],
      wildcard: [ids.wildcard],
    });
  });

  it("lookup finds the one with this URI and this policy, exact by default, or null", async () => {
    const { client, ids } = await subscribed();
    const lookup = (...args: unknown[]) => call(client, "wamp.subscription.lookup", args);
    expect(await lookup("com.example.add")).toBe(ids.exact);
    expect(await lookup("com.example.add", { match: "exact", get_retained: true })).toBe(ids.exact);
    expect(await lookup("com.example", { match: "prefix" })).toBe(ids.prefix);
    expect(await lookup("com..add", { match: "wildcard" })).toBe(ids.wildcard);
    expect(await lookup("wamp.session.on_join")).toBe(ids.meta);
    expect(await lookup("com.example")).toBeNull();
    expect(await lookup("", { match: "prefix" })).toBeNull();
  });

  it("match finds all that an event would go to, irrespective of policy, or null", async () => {
    const { client, ids } = await subscribed();
    const match = (uri: string) => call(client, "wamp.subscription.match", [uri]);
    expect(await match("com.example.add")).toEqual([ids.exact, ids.prefix, ids.wildcard]);
    expect(await match("com.example.x")).toEqual([ids.prefix]);
    expect(await match("com.other.add")).toEqual([ids.wildcard]);
    expect(await match("org.nobody")).toBeNull();
  });
});

describe("Subscription Meta API: wamp.subscription.get, list_subscribers and count_subscribers", () => {
  it.each(CODECS)("give the details and the subscribers of one subscription (%s)", async (_id, codec) => {
    const router = await open();
    const [client, other] = [await router.join({ codec }), await router.join()];
    router.clock.advance(86_400_000);
    const id = await client.subscribe("com.", { match: "prefix" });
    await other.subscribe("com.", { match: "prefix" });
    expect(await call(client, "wamp.subscription.get", [id])).toEqual({
      id,
      created: "1970-01-02T00:00:00.000Z",
      uri: "com.",
      match: "prefix",
    });
    expect(await call(client, "wamp.subscription.list_subscribers", [id])).toEqual([client.id, other.id]);
    expect(await call(client, "wamp.subscription.count_subscribers", [id])).toBe(2);
    await other.leave();
    expect(await call(client, "wamp.subscription.list_subscribers", [id])).toEqual([client.id]);
  });

  it.each(["get", "list_subscribers", "count_subscribers"])("%s fails with no_such_subscription", async (procedure) => {
    const client = await (await open()).join();
    const failure = call(client, `wamp.subscription.${procedure}`, [999]);
    await expect(failure).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
  });
});

describe("Subscription Meta API: arguments", () => {
  it.each([
    ["list", [1], "takes no positional arguments, got 1"],
    ["lookup", [null], "topic: expected a string, got null"],
    ["lookup", ["com.x", [1]], "options: expected a dict, got a list"],
    ["lookup", ["com.x", { match: 1 }], "options.match: expected one of"],
    ["match", [], "topic: expected a string, got nothing"],
    ["get", [], "subscription: expected an id (integer from 1 to 2^53), got nothing"],
    ["list_subscribers", ["x"], "subscription: expected an id"],
    ["count_subscribers", [-1], "subscription: expected an id"],
    ["remove_subscriber", [1], "subscriber: expected an id"],
  ])("wamp.subscription.%s(%j) → invalid_argument that names the argument", async (procedure, args, message) => {
    const client = await (await open()).join();
    await expect(call(client, `wamp.subscription.${procedure}`, args)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it("calls and subscriptions need permission like any other", async () => {
    const router = await open({ realm: { authorizer: authorizeByRole({ admin: "allow" }) } });
    const user = await router.join({ authid: "joe", authrole: "user" });
    await expect(call(user, "wamp.subscription.list")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    user.send({ type: M.SUBSCRIBE, request: 9, options: {}, topic: ON.create });
    expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
  });
});

describe("Subscription Revocation: wamp.subscription.remove_subscriber", () => {
  it("UNSUBSCRIBED with request 0 and the reason, meta events, and gone before the RESULT", async () => {
    const router = await open();
    const [admin, client] = [await router.join(), await router.join()];
    const id = await client.subscribe(TOPIC);
    const on = await watch(admin);
    admin.call("wamp.subscription.remove_subscriber", { args: [id, client.id], kwargs: { reason: "no longer" } });
    expect(await client.expect(M.UNSUBSCRIBED)).toEqual({
      type: M.UNSUBSCRIBED,
      request: 0,
      details: { subscription: id, reason: "no longer" },
    });
    expect(await expectEvents(admin, on.unsubscribe, on.delete)).toEqual([
      [client.id, id],
      [client.id, id],
    ]);
    expect((await admin.expect(M.RESULT)).payload.args).toBeUndefined();
    admin.publish(TOPIC);
    await client.expectNothing();
  });

  it("tells nothing to a subscriber that did not announce the feature", async () => {
    const router = await open();
    const admin = await router.join();
    const client = router.connectClient();
    await client.join(REALM, { roles: { subscriber: {} } });
    const id = await client.subscribe(TOPIC);
    await call(admin, "wamp.subscription.remove_subscriber", [id, client.id]);
    await client.expectNothing();
    expect(await call(admin, "wamp.subscription.lookup", [TOPIC])).toBeNull();
  });

  it("no_such_subscription, no_such_session (also for one inside the process), and a reason that is a string", async () => {
    const router = await open();
    const [admin, client] = [await router.join(), await router.join()];
    const id = await client.subscribe(TOPIC);
    const local = router.connect(REALM);
    local.subscribe(TOPIC, () => {});
    const remove = (args: unknown[], kwargs = {}) => call(admin, "wamp.subscription.remove_subscriber", args, kwargs);
    await expect(remove([999, client.id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    await expect(remove([id, 999])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
    await expect(remove([id, local.id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
    await expect(remove([id, admin.id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    await expect(remove([id, client.id], { reason: 7 })).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    expect(await call(admin, "wamp.subscription.list_subscribers", [id])).toEqual([client.id, local.id]);
  });
});
