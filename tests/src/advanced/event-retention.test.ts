// Spec: advanced/pubsub_event_retention.md
import { ErrorUri, MessageType as M, type Event, type PublishOptions, type SubscribeOptions } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  createTestRouter,
  expectAbort,
  type JoinOptions,
  Probe,
  type TestRouter,
  type TestRouterOptions,
  TOPIC,
} from "../support/index.js";

/** Publishes a retained event and waits for PUBLISHED. */
async function retain(
  publisher: WireSession,
  value: unknown,
  options: PublishOptions = {},
  topic = TOPIC,
): Promise<number> {
  publisher.publish(topic, { args: [value] }, { retain: true, ...options, acknowledge: true });
  return (await publisher.expect(M.PUBLISHED)).publication;
}

/** Subscribes with get_retained. @returns the retained events. */
async function retained(subscriber: WireSession, topic = TOPIC, options: SubscribeOptions = {}): Promise<Event[]> {
  await subscriber.subscribe(topic, { ...options, get_retained: true });
  await settle();
  const events: Event[] = [];
  while (subscriber.unread.length > 0) events.push(await subscriber.expect(M.EVENT));
  return events;
}

/** The first arguments of the retained events that a new client gets. */
async function seenBy(
  router: TestRouter,
  peer: JoinOptions = {},
  topic = TOPIC,
  options: SubscribeOptions = {},
): Promise<unknown[]> {
  const client = await router.join(peer);
  const events = await retained(client, topic, options);
  client.disconnect();
  return events.map((event) => argsOf(event)?.[0]);
}

async function setUp(options: TestRouterOptions = {}) {
  const router = await createTestRouter(options);
  return { router, publisher: await router.join({ authid: "publisher", authrole: "sensor" }) };
}

describe("Event Retention: the last event", () => {
  it("reaches a subscriber with get_retained after SUBSCRIBED, with retained: true", async () => {
    const { router, publisher } = await setUp();
    const publication = await retain(publisher, 21.5);
    const subscriber = await router.join();
    const [event, ...rest] = await retained(subscriber);
    expect(rest).toEqual([]);
    expect(event).toMatchObject({ publication, details: { retained: true }, payload: { args: [21.5] } });
    expect(event?.details).toEqual({ retained: true });
  });

  it.each([{}, { get_retained: false }])("does not reach a subscriber with %j", async (options) => {
    const { router, publisher } = await setUp();
    await retain(publisher, 1);
    const subscriber = await router.join();
    await subscriber.subscribe(TOPIC, options);
    await subscriber.expectNothing();
  });

  it.each([{}, { retain: false }])("is not an event published with %j", async (options) => {
    const { router, publisher } = await setUp();
    await retain(publisher, "kept");
    await retain(publisher, "passing", { ...options, retain: false });
    publisher.publish(TOPIC, { args: ["passing"] }, options);
    expect(await seenBy(router)).toEqual(["kept"]);
  });

  it("is the most recent one; current subscribers get it without retained", async () => {
    const { router, publisher } = await setUp();
    const early = await router.join();
    await early.subscribe(TOPIC);
    for (const value of [1, 2, 3]) await retain(publisher, value);
    for (const value of [1, 2, 3])
      expect(await early.expect(M.EVENT)).toMatchObject({ details: {}, payload: { args: [value] } });
    expect(await seenBy(router)).toEqual([3]);
  });

  it("is sent again to a client that subscribes again", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, 1);
    const subscriber = await router.join();
    expect(await retained(subscriber)).toHaveLength(1);
    expect(await retained(subscriber)).toHaveLength(1);
  });

  it("stays when its publisher leaves and when nobody is subscribed", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, 1);
    await publisher.leave();
    expect(await seenBy(router)).toEqual([1]);
    expect(await seenBy(router)).toEqual([1]);
  });

  it("belongs to one topic", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, 1);
    expect(await seenBy(router, {}, `${TOPIC}.more`)).toEqual([]);
    expect(await seenBy(router, {}, "com.example")).toEqual([]);
  });

  it("comes in the subscriber's serializer", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, { nested: ["ü", 1] });
    expect(await seenBy(router, { codec: cbor })).toEqual([{ nested: ["ü", 1] }]);
  });

  it("options of the wrong type are protocol violations", async () => {
    for (const message of [
      { type: M.SUBSCRIBE, request: 1, options: { get_retained: 1 } as never, topic: TOPIC } as const,
      { type: M.PUBLISH, request: 1, options: { retain: "yes" } as never, topic: TOPIC, payload: {} } as const,
    ]) {
      const { publisher } = await setUp();
      publisher.send(message);
      await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
    }
  });
});

