// Tests what every store of the event history has to do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@kreuz/codec";
import {
  memoryStore,
  type EventRange,
  type EventStore,
  type EventStoreLimits,
  type KeptEvent,
  type OpenEventStore,
  type StoredEvent,
} from "@kreuz/event-history";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { CounterMetrics, silentLogger } from "@kreuz/router";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CODECS } from "../support/index.js";
import { until } from "../support/wait.js";

const ALL: EventRange = { uri: "", match: "prefix", first: 0, last: Number.MAX_SAFE_INTEGER, reverse: false };

const stores: ReadonlyArray<
  readonly [name: string, open: (path: string, limits: Partial<EventStoreLimits>) => OpenEventStore]
> = [
  ["memory", (_path, limits) => memoryStore(limits)],
  ["lmdb", (path, limits) => lmdbStore({ path, ...limits })],
];

describe.each(stores)("EventStore: %s", (_name, opener) => {
  let path: string;
  let metrics: CounterMetrics;
  let opened: EventStore | undefined;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "kreuz-store-"));
    metrics = new CounterMetrics();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
    rmSync(path, { recursive: true, force: true });
  });

  const open = async (limits: Partial<EventStoreLimits> = {}): Promise<EventStore> =>
    (opened = await opener(
      path,
      limits,
    )({ uri: "com.example.realm", metrics, logger: silentLogger, clock: systemClock, baseDirectory: undefined }));

  const event = (publication: number, topic = "com.example.topic", payload: KeptEvent["payload"] = {}): KeptEvent => ({
    publication,
    topic,
    published: 1_000 + publication,
    details: { trustlevel: publication },
    restrictions: { exclude_authid: ["joe"] },
    payload,
  });

  async function read(store: EventStore, range: Partial<EventRange> = {}): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const each of store.read({ ...ALL, ...range })) events.push(each);
    return events;
  }

  const ids = async (store: EventStore, range: Partial<EventRange> = {}): Promise<number[]> =>
    (await read(store, range)).map(({ publication }) => publication);

  it("returns appended events at once and in order", async () => {
    const store = await open();
    for (const id of [7, 3, 2 ** 53]) void store.append(event(id));
    expect(await ids(store)).toEqual([7, 3, 2 ** 53]);
    expect(await ids(store, { reverse: true })).toEqual([2 ** 53, 3, 7]);
    const [first] = await read(store);
    expect(first).toMatchObject({ ...event(7), payload: {} });
    expect(first?.bytes).toBeGreaterThan(0);
  });

  it("is empty at first", async () => {
    const store = await open();
    expect(await ids(store)).toEqual([]);
    expect(await ids(store, { reverse: true })).toEqual([]);
    expect(await store.position(1)).toBeUndefined();
  });

  it("positions increase, and unknown publications have none", async () => {
    const store = await open();
    for (const id of [9, 5, 7]) void store.append(event(id));
    const [a = NaN, b = NaN, c = NaN] = [await store.position(9), await store.position(5), await store.position(7)];
    expect(a).toBeLessThan(b);
    expect(b).toBeLessThan(c);
    expect(await store.position(1)).toBeUndefined();
    expect(await ids(store, { first: b })).toEqual([5, 7]);
    expect(await ids(store, { last: b })).toEqual([9, 5]);
    expect(await ids(store, { first: b, last: b })).toEqual([5]);
    expect(await ids(store, { first: b + 1, last: c, reverse: true })).toEqual([7]);
    expect(await ids(store, { first: c, last: a })).toEqual([]);
    expect(await ids(store, { first: c, last: a, reverse: true })).toEqual([]);
    expect(await ids(store, { first: c + 100 })).toEqual([]);
  });

  it.each([false, true])("returns every event of a topic or pattern (reverse: %s)", async (reverse) => {
    const store = await open();
    const long = `com.${"x".repeat(500)}`;
    const topics = ["com.a", `${long}.a`, "com.a.b", `${long}.b`, "com.a", "com.ä"];
    // More events than a store reads in one step.
    for (let id = 1; id <= 1_200; id++) void store.append(event(id, topics[id % topics.length]));
    const order = (list: number[]): number[] => (reverse ? list.toReversed() : list);
    const all = Array.from({ length: 1_200 }, (_, index) => index + 1);
    expect(await ids(store, { reverse })).toEqual(order(all));
    for (const topic of new Set(topics)) {
      const found = (await read(store, { uri: topic, match: "exact", reverse })).filter((each) => each.topic === topic);
      const expected = all.filter((id) => topics[id % topics.length] === topic);
      expect(found.map(({ publication }) => publication)).toEqual(order(expected));
    }
    const under = (await read(store, { uri: "com.a", match: "prefix", reverse })).filter(({ topic }) =>
      topic.startsWith("com.a"),
    );
    expect(under).toHaveLength(600);
    const first = await store.position(301);
    expect(await ids(store, { first: first ?? NaN, last: (first ?? NaN) + 599, reverse })).toEqual(
      order(all.slice(300, 900)),
    );
  });

  it.each(CODECS)("keeps %s payloads", async (_id, codec) => {
    const store = await open();
    const values = { args: ["ü", -1.5, null, [[]], Uint8Array.of(0, 255)], kwargs: { a: { b: true } } };
    void store.append(event(1, "com.a", codec.encodePayload(values)));
    void store.append(event(2, "com.a", values));
    void store.append(event(3, "com.a", codec.encodePayload({ args: ["x".repeat(3_000_000)] })));
    const [encoded, local, large] = await read(store);
    for (const payload of [encoded?.payload, local?.payload])
      expect({ args: payload?.args, kwargs: payload?.kwargs }).toEqual(values);
    expect(large?.payload.args).toEqual(["x".repeat(3_000_000)]);
    expect(large?.bytes).toBeGreaterThan(3_000_000);
  });

  it("drops the oldest events beyond maxEvents, and counts them", async () => {
    const store = await open({ maxEvents: 10 });
    for (let id = 1; id <= 500; id++) {
      const written = store.append(event(id, `com.topic${id % 7}`));
      if (id % 100 === 0) await written;
    }
    await until("the oldest events to be dropped", async () => (await ids(store)).length === 10);
    expect(await ids(store)).toEqual([491, 492, 493, 494, 495, 496, 497, 498, 499, 500]);
    await until("all of them to be counted", () => metrics.get("limit_event_history") === 490);
    expect(await store.position(490)).toBeUndefined();
    expect(await store.position(491)).toBeDefined();
    const topic = { uri: "com.topic1", match: "exact" } as const;
    const found = (await read(store, topic)).filter((each) => each.topic === topic.uri);
    expect(found.map(({ publication }) => publication)).toEqual([491, 498]);
  });

  it("drops the oldest events beyond maxBytes", async () => {
    const store = await open({ maxBytes: 20_000 });
    for (let id = 1; id <= 100; id++) void store.append(event(id, "com.a", { args: ["x".repeat(1_000)] }));
    const size = async (): Promise<number> => (await read(store)).reduce((sum, { bytes }) => sum + bytes, 0);
    await until("the oldest events to be dropped", async () => (await size()) <= 20_000);
    const left = await ids(store);
    expect(left.length).toBeGreaterThan(10);
    expect(left.at(-1)).toBe(100);
    void store.append(event(101, "com.a", { args: ["x".repeat(30_000)] }));
    await until("an event that is too large to be dropped", async () => (await ids(store)).length === 0);
    void store.append(event(102));
    expect(await ids(store)).toEqual([102]);
  });

  it.each([false, true])(
    "returns no event twice or out of order while others are added and dropped (reverse: %s)",
    async (reverse) => {
      const store = await open({ maxEvents: 600 });
      for (let id = 1; id <= 600; id++) void store.append(event(id));
      const seen: number[] = [];
      let next = 601;
      for await (const { publication } of store.read({ ...ALL, last: (await store.position(600)) ?? NaN, reverse })) {
        seen.push(publication);
        if (seen.length % 3 === 0) void store.append(event(next++));
        if (seen.length % 60 === 0) await store.append(event(next++));
      }
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => (reverse ? b - a : a - b)));
      expect(seen.length).toBeGreaterThan(200);
      expect(Math.max(...seen)).toBe(600);
    },
  );
});
