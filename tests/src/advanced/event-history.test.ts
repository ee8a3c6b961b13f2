// Spec: advanced/pubsub_event_history.md
import {
  ConfigError,
  ErrorUri,
  MessageType as M,
  type Dict,
  type Id,
  type Payload,
  type PublishOptions,
} from "@kreuz/codec";
import { eventHistory, memoryStore, type EventHistoryOptions, type EventStore } from "@kreuz/event-history";
import type { Authorizer } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  call,
  CODECS,
  createTestRouter,
  REALM,
  testRealm,
  type TestRouter,
  type TestRouterOptions,
} from "../support/index.js";

const GET = "wamp.subscription.get_events";
const TOPIC = "com.example.log.auth";
const KEEP = [{ uri: "com.example.", match: "prefix" }] as const;

interface Options extends TestRouterOptions {
  readonly history?: Partial<EventHistoryOptions>;
  readonly authorizer?: Authorizer;
}

function open({ history, authorizer, ...options }: Options = {}): Promise<TestRouter> {
  const plugins = [sessionMeta(), registryMeta(), eventHistory({ topics: KEEP, ...history })];
  return createTestRouter({
    ...options,
    realm: { plugins, ...(authorizer && { authorizer }) },
  });
}

/** One that publishes and one that reads. */
async function setUp(options: Options = {}) {
  const router = await open(options);
  return {
    router,
    publisher: await router.join({ authid: "alice", authrole: "publisher" }),
    reader: await router.join({ authid: "bob", authrole: "reader" }),
  };
}

/** Publishes, and gives the publication's id. */
async function publish(
  client: WireSession,
  topic: string,
  payload: Payload | string = {},
  options: PublishOptions = {},
): Promise<Id> {
  client.publish(topic, typeof payload === "string" ? { args: [payload] } : payload, { ...options, acknowledge: true });
  return (await client.expect(M.PUBLISHED)).publication;
}

/** RESULT of get_events. */
async function history(client: WireSession, subscription: unknown, kwargs: Dict = {}) {
  client.call(GET, { args: [subscription], kwargs });
  const answer = await client.next();
  if (answer.type === M.ERROR) throw Object.assign(new Error(String(answer.payload.args?.[0])), { uri: answer.error });
  if (answer.type !== M.RESULT) throw new Error(`unexpected answer of type ${answer.type}`);
  return { events: (answer.payload.args ?? []) as Dict[], more: answer.payload.kwargs?.["more"] };
}

/** The first argument of each event that get_events gives. */
async function names(client: WireSession, subscription: Id, kwargs: Dict = {}): Promise<unknown[]> {
  return (await history(client, subscription, kwargs)).events.map((event) => (event["args"] as unknown[])[0]);
}

