// Spec: advanced/pubsub_pattern_based_subscription.md
import { ErrorUri, MessageType as M, type MatchPolicy, type SubscribeOptions, type Uri } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { argsOf, createTestRouter, expectAbort, expectNoTrace, rolesWith, TOPIC } from "../support/index.js";

type Pattern = readonly [match: MatchPolicy, uri: Uri];

async function setUp() {
  const router = await createTestRouter();
  return { router, publisher: await router.join(), subscriber: await router.join() };
}

/** Publishes to all topics. @returns those whose events reach the subscriber. */
async function reached(publisher: WireSession, subscriber: WireSession, topics: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const topic of topics) {
    publisher.publish(topic);
    await settle();
    if (subscriber.unread.length === 0) continue;
    expect((await subscriber.expect(M.EVENT)).details.topic).toBe(topic);
    found.push(topic);
  }
  return found;
}

describe("Pattern-based Subscription: matching", () => {
  it("prefix: the specification's examples", async () => {
    const { publisher, subscriber } = await setUp();
    await subscriber.subscribe("com.myapp.topic.emergency", { match: "prefix" });
    const matching = [
      "com.myapp.topic.emergency.11",
      "com.myapp.topic.emergency-low",
      "com.myapp.topic.emergency.category.severe",
      "com.myapp.topic.emergency",
    ];
    expect(await reached(publisher, subscriber, [...matching, "com.myapp.topic.emerge"])).toEqual(matching);
  });

  it("wildcard: the specification's examples", async () => {
    const { publisher, subscriber } = await setUp();
    await subscriber.subscribe("com.myapp..userevent", { match: "wildcard" });
    const matching = ["com.myapp.foo.userevent", "com.myapp.bar.userevent", "com.myapp.a12.userevent"];
    const others = ["com.myapp.foo.userevent.bar", "com.myapp.foo.user", "com.myapp2.foo.userevent"];
    expect(await reached(publisher, subscriber, [...matching, ...others])).toEqual(matching);
  });

  it.each([
    ["prefix", "", ["a", "a.b.c", "com.example.x"], []],
    ["prefix", "com.", ["com.a"], ["com", "common"]],
    ["wildcard", "", ["a"], ["a.b"]],
    ["wildcard", "..", ["a.b.c"], ["a.b", "a.b.c.d"]],
    ["wildcard", ".b.", ["a.b.c"], ["b.b", "a.c.c"]],
    ["wildcard", "a.b.c", ["a.b.c"], ["a.b.d"]],
  ] as const)("%s %j matches %j and not %j", async (match, pattern, matching, others) => {
    const { publisher, subscriber } = await setUp();
    await subscriber.subscribe(pattern, { match });
    expect(await reached(publisher, subscriber, [...matching, ...others])).toEqual(matching);
  });

  it("exact is the default, and the topic is not in its details", async () => {
    const { publisher, subscriber } = await setUp();
    await subscriber.subscribe(TOPIC);
    publisher.publish(`${TOPIC}.more`);
    await subscriber.expectNothing();
    publisher.publish(TOPIC);
    expect((await subscriber.expect(M.EVENT)).details).toEqual({});
  });

  it("an unknown policy is a protocol violation", async () => {
    const { subscriber } = await setUp();
    const options = { match: "regex" } as unknown as SubscribeOptions;
    subscriber.send({ type: M.SUBSCRIBE, request: 1, options, topic: TOPIC });
    await expectAbort(subscriber, ErrorUri.PROTOCOL_VIOLATION);
  });
});

