// Spec: advanced/pubsub_event_history.md
import { ErrorUri, MessageType as M, type Dict } from "@kreuz/codec";
import { eventHistory, memoryStore } from "@kreuz/event-history";
import type { Authorizer } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { call, CODECS, createTestRouter, REALM, testRealm } from "../../support/index.js";
import {
  createHistoryRouter,
  GET_EVENTS,
  getEvents,
  KEPT_TOPICS,
  publish,
  publishedNames,
  setUp,
  TOPIC,
} from "./history-router.js";

describe("Event History: feature announcement", () => {
  it("is announced by the broker while the plugin is there", async () => {
    const { details } = await (await createHistoryRouter()).connectClient().join(REALM);
    expect(details.roles.broker?.features?.["event_history"]).toBe(true);
    const client = (await createTestRouter()).connectClient();
    const welcome = await client.join(REALM);
    expect(welcome.details.roles.broker?.features).not.toHaveProperty("event_history");
    await expect(getEvents(client, 1)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });
});

describe("Event History: result", () => {
  it.each(CODECS)(
    "a list of dicts: timestamp, subscription, publication, details, args, kwargs (%s)",
    async (_id, codec) => {
      const { router, publisher } = await setUp();
      const reader = await router.join({ authid: "bob", authrole: "reader", codec });
      const subscription = await reader.subscribe(TOPIC);
      router.clock.advance(1_500);
      const payload = { args: ["a", 1, null, { deep: [1.5] }], kwargs: { user: "ü" } };
      const publication = await publish(publisher, TOPIC, payload, { disclose_me: true });
      await reader.expect(M.EVENT);
      expect(await reader.call(GET_EVENTS, { args: [subscription] })).toMatchObject({
        args: [
          {
            timestamp: "1970-01-01T00:00:01.500Z",
            subscription,
            publication,
            details: { publisher: publisher.id, publisher_authid: "alice", publisher_authrole: "publisher" },
            ...payload,
          },
        ],
        kwargs: { more: false },
      });
    },
  );

  it("an empty list if nothing was published or the topic is not kept", async () => {
    const { publisher, reader } = await setUp();
    const kept = await reader.subscribe(TOPIC);
    const other = await reader.subscribe("org.example.other");
    await publish(publisher, "org.example.other", "x");
    await reader.expect(M.EVENT);
    for (const subscription of [kept, other])
      expect(await getEvents(reader, subscription)).toEqual({ events: [], more: false });
  });

  it("omits args and kwargs if the publication had none", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC);
    await reader.expect(M.EVENT);
    const { events } = await getEvents(reader, subscription);
    expect(Object.keys(events[0] ?? {}).toSorted()).toEqual(["details", "publication", "subscription", "timestamp"]);
  });

  it("Payload Passthru Mode: the details have the attributes", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    const options = { ppt_scheme: "x_own", ppt_serializer: "cbor" };
    await publish(publisher, TOPIC, { args: [Uint8Array.of(1, 2, 3)] }, options);
    await reader.expect(M.EVENT);
    const { events } = await getEvents(reader, subscription);
    expect(events).toMatchObject([{ details: options, args: [Uint8Array.of(1, 2, 3)] }]);
  });

  it.each(CODECS)("a transparent payload is the only argument (%s)", async (_id, codec) => {
    const { router, reader } = await setUp();
    const publisher = await router.join({ authid: "alice", authrole: "publisher", codec });
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, { opaque: Uint8Array.of(1, 2) }, { enc_algo: "x_own" });
    await reader.expect(M.EVENT);
    const { events } = await getEvents(reader, subscription);
    expect(events).toMatchObject([{ details: { enc_algo: "x_own" }, args: [Uint8Array.of(1, 2)] }]);
  });

  it.each(CODECS.flatMap(([from]) => CODECS.map(([to]) => [from, to] as const)))(
    "what was published in %s can be read in %s",
    async (from, to) => {
      const { router } = await setUp();
      const codec = (id: string) => CODECS.find(([name]) => name === id)?.[1];
      const publisher = await router.join({ authid: "alice", authrole: "publisher", codec: codec(from) });
      const reader = await router.join({ authid: "bob", authrole: "reader", codec: codec(to) });
      const args = ["text", 2 ** 53, -1.5, true, null, [[]], { a: { b: "c" } }, Uint8Array.of(0, 255)];
      await publish(publisher, TOPIC, { args, kwargs: { k: "v" } });
      const subscription = await reader.subscribe(TOPIC);
      expect((await getEvents(reader, subscription)).events).toMatchObject([{ args, kwargs: { k: "v" } }]);
    },
  );
});

