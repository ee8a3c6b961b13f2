// Spec: advanced/meta_api_subscriptions.md: the clauses that the Registration Meta API does not share (registry-meta.test.ts)
import { MessageType as M } from "@kreuz/codec";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import { describe, expect, it } from "vitest";
import { call, expectEvents, TOPIC } from "../support/index.js";
import { createRegistryRouter, SUBSCRIPTIONS, watch } from "./registry-api.js";

const ON_CREATE = "wamp.subscription.on_create";
const ON_SUBSCRIBE = "wamp.subscription.on_subscribe";
const ON_UNSUBSCRIBE = "wamp.subscription.on_unsubscribe";
const strict = { realm: { plugins: [registryMeta({ strictMetaEvents: true })] } };

describe("Subscription Meta API: events", () => {
  it("subscribing again adds no subscriber", async () => {
    const router = await createRegistryRouter();
    const [watcher, client] = [await router.join(), await router.join()];
    const on = await watch(watcher, SUBSCRIPTIONS);
    const id = await client.subscribe(TOPIC);
    expect(await client.subscribe(TOPIC)).toBe(id);
    await expectEvents(watcher, on.create, on.add);
    await watcher.expectNothing();
  });

  it("tell nothing of topics under wamp., as with Crossbar.io and nexus, by whichever policy", async () => {
    const router = await createRegistryRouter();
    const [watcher, client] = [await router.join(), await router.join()];
    await watch(watcher, SUBSCRIPTIONS);
    const ids = [
      await client.subscribe(ON_CREATE),
      await client.subscribe("wamp.", { match: "prefix" }),
      await client.subscribe("wamp", { match: "prefix" }),
      await client.subscribe("wamp..on_create", { match: "wildcard" }),
    ];
    for (const id of ids) await client.unsubscribe(id);
    await client.expectNothing();
    await watcher.expectNothing();
    // They are listed all the same.
    expect(await call(watcher, "wamp.subscription.lookup", [ON_CREATE])).toBeTypeOf("number");
  });

  it("strict: include subscriptions to meta topics, and reach the subscriber itself after SUBSCRIBED", async () => {
    const client = await (await createRegistryRouter(strict)).join();
    const id = await client.subscribe(ON_SUBSCRIBE);
    expect(await expectEvents(client, id)).toEqual([[client.id, id]]);
    const created = await client.subscribe(ON_CREATE);
    // In the order of what happened: created, then subscribed.
    expect(await expectEvents(client, created, id)).toMatchObject([
      [client.id, { id: created, uri: ON_CREATE }],
      [client.id, created],
    ]);
    // An event is not a subscription, so nothing follows.
    await client.expectNothing();
  });

  it("strict: on_unsubscribe does not reach the session that unsubscribes from it, but reaches others", async () => {
    const router = await createRegistryRouter(strict);
    const [client, other] = [await router.join(), await router.join()];
    const id = await client.subscribe(ON_UNSUBSCRIBE);
    await other.subscribe(ON_UNSUBSCRIBE);
    await client.unsubscribe(id);
    await client.expectNothing();
    expect(await expectEvents(other, id)).toEqual([[client.id, id]]);
  });

  it("kill_all: tell which subscriptions and registrations end, though no session meta event is sent", async () => {
    const router = await createRegistryRouter({ realm: { plugins: [sessionMeta(), registryMeta()] } });
    const [caller, other] = [await router.join(), await router.join()];
    const id = await other.subscribe(TOPIC);
    const registration = await other.register("com.example.procedure");
    await caller.subscribe("wamp.session.on_leave");
    const unregistered = await caller.subscribe("wamp.registration.on_unregister");
    const on = await watch(caller, SUBSCRIPTIONS);
    caller.sendCall("wamp.session.kill_all");
    expect(await expectEvents(caller, unregistered, on.remove, on.delete)).toEqual([
      [other.id, registration],
      [other.id, id],
      [other.id, id],
    ]);
    expect((await caller.expect(M.RESULT)).payload.args).toEqual([1]);
    await caller.expectNothing();
  });

  it("are not sent while the router stops: each session gets its GOODBYE first", async () => {
    const router = await createRegistryRouter();
    const [first, watcher] = [await router.join(), await router.join()];
    await first.subscribe(TOPIC);
    await watch(watcher, SUBSCRIPTIONS);
    const closing = router.close({ farewell: "goodbye" });
    await watcher.expect(M.GOODBYE);
    for (const client of [first, watcher]) client.disconnect();
    await closing;
    expect(router.errors()).toEqual([]);
  });
});

describe("Subscription Meta API: wamp.subscription.list and match", () => {
  async function subscribed() {
    const client = await (await createRegistryRouter()).join();
    const ids = {
      exact: await client.subscribe("com.example.add"),
      prefix: await client.subscribe("com.example", { match: "prefix" }),
      wildcard: await client.subscribe("com..add", { match: "wildcard" }),
      meta: await client.subscribe("wamp.session.on_join"),
    };
    return { client, ids };
  }

  it("list returns the ids by match policy, including subscriptions to meta topics", async () => {
    const { client, ids } = await subscribed();
    expect(await call(client, "wamp.subscription.list")).toEqual({
      exact: [ids.exact, ids.meta],
      prefix: [ids.prefix],
      wildcard: [ids.wildcard],
    });
  });

  it("lookup finds a subscription to a meta topic", async () => {
    const { client, ids } = await subscribed();
    expect(await call(client, "wamp.subscription.lookup", ["wamp.session.on_join"])).toBe(ids.meta);
  });

  it("match returns all subscriptions that an event would go to, of any match policy, or null", async () => {
    const { client, ids } = await subscribed();
    const match = (uri: string) => call(client, "wamp.subscription.match", [uri]);
    expect(await match("com.example.add")).toEqual([ids.exact, ids.prefix, ids.wildcard]);
    expect(await match("com.example.x")).toEqual([ids.prefix]);
    expect(await match("com.other.add")).toEqual([ids.wildcard]);
    expect(await match("org.nobody")).toBeNull();
  });
});

describe("Subscription Revocation: wamp.subscription.remove_subscriber", () => {
  it("the client that is removed gets no more events", async () => {
    const router = await createRegistryRouter();
    const [admin, client] = [await router.join(), await router.join()];
    const id = await client.subscribe(TOPIC);
    await call(admin, "wamp.subscription.remove_subscriber", [id, client.id]);
    await client.expect(M.UNSUBSCRIBED);
    admin.publish(TOPIC);
    await client.expectNothing();
  });

  it("removes the subscription with its last subscriber, also one that did not announce the feature", async () => {
    const router = await createRegistryRouter();
    const admin = await router.join();
    const client = await router.join({ roles: { subscriber: {} } });
    const id = await client.subscribe(TOPIC);
    await call(admin, "wamp.subscription.remove_subscriber", [id, client.id]);
    await client.expectNothing();
    expect(await call(admin, "wamp.subscription.lookup", [TOPIC])).toBeNull();
  });
});