describe("Pattern-based Subscription: events matching multiple subscriptions", () => {
  it("come once for each subscription, with the same publication id, and with the topic for patterns", async () => {
    const { publisher, subscriber } = await setUp();
    const patterns: readonly Pattern[] = [
      ["exact", TOPIC],
      ["prefix", "com"],
      ["prefix", "com.example."],
      ["prefix", TOPIC],
      ["wildcard", "com..topic"],
      ["wildcard", ".."],
    ];
    const ids: number[] = [];
    for (const [match, pattern] of patterns) ids.push(await subscriber.subscribe(pattern, { match }));
    expect(new Set(ids).size).toBe(ids.length);
    const request = publisher.publish(TOPIC, { args: ["once"] }, { acknowledge: true });
    const { publication } = await publisher.expect(M.PUBLISHED);
    const seen = new Map<number, string | undefined>();
    for (const _ of patterns) {
      const event = await subscriber.expect(M.EVENT);
      expect([event.publication, argsOf(event)]).toEqual([publication, ["once"]]);
      seen.set(event.subscription, event.details.topic);
    }
    await subscriber.expectNothing();
    expect(ids.map((id) => seen.get(id))).toEqual(patterns.map(([match]) => (match === "exact" ? undefined : TOPIC)));
    expect(request).toBe(1);
  });

  it("all subscribers of a pattern share one subscription id; other match policies have another", async () => {
    const { router, publisher, subscriber } = await setUp();
    const one = await subscriber.subscribe("com.a", { match: "prefix" });
    expect(await publisher.subscribe("com.a", { match: "prefix" })).toBe(one);
    expect(await publisher.subscribe("com.a", { match: "wildcard" })).not.toBe(one);
    expect(await publisher.subscribe("com.a")).not.toBe(one);
    await expectNoTrace(router, [publisher, subscriber]);
  });

  it("no event comes for patterns that do not match", async () => {
    const { publisher, subscriber } = await setUp();
    const matching: readonly Pattern[] = [
      ["exact", "a.b.c"],
      ["prefix", ""],
      ["prefix", "a"],
      ["prefix", "a.b."],
      ["prefix", "a.b.c"],
      ["wildcard", "a.b.c"],
      ["wildcard", ".."],
      ["wildcard", ".b."],
    ];
    const others: readonly Pattern[] = [
      ["exact", "a.b"],
      ["prefix", "a.b.cc"],
      ["wildcard", "a.b"],
      ["wildcard", "..."],
      ["wildcard", "b.."],
    ];
    const ids: number[] = [];
    for (const [match, uri] of matching) ids.push(await subscriber.subscribe(uri, { match }));
    for (const [match, uri] of others) await subscriber.subscribe(uri, { match });
    publisher.publish("a.b.c", {}, { acknowledge: true });
    const { publication } = await publisher.expect(M.PUBLISHED);
    const received: number[] = [];
    for (const _pattern of matching) {
      const event = await subscriber.expect(M.EVENT);
      expect(event.publication).toBe(publication);
      received.push(event.subscription);
    }
    await subscriber.expectNothing();
    expect(received.toSorted()).toEqual(ids.toSorted());
  });

  it("an empty prefix receives every event of its realm", async () => {
    const { publisher, subscriber } = await setUp();
    await subscriber.subscribe("", { match: "prefix" });
    const topics = ["a", "com.example.topic", "ü", "x".repeat(1024)];
    expect(await reached(publisher, subscriber, topics)).toEqual(topics);
  });

  it("no set semantics: a pattern stays whole when a part of it is unsubscribed", async () => {
    const { publisher, subscriber } = await setUp();
    const broad = await subscriber.subscribe("com", { match: "prefix" });
    await subscriber.unsubscribe(await subscriber.subscribe("com.example", { match: "prefix" }));
    await subscriber.unsubscribe(await subscriber.subscribe(TOPIC));
    publisher.publish(TOPIC);
    expect((await subscriber.expect(M.EVENT)).subscription).toBe(broad);
    await subscriber.expectNothing();
  });

  it("stop only for the subscriber that unsubscribes", async () => {
    const { publisher, subscriber, router } = await setUp();
    const other = await router.join();
    const id = await subscriber.subscribe("com..topic", { match: "wildcard" });
    await other.subscribe("com..topic", { match: "wildcard" });
    await subscriber.unsubscribe(id);
    publisher.publish(TOPIC);
    expect((await other.expect(M.EVENT)).subscription).toBe(id);
    await subscriber.expectNothing();
  });

  it("reach a subscriber that uses the feature without announcing it", async () => {
    const router = await createTestRouter();
    const [publisher, plain] = [await router.join(), await router.join({ roles: rolesWith() })];
    await plain.subscribe("com", { match: "prefix" });
    publisher.publish(TOPIC);
    expect((await plain.expect(M.EVENT)).details.topic).toBe(TOPIC);
  });
});