describe("Event History: feature announcement", () => {
  it("is announced by the broker, and goes away with the plugin", async () => {
    const { details } = await (await open()).connectClient().join(REALM);
    expect(details.roles.broker?.features?.["event_history"]).toBe(true);
    const client = (await createTestRouter()).connectClient();
    const welcome = await client.join(REALM);
    expect(welcome.details.roles.broker?.features).not.toHaveProperty("event_history");
    await expect(history(client, 1)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
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
      reader.call(GET, { args: [subscription] });
      expect((await reader.expect(M.RESULT)).payload).toMatchObject({
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

  it("an empty list when nothing was published, or nothing is kept for the topic", async () => {
    const { publisher, reader } = await setUp();
    const kept = await reader.subscribe(TOPIC);
    const other = await reader.subscribe("org.example.other");
    await publish(publisher, "org.example.other", "x");
    await reader.expect(M.EVENT);
    for (const subscription of [kept, other])
      expect(await history(reader, subscription)).toEqual({ events: [], more: false });
  });

  it("args and kwargs are left out where the publication had none", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC);
    await reader.expect(M.EVENT);
    const { events } = await history(reader, subscription);
    expect(Object.keys(events[0] ?? {}).toSorted()).toEqual(["details", "publication", "subscription", "timestamp"]);
  });

  it("Payload Passthru Mode: the details tell how to read the payload", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    const options = { ppt_scheme: "x_own", ppt_serializer: "cbor" };
    await publish(publisher, TOPIC, { args: [Uint8Array.of(1, 2, 3)] }, options);
    await reader.expect(M.EVENT);
    const { events } = await history(reader, subscription);
    expect(events).toMatchObject([{ details: options, args: [Uint8Array.of(1, 2, 3)] }]);
  });

  it.each(CODECS)("a transparent payload is the one argument (%s)", async (_id, codec) => {
    const { router, reader } = await setUp();
    const publisher = await router.join({ authid: "alice", authrole: "publisher", codec });
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, { opaque: Uint8Array.of(1, 2) }, { enc_algo: "x_own" });
    await reader.expect(M.EVENT);
    const { events } = await history(reader, subscription);
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
      expect((await history(reader, subscription)).events).toMatchObject([{ args, kwargs: { k: "v" } }]);
    },
  );
});

describe("Event History: what is kept", () => {
  it("the specification's example: exact and prefix subscriptions see their own parts of one history", async () => {
    const { publisher, reader } = await setUp();
    const topics = ["auth", "basket", "basket", "basket", "checkout"].map((name) => `com.example.log.${name}`);
    for (const [index, topic] of topics.entries()) await publish(publisher, topic, String(index + 1));
    const auth = await reader.subscribe("com.example.log.auth");
    const basket = await reader.subscribe("com.example.log.basket");
    const log = await reader.subscribe("com.example.log", { match: "prefix" });
    const wildcard = await reader.subscribe("com..log.checkout", { match: "wildcard" });
    expect(await names(reader, auth)).toEqual(["1"]);
    expect(await names(reader, basket)).toEqual(["2", "3", "4"]);
    expect(await names(reader, log)).toEqual(["1", "2", "3", "4", "5"]);
    expect(await names(reader, wildcard)).toEqual(["5"]);
    const { events } = await history(reader, log);
    expect(events.map(({ subscription }) => subscription)).toEqual(Array.from({ length: 5 }, () => log));
    // As in EVENT: a pattern tells the topic.
    expect(events.map(({ details }) => (details as Dict)["topic"])).toEqual(topics);
  });

  it("nobody has to be subscribed when it is published, and many subscribers make one entry", async () => {
    const { router, publisher, reader } = await setUp();
    await publish(publisher, TOPIC, "unheard");
    for (let count = 0; count < 3; count++) await (await router.join()).subscribe(TOPIC);
    await publish(publisher, TOPIC, "heard");
    expect(await names(reader, await reader.subscribe(TOPIC))).toEqual(["unheard", "heard"]);
  });

  it("only the topics that were asked for, exact, prefix and wildcard", async () => {
    const topics = [
      { uri: "com.a" },
      { uri: "com.b.", match: "prefix" },
      { uri: "com..c", match: "wildcard" },
    ] as const;
    const { publisher, reader } = await setUp({ history: { topics } });
    for (const topic of ["com.a", "com.a.x", "com.b", "com.b.x", "com.x.c", "com.x.c.d"])
      await publish(publisher, topic, topic);
    const all = await reader.subscribe("com.", { match: "prefix" });
    expect(await names(reader, all)).toEqual(["com.a", "com.b.x", "com.x.c"]);
  });

  it("meta events too, when asked for", async () => {
    const router = await open({ history: { topics: [{ uri: "wamp.session.on_join" }] } });
    const reader = await router.join({ authid: "alice" });
    const subscription = await reader.subscribe("wamp.session.on_join");
    expect(await names(reader, subscription)).toMatchObject([{ authid: "alice" }]);
  });

  it("not what was restricted by session ids, which mean nothing to those who come later", async () => {
    const { publisher, reader } = await setUp();
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, "excluded", { exclude: [1] });
    await publish(publisher, TOPIC, "eligible", { eligible: [reader.id] });
    await publish(publisher, TOPIC, "nobody", { eligible: [] });
    await publish(publisher, TOPIC, "all");
    await reader.expect(M.EVENT);
    await reader.expect(M.EVENT);
    await reader.expect(M.EVENT);
    expect(await names(reader, subscription)).toEqual(["all"]);
  });

  it("nothing that was refused", async () => {
    const authorizer: Authorizer = { authorize: (_session, { type }) => type !== "publish" };
    const { publisher, reader } = await setUp({ authorizer });
    publisher.publish(TOPIC, { args: ["no"] }, { acknowledge: true });
    await publisher.expect(M.ERROR);
    expect(await names(reader, await reader.subscribe(TOPIC))).toEqual([]);
  });

  it("bounded: the oldest give way, and a metric counts", async () => {
    const { router, publisher, reader } = await setUp({ history: { store: memoryStore({ maxEvents: 2 }) } });
    for (const name of ["1", "2", "3"]) await publish(publisher, TOPIC, name);
    expect(await names(reader, await reader.subscribe(TOPIC))).toEqual(["2", "3"]);
    expect(router.metrics.get("limit_event_history")).toBe(1);
  });

  it("per realm", async () => {
    const plugins = [eventHistory({ topics: KEEP })];
    const realms = [REALM, "com.example.other"].map((uri) => testRealm({ uri, plugins }));
    const router = await createTestRouter({ realms });
    await publish(await router.join(), TOPIC, "here");
    const stranger = await router.join({ realm: "com.example.other" });
    expect(await names(stranger, await stranger.subscribe(TOPIC))).toEqual([]);
  });
});