describe("Event History: what is kept", () => {
  it("the specification's example: exact and prefix subscriptions read their parts of one history", async () => {
    const { publisher, reader } = await setUp();
    const topics = ["auth", "basket", "basket", "basket", "checkout"].map((name) => `com.example.log.${name}`);
    for (const [index, topic] of topics.entries()) await publish(publisher, topic, String(index + 1));
    const auth = await reader.subscribe("com.example.log.auth");
    const basket = await reader.subscribe("com.example.log.basket");
    const log = await reader.subscribe("com.example.log", { match: "prefix" });
    const wildcard = await reader.subscribe("com..log.checkout", { match: "wildcard" });
    expect(await publishedNames(reader, auth)).toEqual(["1"]);
    expect(await publishedNames(reader, basket)).toEqual(["2", "3", "4"]);
    expect(await publishedNames(reader, log)).toEqual(["1", "2", "3", "4", "5"]);
    expect(await publishedNames(reader, wildcard)).toEqual(["5"]);
    const { events } = await getEvents(reader, log);
    expect(events.map(({ subscription }) => subscription)).toEqual(Array.from({ length: 5 }, () => log));
    // As in EVENT, the details have the topic for a pattern.
    expect(events.map(({ details }) => (details as Dict)["topic"])).toEqual(topics);
  });

  it("one entry per event, with no subscriber or many", async () => {
    const { router, publisher, reader } = await setUp();
    await publish(publisher, TOPIC, "unheard");
    for (let count = 0; count < 3; count++) await (await router.join()).subscribe(TOPIC);
    await publish(publisher, TOPIC, "heard");
    expect(await publishedNames(reader, await reader.subscribe(TOPIC))).toEqual(["unheard", "heard"]);
  });

  it("only the configured topics, exact, prefix and wildcard", async () => {
    const topics = [
      { uri: "com.a" },
      { uri: "com.b.", match: "prefix" },
      { uri: "com..c", match: "wildcard" },
    ] as const;
    const { publisher, reader } = await setUp({ history: { topics } });
    for (const topic of ["com.a", "com.a.x", "com.b", "com.b.x", "com.x.c", "com.x.c.d"])
      await publish(publisher, topic, topic);
    const all = await reader.subscribe("com.", { match: "prefix" });
    expect(await publishedNames(reader, all)).toEqual(["com.a", "com.b.x", "com.x.c"]);
  });

  it("meta events, if configured", async () => {
    const router = await createHistoryRouter({ history: { topics: [{ uri: "wamp.session.on_join" }] } });
    const reader = await router.join({ authid: "alice" });
    const subscription = await reader.subscribe("wamp.session.on_join");
    expect(await publishedNames(reader, subscription)).toMatchObject([{ authid: "alice" }]);
  });

  it("not events restricted by session ids, which mean nothing to later sessions", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, "excluded", { exclude: [1] });
    await publish(publisher, TOPIC, "eligible", { eligible: [reader.id] });
    await publish(publisher, TOPIC, "nobody", { eligible: [] });
    await publish(publisher, TOPIC, "all");
    await reader.expect(M.EVENT);
    await reader.expect(M.EVENT);
    await reader.expect(M.EVENT);
    expect(await publishedNames(reader, subscription)).toEqual(["all"]);
  });

  it("no refused publication", async () => {
    const authorizer: Authorizer = { authorize: (_session, { type }) => type !== "publish" };
    const { publisher, reader } = await setUp({ authorizer });
    publisher.publish(TOPIC, { args: ["no"] }, { acknowledge: true });
    await publisher.expect(M.ERROR);
    expect(await publishedNames(reader, await reader.subscribe(TOPIC))).toEqual([]);
  });

  it("a bounded number: the oldest events are dropped and counted", async () => {
    const { router, publisher, reader } = await setUp({ history: { store: memoryStore({ maxEvents: 2 }) } });
    for (const name of ["1", "2", "3"]) await publish(publisher, TOPIC, name);
    expect(await publishedNames(reader, await reader.subscribe(TOPIC))).toEqual(["2", "3"]);
    expect(router.metrics.get("limit_event_history")).toBe(1);
  });

  it("each realm separately", async () => {
    const plugins = [eventHistory({ topics: KEPT_TOPICS })];
    const realms = [REALM, "com.example.other"].map((uri) => testRealm({ uri, plugins }));
    const router = await createTestRouter({ realms });
    await publish(await router.join(), TOPIC, "here");
    const stranger = await router.join({ realm: "com.example.other" });
    expect(await publishedNames(stranger, await stranger.subscribe(TOPIC))).toEqual([]);
  });
});

describe("Event History: subscription ids", () => {
  it("come from subscribing, or from lookup while anybody is subscribed", async () => {
    const { router, publisher, reader } = await setUp();
    await publish(publisher, TOPIC, "x");
    expect(await call(reader, "wamp.subscription.lookup", [TOPIC])).toBeNull();
    const first = await reader.subscribe(TOPIC);
    expect(await call(reader, "wamp.subscription.count_subscribers", [first])).toBe(1);
    const other = await router.join();
    expect(await publishedNames(other, Number(await call(other, "wamp.subscription.lookup", [TOPIC])))).toEqual(["x"]);
    await reader.unsubscribe(first);
    await expect(getEvents(other, first)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    // The history belongs to the topic, not to the subscription id.
    const second = await other.subscribe(TOPIC);
    expect(second).not.toBe(first);
    expect(await publishedNames(other, second)).toEqual(["x"]);
  });
});
