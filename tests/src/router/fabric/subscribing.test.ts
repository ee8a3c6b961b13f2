// SUBSCRIBE, publications and events of a realm that several nodes serve together
import { MessageType as M } from "@kreuz/codec";
import type { InboundEvent } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  createTestRouter,
  Deferred,
  expectNoTrace,
  ScriptedFabric,
  type TestRouter,
  TOPIC,
} from "../../support/index.js";

interface Setup {
  readonly fabric: ScriptedFabric;
  readonly router: TestRouter;
  readonly client: WireSession;
}

async function setUp(limits: { subscriptionsPerSession?: number } = {}): Promise<Setup> {
  const fabric = new ScriptedFabric();
  const router = await createTestRouter({ fabric, limits, realm: { plugins: [registryMeta()] } });
  const client = await router.join();
  fabric.told.length = 0;
  return { fabric, router, client };
}

function event(fabric: ScriptedFabric, differences: Partial<InboundEvent> = {}): InboundEvent {
  return {
    id: 1234,
    topic: TOPIC,
    payload: { args: [1] },
    options: {},
    details: {},
    publisher: fabric.session(77).info,
    published: fabric.now(),
    ...differences,
  };
}

describe("SUBSCRIBE on one of several nodes", () => {
  it("SUBSCRIBED waits until the other nodes know, and the session is not read from meanwhile", async () => {
    const { fabric, router, client } = await setUp();
    const known = new Deferred<void>();
    fabric.onSubscribe = () => known.promise;
    const subscribing = client.subscribe(TOPIC);
    const published = client.publish(TOPIC, {}, { acknowledge: true });
    await client.expectNothing();
    known.resolve();
    expect(await subscribing).toBe(fabric.ids.subscription(TOPIC, "exact"));
    expect(await client.expect(M.PUBLISHED)).toMatchObject({ request: published });
    await expectNoTrace(router, [client]);
  });

  it("a session that leaves meanwhile gives it back", async () => {
    const { fabric, router, client } = await setUp();
    const known = new Deferred<void>();
    fabric.onSubscribe = () => known.promise;
    void client.subscribe(TOPIC).catch(() => {});
    await settle();
    void fabric.realm.sessions.kill(client.id, { reason: "wamp.close.killed" });
    known.resolve();
    await settle();
    expect(fabric.told).toEqual([`subscribes ${TOPIC}`, `left ${client.id}`, `unsubscribed ${TOPIC}`]);
    expect(fabric.realm.interest(fabric.ids.subscription(TOPIC, "exact"))).toBeUndefined();
    await expectNoTrace(router, [client]);
  });

  it("one too many is refused before the other nodes are told", async () => {
    const { fabric, client } = await setUp({ subscriptionsPerSession: 1 });
    await client.subscribe(TOPIC);
    await expect(client.subscribe("com.example.other")).rejects.toThrow(/maximum/);
    expect(fabric.told).toEqual([`subscribes ${TOPIC}`]);
  });

  it("the interest has the node keys, and is gone with the last subscriber", async () => {
    const { fabric, router, client } = await setUp();
    const other = await router.join();
    const id = await client.subscribe(TOPIC, { nkey: "a" });
    await other.subscribe(TOPIC, { nkey: "b" });
    await other.subscribe(TOPIC, { nkey: "c" });
    expect(fabric.realm.interest(id)).toMatchObject({ id, uri: TOPIC, match: "exact", nodeKeys: ["a", "c"] });
    await client.unsubscribe(id);
    expect(fabric.realm.interest(id)).toMatchObject({ nodeKeys: ["c"] });
    await other.unsubscribe(id);
    expect(fabric.realm.interest(id)).toBeUndefined();
    expect(fabric.told.filter((line) => line === `unsubscribed ${TOPIC}`)).toHaveLength(3);
  });

  it("local sessions want the events of this node, unless they ask for the realm's", async () => {
    const { fabric, router } = await setUp();
    const received: string[] = [];
    const [near, far] = [router.connect(fabric.realm.uri), router.connect(fabric.realm.uri, {}, { reach: "realm" })];
    const id = fabric.ids.subscription(TOPIC, "exact");
    await near.subscribe(TOPIC, () => void received.push("near"));
    expect(fabric.realm.interest(id)).toBeUndefined();
    await far.subscribe(TOPIC, () => void received.push("far"));
    expect(fabric.realm.interest(id)).toMatchObject({ uri: TOPIC });
    await fabric.realm.deliver(event(fabric));
    await settle();
    expect(received).toEqual(["far"]);
    await far.close();
    expect(fabric.realm.interest(id)).toBeUndefined();
  });

  it("on_create and on_delete come with the first and the last on any node", async () => {
    const { fabric, router, client } = await setUp();
    const observer = await router.join();
    await observer.subscribe("wamp.subscription.on_create");
    await observer.subscribe("wamp.subscription.on_delete");
    const id = fabric.ids.subscription(TOPIC, "exact");
    const info = { id, uri: TOPIC, match: "exact", created: 0 } as const;
    const far = fabric.session(77);
    fabric.elsewhere.set(id, []);
    fabric.realm.subscriptionCreated(info, far.info);
    expect(argsOf(await observer.expect(M.EVENT))).toMatchObject([77, { id, uri: TOPIC }]);
    await client.subscribe(TOPIC);
    await client.unsubscribe(id);
    await observer.expectNothing();
    await client.subscribe(TOPIC);
    fabric.elsewhere.delete(id);
    fabric.realm.subscriptionDeleted(info, far.info);
    await observer.expectNothing();
    await client.unsubscribe(id);
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([client.id, id]);
    // Who subscribes where is told to all nodes: they do not know it.
    expect(fabric.publications.map(({ topic }) => topic)).toEqual([
      "wamp.subscription.on_subscribe",
      "wamp.subscription.on_unsubscribe",
      "wamp.subscription.on_subscribe",
      "wamp.subscription.on_unsubscribe",
    ]);
  });
});