describe("Event Retention: patterns", () => {
  it("return the last event of each matching topic, with the topic", async () => {
    const { router, publisher } = await setUp();
    for (const [topic, value] of [
      ["com.a.x", 1],
      ["com.a.y", 2],
      ["com.b.x", 3],
      ["com.a.x", 4],
      ["com.a", 5],
    ] as const)
      await retain(publisher, value, {}, topic);
    const at = async (topic: string, match: "prefix" | "wildcard") => {
      const events = await retained(await router.join(), topic, { match });
      return Object.fromEntries(events.map((event) => [event.details.topic, argsOf(event)?.[0]]));
    };
    expect(await at("com.a", "prefix")).toEqual({ "com.a.x": 4, "com.a.y": 2, "com.a": 5 });
    expect(await at("com.a.", "prefix")).toEqual({ "com.a.x": 4, "com.a.y": 2 });
    expect(await at("com..x", "wildcard")).toEqual({ "com.a.x": 4, "com.b.x": 3 });
    expect(await at("com.c", "prefix")).toEqual({});
  });

  it("return them with retained: true, for the pattern's subscription", async () => {
    const { router, publisher } = await setUp();
    const publication = await retain(publisher, 1);
    const subscriber = await router.join();
    const [event] = await retained(subscriber, "com", { match: "prefix" });
    expect(event).toMatchObject({ publication, details: { topic: TOPIC, retained: true } });
    expect(event?.subscription).toBe(await subscriber.subscribe("com", { match: "prefix" }));
  });
});

describe("Event Retention: for those who would have received the event", () => {
  it.each([
    ["eligible_authrole", { eligible_authrole: ["manager"] }, ["secret"], ["open"]],
    ["exclude_authrole", { exclude_authrole: ["staff"] }, ["secret"], ["open"]],
    ["eligible_authid", { eligible_authid: ["ann"] }, ["secret"], ["open"]],
    ["exclude_authid", { exclude_authid: ["bob"] }, ["secret"], ["open"]],
    ["an empty eligible list", { eligible_authid: [] }, ["open"], ["open"]],
    ["two lists", { eligible_authrole: ["manager"], exclude_authid: ["ann"] }, ["open"], ["open"]],
  ] satisfies Array<[string, PublishOptions, unknown[], unknown[]]>)(
    "%s: each client gets the most recent event that it may receive",
    async (_what, lists, forAnn, forBob) => {
      const { router, publisher } = await setUp();
      await retain(publisher, "old");
      await retain(publisher, "open");
      await retain(publisher, "secret", lists);
      for (const [topic, match] of [
        [TOPIC, "exact"],
        ["com", "prefix"],
        ["com..topic", "wildcard"],
      ] as const) {
        expect(await seenBy(router, { authid: "ann", authrole: "manager" }, topic, { match })).toEqual(forAnn);
        expect(await seenBy(router, { authid: "bob", authrole: "staff" }, topic, { match })).toEqual(forBob);
      }
    },
  );

  it("a later event for everybody replaces all before it", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, "secret", { eligible_authrole: ["manager"] });
    await retain(publisher, "open");
    expect(await seenBy(router, { authrole: "manager" })).toEqual(["open"]);
  });

  it("the last event for everybody is kept after any number of restricted ones", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, "open");
    for (let index = 0; index < 50; index++) await retain(publisher, index, { eligible_authid: [`user${index % 20}`] });
    expect(await seenBy(router, { authid: "somebody" })).toEqual(["open"]);
    expect(await seenBy(router, { authid: "user9" })).toEqual([49]);
  });

  it("events restricted by session ids are not kept: the ids mean nothing to later sessions", async () => {
    const { router, publisher } = await setUp();
    await retain(publisher, "open");
    await retain(publisher, "one", { eligible: [publisher.id] });
    await retain(publisher, "others", { exclude: [publisher.id] });
    expect(await seenBy(router)).toEqual(["open"]);
  });

  it("the publisher gets its own event only with exclude_me: false", async () => {
    const { publisher } = await setUp();
    await retain(publisher, "not mine");
    expect(await retained(publisher)).toEqual([]);
    publisher.publish(TOPIC, { args: ["mine"] }, { retain: true, exclude_me: false });
    expect((await publisher.expect(M.EVENT)).details).toEqual({});
    expect((await retained(publisher)).map((event) => argsOf(event)?.[0])).toEqual(["mine"]);
  });

  it("the publisher gets the last event of another publisher", async () => {
    const { router, publisher } = await setUp();
    const other = await router.join();
    const argumentsFor = async (client: WireSession) => (await retained(client)).map((event) => argsOf(event)?.[0]);
    await retain(other, "theirs 1");
    await retain(other, "theirs 2");
    await retain(publisher, "mine 1");
    await retain(publisher, "mine 2");
    expect(await argumentsFor(publisher)).toEqual(["theirs 2"]);
    expect(await argumentsFor(other)).toEqual(["mine 2"]);
    expect(await seenBy(router)).toEqual(["mine 2"]);
  });
});