describe("Event History: filters of wamp.subscription.get_events", () => {
  /** Events named a to e, ten seconds apart from 0:10 on, on alternating topics. */
  async function filled() {
    const { router, publisher, reader } = await setUp();
    const ids: Record<string, Id> = {};
    for (const [index, name] of ["a", "b", "c", "d", "e"].entries()) {
      router.clock.advance(10_000);
      ids[name] = await publish(publisher, `com.example.${index % 2 === 0 ? "even" : "odd"}`, name);
    }
    const subscription = await reader.subscribe("com.example.", { match: "prefix" });
    const get = (kwargs: Dict) => names(reader, subscription, kwargs);
    return { router, publisher, reader, subscription, ids, get };
  }
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();

  it("reverse", async () => {
    const { get } = await filled();
    expect(await get({ reverse: true })).toEqual(["e", "d", "c", "b", "a"]);
    expect(await get({ reverse: false })).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("limit takes the first ones in the direction of travel, and more tells that there are others", async () => {
    const { get, reader, subscription } = await filled();
    expect(await get({ limit: 2 })).toEqual(["a", "b"]);
    expect(await get({ limit: 2, reverse: true })).toEqual(["e", "d"]);
    expect(await get({ limit: 99 })).toEqual(["a", "b", "c", "d", "e"]);
    expect((await history(reader, subscription, { limit: 4 })).more).toBe(true);
    expect((await history(reader, subscription, { limit: 5 })).more).toBe(false);
    expect((await history(reader, subscription, { limit: 1, topic: "com.example.odd", from_time: at(40) })).more).toBe(
      false,
    );
  });

  it.each([
    ["from_time", 30, ["c", "d", "e"]],
    ["after_time", 30, ["d", "e"]],
    ["before_time", 30, ["a", "b"]],
    ["until_time", 30, ["a", "b", "c"]],
    ["from_time", 30.0005, ["d", "e"]],
    ["until_time", 29.999, ["a", "b"]],
  ] as const)("%s %s s → %j", async (name, seconds, expected) => {
    const { get } = await filled();
    const whole = new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19);
    const fraction = (seconds % 1).toFixed(4).slice(1);
    expect(await get({ [name]: `${whole}${fraction}Z` })).toEqual(expected);
  });

  it("times may come with an offset", async () => {
    const { get } = await filled();
    expect(await get({ from_time: "1970-01-01T01:00:40+01:00" })).toEqual(["d", "e"]);
    expect(await get({ before_time: "1969-12-31T23:00:20-01:00" })).toEqual(["a"]);
  });

  it("topic", async () => {
    const { get, reader } = await filled();
    expect(await get({ topic: "com.example.odd" })).toEqual(["b", "d"]);
    expect(await get({ topic: "com.example.none" })).toEqual([]);
    const exact = await reader.subscribe("com.example.even");
    expect(await names(reader, exact, { topic: "com.example.even" })).toEqual(["a", "c", "e"]);
    expect(await names(reader, exact, { topic: "com.example.odd" })).toEqual([]);
  });

  it.each([
    ["from_publication", ["c", "d", "e"]],
    ["after_publication", ["d", "e"]],
    ["before_publication", ["a", "b"]],
    ["until_publication", ["a", "b", "c"]],
  ] as const)("%s → %j, in both directions", async (name, expected) => {
    const { get, ids } = await filled();
    expect(await get({ [name]: ids["c"] })).toEqual(expected);
    expect(await get({ [name]: ids["c"], reverse: true })).toEqual(expected.toReversed());
  });

  it("a publication that another filter hides is a landmark all the same", async () => {
    const { get, ids } = await filled();
    expect(await get({ after_publication: ids["b"], topic: "com.example.even" })).toEqual(["c", "e"]);
  });

  it("a publication that is not kept (any more) is an error, since an empty list would say that nothing happened", async () => {
    const { get } = await filled();
    for (const name of ["from_publication", "after_publication", "before_publication", "until_publication"])
      await expect(get({ [name]: 12345 })).rejects.toMatchObject({
        uri: ErrorUri.INVALID_ARGUMENT,
        message: expect.stringContaining(`${name}: publication 12345 is not in the history`),
      });
  });

  it("all of them together, as conditions with AND", async () => {
    const { get, ids } = await filled();
    const range = { after_publication: ids["a"], until_publication: ids["e"] };
    expect(await get(range)).toEqual(["b", "c", "d", "e"]);
    expect(await get({ ...range, before_time: at(50) })).toEqual(["b", "c", "d"]);
    expect(await get({ ...range, before_time: at(50), topic: "com.example.odd" })).toEqual(["b", "d"]);
    const all = { ...range, before_time: at(50), topic: "com.example.odd", reverse: true, limit: 1 };
    expect(await get(all)).toEqual(["d"]);
    expect(await get({ from_publication: ids["d"], until_publication: ids["b"] })).toEqual([]);
    expect(await get({ after_publication: ids["c"], before_publication: ids["c"] })).toEqual([]);
    expect(await get({ from_publication: ids["b"], after_publication: ids["c"] })).toEqual(["d", "e"]);
  });

  it("null counts as absent", async () => {
    const { get } = await filled();
    expect(
      await get({ limit: null, reverse: null, from_time: null, topic: null, from_publication: null }),
    ).toHaveLength(5);
  });

  it("pages in both directions without a gap or a double", async () => {
    const { publisher, reader } = await setUp();
    const all = Array.from({ length: 25 }, (_, index) => `${index}`);
    for (const name of all) await publish(publisher, TOPIC, name);
    const subscription = await reader.subscribe(TOPIC);
    for (const [reverse, landmark] of [
      [false, "after_publication"],
      [true, "before_publication"],
    ] as const) {
      const seen: unknown[] = [];
      let page = await history(reader, subscription, { reverse, limit: 7 });
      for (;;) {
        seen.push(...page.events.map(({ args }) => (args as unknown[])[0]));
        if (page.more !== true) break;
        page = await history(reader, subscription, {
          reverse,
          limit: 7,
          [landmark]: page.events.at(-1)?.["publication"],
        });
      }
      expect(seen).toEqual(reverse ? all.toReversed() : all);
    }
  });
});

describe("Event History: arguments", () => {
  const wrong: ReadonlyArray<readonly [args: unknown[], kwargs: Dict, message: string]> = [
    [[], {}, "subscription: expected an id (integer from 1 to 2^53), got nothing"],
    [["1"], {}, "subscription: expected an id"],
    [[1, 2], {}, "takes at most 1 positional arguments, got 2"],
    [[1], { reverse: 1 }, "reverse: expected a boolean, got the number 1"],
    [[1], { limit: 0 }, "limit: expected a positive integer, got 0"],
    [[1], { limit: 1.5 }, "limit: expected a positive integer, got 1.5"],
    [[1], { limit: "5" }, "limit: expected a positive integer, got string"],
    [[1], { from_time: 5 }, "from_time: expected a string, got the number 5"],
    [
      [1],
      { after_time: "yesterday" },
      'after_time: expected an RFC 3339 timestamp such as "2026-01-31T23:59:59.999Z", got "yesterday"',
    ],
    [[1], { before_time: "2026-02-30T00:00:00Z" }, "before_time: expected an RFC 3339 timestamp"],
    [[1], { until_time: "2026-01-01" }, "until_time: expected an RFC 3339 timestamp"],
    [[1], { topic: 1 }, "topic: expected a string"],
    [[1], { from_publication: "1" }, "from_publication: expected an id"],
    [[1], { after_publication: 0 }, "after_publication: expected an id"],
    [[1], { before_publication: -1 }, "before_publication: expected an id"],
    [[1], { until_publication: 1.5 }, "until_publication: expected an id"],
  ];
  it.each(wrong)("get_events(%j, %j) → invalid_argument that names the argument", async (args, kwargs, message) => {
    const { reader } = await setUp();
    await expect(call(reader, GET, args, kwargs)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it("no_such_subscription for an id that nobody has, invalid_uri for a topic that is none", async () => {
    const { reader } = await setUp();
    await expect(history(reader, 999)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    await expect(history(reader, 1, { topic: "com..x" })).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });
});

describe("Event History: Security Aspects", () => {
  it("black- and whitelists by authid and authrole hold at read time", async () => {
    const { router, publisher, reader } = await setUp();
    const admin = await router.join({ authid: "ann", authrole: "admin" });
    const subscription = await reader.subscribe("com.example.", { match: "prefix" });
    await publish(publisher, TOPIC, "admins", { eligible_authrole: ["admin"] });
    await publish(publisher, TOPIC, "bob", { eligible_authid: ["bob"] });
    await publish(publisher, TOPIC, "not admins", { exclude_authrole: ["admin"] });
    await publish(publisher, TOPIC, "not bob", { exclude_authid: ["bob"] });
    await publish(publisher, TOPIC, "nobody", { eligible_authrole: [] });
    await publish(publisher, TOPIC, "bob if admin", { eligible_authid: ["bob"], eligible_authrole: ["admin"] });
    await publish(publisher, TOPIC, "all");
    await settle();
    const live = reader.unread.map((message) => (message as { payload: Payload }).payload.args?.[0]);
    const later = await router.join({ authid: "bob", authrole: "reader" });
    expect(await names(later, subscription)).toEqual(["bob", "not admins", "all"]);
    // Exactly what the subscriber got at the time.
    expect(live).toEqual(["bob", "not admins", "all"]);
    expect(await names(admin, subscription)).toEqual(["admins", "not bob", "all"]);
    expect((await history(admin, subscription, { limit: 3 })).more).toBe(false);
  });

  it("who may not subscribe like that may not read, whoever holds the subscription", async () => {
    const authorizer: Authorizer = {
      authorize: ({ authid }, { type, uri, match }) =>
        type !== "subscribe" || authid === "alice" || (uri === TOPIC && match === "exact"),
    };
    const { publisher, reader } = await setUp({ authorizer });
    const exact = await publisher.subscribe(TOPIC);
    const prefix = await publisher.subscribe("com.example.", { match: "prefix" });
    await publish(publisher, TOPIC, "x");
    expect(await names(reader, exact)).toEqual(["x"]);
    await expect(history(reader, prefix)).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("the procedure needs permission like any other", async () => {
    const authorizer: Authorizer = { authorize: (_session, { uri }) => uri !== GET };
    const { reader } = await setUp({ authorizer });
    const failure = history(reader, await reader.subscribe(TOPIC));
    await expect(failure).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("the publisher sees its own events: its exclusion was for the session that it was then", async () => {
    const { publisher } = await setUp();
    const subscription = await publisher.subscribe(TOPIC);
    await publish(publisher, TOPIC, "mine");
    await publisher.expectNothing();
    expect(await names(publisher, subscription)).toEqual(["mine"]);
  });

  it("a session inside the router's process is trusted to read, and still gets only what is meant for it", async () => {
    const authorizer: Authorizer = { authorize: ({ authrole }) => authrole !== "trusted" };
    const { router, publisher } = await setUp({ authorizer });
    const subscription = await publisher.subscribe(TOPIC);
    await publish(publisher, TOPIC, "x");
    await publish(publisher, TOPIC, "y", { eligible_authrole: ["publisher"] });
    const { args } = await router.connect(REALM).call(GET, { args: [subscription] });
    expect(args).toMatchObject([{ args: ["x"] }]);
  });
});

describe("Event History: subscription ids", () => {
  it("can be had by subscribing, or by lookup while anybody is subscribed; there are no dummy subscriptions", async () => {
    const { router, publisher, reader } = await setUp();
    await publish(publisher, TOPIC, "x");
    expect(await call(reader, "wamp.subscription.lookup", [TOPIC])).toBeNull();
    const first = await reader.subscribe(TOPIC);
    expect(await call(reader, "wamp.subscription.count_subscribers", [first])).toBe(1);
    const other = await router.join();
    expect(await names(other, Number(await call(other, "wamp.subscription.lookup", [TOPIC])))).toEqual(["x"]);
    await reader.unsubscribe(first);
    await expect(history(other, first)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    // Another id, the same history: it belongs to the topic.
    const second = await other.subscribe(TOPIC);
    expect(second).not.toBe(first);
    expect(await names(other, second)).toEqual(["x"]);
  });
});

describe("Event History: large results", () => {
  it("end at maxLimit events, also for those who ask for more or do not say", async () => {
    const { publisher, reader } = await setUp({ history: { maxLimit: 3 } });
    for (const name of ["1", "2", "3", "4"]) await publish(publisher, TOPIC, name);
    const subscription = await reader.subscribe(TOPIC);
    for (const kwargs of [{}, { limit: 1_000_000 }]) {
      const { events, more } = await history(reader, subscription, kwargs);
      expect([events.length, more]).toEqual([3, true]);
    }
  });

  it("end at maxResultBytes, but never before the first event", async () => {
    const { publisher, reader } = await setUp({ history: { maxResultBytes: 2_000 } });
    for (const name of ["1", "2", "3"]) await publish(publisher, TOPIC, { args: [name, "x".repeat(1_200)] });
    const subscription = await reader.subscribe(TOPIC);
    const page = await history(reader, subscription);
    expect([page.events.length, page.more]).toEqual([1, true]);
    const rest = await history(reader, subscription, { after_publication: page.events[0]?.["publication"], limit: 5 });
    expect([rest.events.length, rest.more]).toEqual([1, true]);
  });

  it("let others have their turn", async () => {
    const { router, publisher, reader } = await setUp();
    const local = router.connect(REALM);
    for (let index = 0; index < 3_500; index++) local.publish("com.example.noise", { args: [index] });
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, "x");
    await reader.expect(M.EVENT);
    reader.call(GET, { args: [subscription] });
    // The clock stands still: the query waits for its next turn, and others are served.
    await settle();
    expect(await call(publisher, "wamp.session.count")).toBe(2);
    await reader.expectNothing();
    for (let turn = 0; turn < 5; turn++) {
      router.clock.advance(0);
      await settle(2);
    }
    expect((await reader.expect(M.RESULT)).payload.args).toMatchObject([{ args: ["x"] }]);
  });
});

describe("Event History: stores", () => {
  /** A store that never answers, until told. */
  function stubborn() {
    const appended: (() => void)[] = [];
    const failures: ((error: Error) => void)[] = [];
    const store: EventStore = {
      append: () =>
        new Promise((resolve, reject) => {
          appended.push(resolve);
          failures.push(reject);
        }),
      position: () => undefined,
      read: () => [],
      close: () => {},
    };
    return { store, appended, failures };
  }

  it("that are slow make nobody wait; beyond maxPending publications are not kept, counted, and said once", async () => {
    const { store, appended } = stubborn();
    const { router, publisher } = await setUp({ history: { store: () => store, maxPending: 2 } });
    for (let count = 0; count < 5; count++) await publish(publisher, TOPIC, "x");
    expect(appended).toHaveLength(2);
    expect(router.metrics.get("limit_event_history")).toBe(3);
    expect(router.log.filter(({ level }) => level === "warn")).toHaveLength(1);
    for (const resolve of appended.splice(0)) resolve();
    await settle();
    await publish(publisher, TOPIC, "x");
    expect(appended).toHaveLength(1);
  });

  it("that fail are logged and hurt nobody", async () => {
    const { store, failures } = stubborn();
    const { router, publisher } = await setUp({ history: { store: () => store } });
    await publish(publisher, TOPIC, "x");
    failures[0]?.(new Error("disk full"));
    await settle();
    expect(router.errors()).toMatchObject([{ fields: { topic: TOPIC, error: { message: "disk full" } } }]);
    await publish(publisher, TOPIC, "y");
  });

  it("are opened before the first session joins and closed with the realm", async () => {
    const order: string[] = [];
    const store: EventStore = {
      append: () => {},
      position: () => undefined,
      read: () => [],
      close: () => void order.push("close"),
    };
    const router = await open({
      history: {
        async store({ uri }) {
          await settle(1);
          order.push(`open ${uri}`);
          return store;
        },
      },
    });
    order.push("ready");
    await router.close();
    expect(order).toEqual([`open ${REALM}`, "ready", "close"]);
  });

  it.each([
    ["topics[0].uri", { topics: [{ uri: "com..x" }] }],
    ["maxLimit", { topics: [], maxLimit: 0 }],
    ["maxResultBytes", { topics: [], maxResultBytes: -1 }],
    ["maxPending", { topics: [], maxPending: 0.5 }],
  ])("a wrong option is refused at start-up: %s", (path, options) => {
    expect(() => eventHistory(options)).toThrow(ConfigError);
    expect(() => eventHistory(options)).toThrow(`eventHistory.${path}`);
    expect(() => memoryStore({ maxEvents: 0 })).toThrow("eventStore.maxEvents");
  });
});