describe("publications across nodes", () => {
  it("the fabric hears of what clients, local sessions and testaments publish", async () => {
    const { fabric, router, client } = await setUp();
    client.publish(TOPIC, { args: [1] }, { disclose_me: true });
    await settle();
    await router.connect(fabric.realm.uri).publish(TOPIC, { args: [2] });
    expect(fabric.publications).toMatchObject([
      { topic: TOPIC, details: { publisher: client.id }, payload: { args: [1] }, publisher: { session: client.id } },
      { topic: TOPIC, payload: { args: [2] } },
    ]);
  });

  it("delivers to exact and pattern subscribers, with the filter and the details of the publisher's node", async () => {
    const { fabric, router, client } = await setUp();
    const other = await router.join();
    const [exact, prefix] = [await client.subscribe(TOPIC), await other.subscribe("com", { match: "prefix" })];
    const details = { publisher: 77 };
    expect(fabric.realm.deliver(event(fabric, { details, options: { exclude: [other.id] } }))).toBeUndefined();
    expect(await client.expect(M.EVENT)).toMatchObject({ subscription: exact, publication: 1234, details });
    await other.expectNothing();
    void fabric.realm.deliver(event(fabric, { details, options: { exclude: [client.id] } }));
    expect(await other.expect(M.EVENT)).toMatchObject({ subscription: prefix, details: { ...details, topic: TOPIC } });
    await client.expectNothing();
    // What came from elsewhere is not sent on.
    expect(fabric.publications.filter(({ topic }) => topic === TOPIC)).toEqual([]);
  });

  it("the promise settles when an event for very many has been handed out, and the publisher's order holds", async () => {
    const { fabric, router } = await setUp();
    const subscribers = await Promise.all(Array.from({ length: 2100 }, () => router.join()));
    for (const subscriber of subscribers) await subscriber.subscribe(TOPIC);
    let done = false;
    const first = fabric.realm.deliver(event(fabric, { payload: { args: [1] } }));
    void first?.then(() => (done = true));
    void fabric.realm.deliver(event(fabric, { payload: { args: [2] } }));
    await settle();
    expect([first instanceof Promise, done]).toEqual([true, false]);
    for (let turn = 0; turn < 5; turn++) router.clock.advance(0);
    await settle();
    expect(done).toBe(true);
    for (const subscriber of subscribers.slice(0, 3).concat(subscribers.slice(-3)))
      expect([argsOf(await subscriber.expect(M.EVENT)), argsOf(await subscriber.expect(M.EVENT))]).toEqual([[1], [2]]);
  });

  it("a sharded topic has one node for a key among the keys of all nodes", async () => {
    const { fabric, client } = await setUp();
    const id = await client.subscribe(TOPIC, { nkey: "mine" });
    fabric.elsewhere.set(id, ["theirs"]);
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
    for (const rkey of keys) {
      void fabric.realm.deliver(event(fabric, { options: { rkey }, payload: { args: [rkey] } }));
      client.publish(TOPIC, { args: [rkey] }, { rkey, exclude_me: false });
    }
    await settle();
    const received = client.unread.flatMap((message) => ("payload" in message ? (argsOf(message) ?? []) : []));
    expect(received.length).toBeGreaterThan(10);
    expect(received.length).toBeLessThan(70);
    for (const rkey of keys) expect([0, 2]).toContain(received.filter((one) => one === rkey).length);
  });
});

describe("retained events of several nodes", () => {
  it("are the same on all, in whatever order they come", async () => {
    const events = [1, 2, 3, 4, 5].map((number) => ({
      id: number,
      published: number,
      options: { retain: true, ...(number % 2 === 0 ? { eligible_authid: ["joe"] } : {}) },
      payload: { args: [number] },
    }));
    const kept: unknown[] = [];
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 4, 0, 3, 1],
      [3, 4, 1, 2, 0],
    ]) {
      const { fabric } = await setUp();
      for (const index of order) void fabric.realm.deliver(event(fabric, events[index]!));
      // Twice is once.
      for (const index of order) fabric.realm.retain(event(fabric, events[index]!));
      kept.push([...fabric.realm.retained()].map(({ id }) => id));
    }
    expect(kept).toEqual([kept[0], kept[0], kept[0], kept[0]]);
    expect(kept[0]).toContain(5);
  });

  it("a newcomer gets those of clients of this node and of others", async () => {
    const { fabric, client } = await setUp();
    client.publish(TOPIC, { args: ["own"] }, { retain: true });
    await settle();
    expect([...fabric.realm.retained()]).toMatchObject([{ topic: TOPIC, publisher: { session: client.id } }]);
    fabric.realm.retain(event(fabric, { options: { retain: true }, payload: { args: ["far"] } }));
    const subscription = await client.subscribe(TOPIC, { get_retained: true });
    expect(await client.expect(M.EVENT)).toMatchObject({
      subscription,
      details: { retained: true },
      payload: { args: ["far"] },
    });
  });
});