describe("Event Retention: bounds", () => {
  it("keeps up to retainedTopicsPerRealm topics, and drops the one that changed least recently", async () => {
    const { router, publisher } = await setUp({ limits: { retainedTopicsPerRealm: 2 } });
    await retain(publisher, 1, {}, "com.a");
    await retain(publisher, 2, {}, "com.b");
    await retain(publisher, 3, {}, "com.a");
    await retain(publisher, 4, {}, "com.c");
    expect([
      await seenBy(router, {}, "com.a"),
      await seenBy(router, {}, "com.b"),
      await seenBy(router, {}, "com.c"),
    ]).toEqual([[3], [], [4]]);
    expect(router.metrics.get("limit_retained_events")).toBe(1);
  });

  it("keeps up to retainedBytesPerRealm bytes of payload, for all topics together", async () => {
    const { router, publisher } = await setUp({ limits: { retainedBytesPerRealm: 3000 } });
    const text = "x".repeat(1000);
    for (const topic of ["com.a", "com.b", "com.c", "com.d"]) await retain(publisher, text, {}, topic);
    expect(await seenBy(router, {}, "com", { match: "prefix" })).toHaveLength(2);
    await retain(publisher, "x".repeat(5000), {}, "com.e");
    expect(await seenBy(router, {}, "com", { match: "prefix" })).toEqual([]);
    await retain(publisher, 1, {}, "com.f");
    expect(await seenBy(router, {}, "com", { match: "prefix" })).toEqual([1]);
  });

  it("counts the bytes of restricted events", async () => {
    const { router, publisher } = await setUp({ limits: { retainedBytesPerRealm: 3000 } });
    const text = "x".repeat(1000);
    await retain(publisher, "small", {}, "com.first");
    for (const authid of ["a", "b", "c"]) await retain(publisher, text, { eligible_authid: [authid] });
    expect(await seenBy(router, {}, "com.first")).toEqual([]);
    expect(router.metrics.get("limit_retained_events")).toBeGreaterThan(0);
  });

  it("counts the bytes of lists and attributes", async () => {
    const { router, publisher } = await setUp({ limits: { retainedBytesPerRealm: 3000 } });
    const text = "x".repeat(2000);
    await retain(publisher, 1, { ppt_scheme: "x_test", ppt_keyid: text }, "com.a");
    await retain(publisher, 2, { exclude_authid: [text] }, "com.b");
    expect(await seenBy(router, {}, "com", { match: "prefix" })).toEqual([2]);
  });
});

describe("Event Retention: reserved topics", () => {
  it("a client cannot retain events under wamp.", async () => {
    const { router, publisher } = await setUp();
    publisher.publish("wamp.session.on_join", { args: ["forged"] }, { retain: true });
    publisher.publish("wamp.session.on_join", { args: ["forged"] }, { retain: true, acknowledge: true });
    expect((await publisher.expect(M.ERROR)).error).toBe(ErrorUri.INVALID_URI);
    expect(await seenBy(router, {}, "wamp.session.on_join")).toEqual([]);
    expect(await seenBy(router, {}, "", { match: "prefix" })).toEqual([]);
  });

  it("a plugin's publications are kept, including values that were never serialized", async () => {
    const probe = new Probe();
    const { router } = await setUp({ realm: { plugins: [probe] } });
    probe.realm.publish("com.example.status", { args: [{ big: 2n ** 40n }] }, { retain: true });
    expect(await seenBy(router, {}, "com.example.status")).toEqual([{ big: 2 ** 40 }]);
  });

  it("a refused event is not kept", async () => {
    const { router, publisher } = await setUp({
      realm: { authorizer: { authorize: (_session, { type }) => type !== "publish" } },
    });
    publisher.publish(TOPIC, { args: [1] }, { retain: true });
    await settle();
    expect(await seenBy(router)).toEqual([]);
  });
});
