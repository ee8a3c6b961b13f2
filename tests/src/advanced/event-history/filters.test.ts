// Spec: advanced/pubsub_event_history.md
import { ErrorUri, type Dict, type Id } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { call } from "../../support/index.js";
import { GET_EVENTS, getEvents, publish, publishedNames, setUp, TOPIC } from "./history-router.js";

describe("Event History: filters of wamp.subscription.get_events", () => {
  /** Publishes events named a to e every ten seconds, on alternating topics. */
  async function filled() {
    const { router, publisher, reader } = await setUp();
    const ids: Record<string, Id> = {};
    for (const [index, name] of ["a", "b", "c", "d", "e"].entries()) {
      router.clock.advance(10_000);
      ids[name] = await publish(publisher, `com.example.${index % 2 === 0 ? "even" : "odd"}`, name);
    }
    const subscription = await reader.subscribe("com.example.", { match: "prefix" });
    const get = (kwargs: Dict) => publishedNames(reader, subscription, kwargs);
    return { router, publisher, reader, subscription, ids, get };
  }
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();

  it("reverse", async () => {
    const { get } = await filled();
    expect(await get({ reverse: true })).toEqual(["e", "d", "c", "b", "a"]);
    expect(await get({ reverse: false })).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("limit returns the first events in the direction of reading, and more tells whether there are others", async () => {
    const { get, reader, subscription } = await filled();
    expect(await get({ limit: 2 })).toEqual(["a", "b"]);
    expect(await get({ limit: 2, reverse: true })).toEqual(["e", "d"]);
    expect(await get({ limit: 99 })).toEqual(["a", "b", "c", "d", "e"]);
    expect((await getEvents(reader, subscription, { limit: 4 })).more).toBe(true);
    expect((await getEvents(reader, subscription, { limit: 5 })).more).toBe(false);
    expect(
      (await getEvents(reader, subscription, { limit: 1, topic: "com.example.odd", from_time: at(40) })).more,
    ).toBe(false);
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

  it("times may have an offset", async () => {
    const { get } = await filled();
    expect(await get({ from_time: "1970-01-01T01:00:40+01:00" })).toEqual(["d", "e"]);
    expect(await get({ before_time: "1969-12-31T23:00:20-01:00" })).toEqual(["a"]);
  });

  it("topic", async () => {
    const { get, reader } = await filled();
    expect(await get({ topic: "com.example.odd" })).toEqual(["b", "d"]);
    expect(await get({ topic: "com.example.none" })).toEqual([]);
    const exact = await reader.subscribe("com.example.even");
    expect(await publishedNames(reader, exact, { topic: "com.example.even" })).toEqual(["a", "c", "e"]);
    expect(await publishedNames(reader, exact, { topic: "com.example.odd" })).toEqual([]);
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

  it("a publication that another filter excludes still marks its position", async () => {
    const { get, ids } = await filled();
    expect(await get({ after_publication: ids["b"], topic: "com.example.even" })).toEqual(["c", "e"]);
  });

  it("a publication that is not in the history is an error", async () => {
    const { get } = await filled();
    for (const name of ["from_publication", "after_publication", "before_publication", "until_publication"])
      await expect(get({ [name]: 12345 })).rejects.toMatchObject({
        uri: ErrorUri.INVALID_ARGUMENT,
        message: expect.stringContaining(`${name}: publication 12345 is not in the history`),
      });
  });

  it("all filters together, combined with AND", async () => {
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

  it("null is the same as absent", async () => {
    const { get } = await filled();
    expect(
      await get({ limit: null, reverse: null, from_time: null, topic: null, from_publication: null }),
    ).toHaveLength(5);
  });

  it("pages in both directions without gaps or duplicates", async () => {
    const { publisher, reader } = await setUp();
    const all = Array.from({ length: 25 }, (_, index) => `${index}`);
    for (const name of all) await publish(publisher, TOPIC, name);
    const subscription = await reader.subscribe(TOPIC);
    for (const [reverse, landmark] of [
      [false, "after_publication"],
      [true, "before_publication"],
    ] as const) {
      const seen: unknown[] = [];
      let page = await getEvents(reader, subscription, { reverse, limit: 7 });
      for (;;) {
        seen.push(...page.events.map(({ args }) => (args as unknown[])[0]));
        if (page.more !== true) break;
        page = await getEvents(reader, subscription, {
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
    await expect(call(reader, GET_EVENTS, args, kwargs)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it("no_such_subscription for an unknown id, invalid_uri for an invalid topic", async () => {
    const { reader } = await setUp();
    await expect(getEvents(reader, 999)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    await expect(getEvents(reader, 1, { topic: "com..x" })).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });
});
