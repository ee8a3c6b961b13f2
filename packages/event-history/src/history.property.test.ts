import { type Dict } from "@kreuz/codec";
import { CounterMetrics, type SessionInfo, type SubscriptionInfo } from "@kreuz/router";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeptEvent } from "./event-store.js";
import { History, type Reading } from "./history.js";
import type { HistoryQuery } from "./history-query.js";
import { MemoryEventStore } from "./memory-event-store.js";

const TOPICS = ["com.a", "com.a.b", "com.b.b", "com.ab"];
const SUBSCRIPTIONS: readonly Pick<SubscriptionInfo, "uri" | "match">[] = [
  { uri: "com.a", match: "exact" },
  { uri: "com.a", match: "prefix" },
  { uri: "", match: "prefix" },
  { uri: "com..b", match: "wildcard" },
];
const MANY = 40;

const name = fc.constantFrom("joe", "ann");
const events: fc.Arbitrary<readonly KeptEvent[]> = fc
  .array(
    fc.record({
      topic: fc.constantFrom(...TOPICS),
      // Clocks jump, so times are not in the order of publications.
      published: fc.integer({ min: 0, max: 50 }),
      restrictions: fc.record(
        { eligible_authid: fc.array(name), exclude_authid: fc.array(name), exclude_authrole: fc.constant(["x"]) },
        { requiredKeys: [] },
      ),
    }),
    { maxLength: MANY },
  )
  .map((list) => list.map((event, index) => ({ ...event, publication: index + 1, details: {}, payload: {} })));

const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });
const time = sometimes(fc.integer({ min: -1, max: 51 }));
const publication = sometimes(fc.integer({ min: 1, max: MANY }));
const queries: fc.Arbitrary<HistoryQuery> = fc.record({
  subscription: fc.constant(1),
  reverse: fc.boolean(),
  limit: sometimes(fc.integer({ min: 1, max: MANY })),
  topic: sometimes(fc.constantFrom(...TOPICS)),
  fromTime: time,
  afterTime: time,
  beforeTime: time,
  untilTime: time,
  fromPublication: publication,
  afterPublication: publication,
  beforePublication: publication,
  untilPublication: publication,
});

const readerNamed = (authid: string): SessionInfo => ({
  session: 1,
  realm: "com.example",
  authid,
  authrole: "user",
  authmethod: "test",
  authprovider: "test",
  transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
});

/** Evaluates a query filter by filter, as the specification defines it. */
function expected(
  all: readonly KeptEvent[],
  { uri, match }: Pick<SubscriptionInfo, "uri" | "match">,
  query: HistoryQuery,
  authid: string,
): number[] {
  const covered = (topic: string): boolean =>
    match === "exact" ? topic === uri : match === "prefix" ? topic.startsWith(uri) : /^com\.[^.]+\.b$/.test(topic);
  const within = (bound: number | undefined, holds: (bound: number) => boolean): boolean =>
    bound === undefined || holds(bound);
  const ids = all
    .filter(({ topic }) => covered(topic) && (query.topic === undefined || topic === query.topic))
    .filter(({ published }) => within(query.fromTime, (bound) => published >= bound))
    .filter(({ published }) => within(query.afterTime, (bound) => published > bound))
    .filter(({ published }) => within(query.beforeTime, (bound) => published < bound))
    .filter(({ published }) => within(query.untilTime, (bound) => published <= bound))
    .filter(({ publication }) => within(query.fromPublication, (bound) => publication >= bound))
    .filter(({ publication }) => within(query.afterPublication, (bound) => publication > bound))
    .filter(({ publication }) => within(query.beforePublication, (bound) => publication < bound))
    .filter(({ publication }) => within(query.untilPublication, (bound) => publication <= bound))
    .filter(
      ({ restrictions: { eligible_authid } }) => eligible_authid === undefined || eligible_authid.includes(authid),
    )
    .filter(({ restrictions: { exclude_authid = [] } }) => !exclude_authid.includes(authid))
    .map(({ publication }) => publication);
  return query.reverse ? ids.toReversed() : ids;
}

const idsOf = (page: { readonly events: readonly Dict[] }): unknown[] =>
  page.events.map((event) => event["publication"]);

function historyOf(all: readonly KeptEvent[]): History {
  const store = new MemoryEventStore({ maxEvents: 1_000, maxBytes: 1e9 }, new CounterMetrics());
  for (const event of all) store.append(event);
  return new History(store, { maxLimit: 1000, maxResultBytes: 1024 * 1024 });
}

const reading = (reader: SessionInfo): Reading => ({ reader, account: undefined, work: { spend: () => undefined } });

/** Drops the bounds that name unknown publications. */
function withKnownPublications(query: HistoryQuery, count: number): HistoryQuery {
  const known = (id: number | undefined): number | undefined => (id === undefined || id > count ? undefined : id);
  return {
    ...query,
    fromPublication: known(query.fromPublication),
    afterPublication: known(query.afterPublication),
    beforePublication: known(query.beforePublication),
    untilPublication: known(query.untilPublication),
  };
}

describe("History", () => {
  it("answers every combination of filters as the specification defines it", async () => {
    const cases = fc.tuple(events, fc.constantFrom(...SUBSCRIPTIONS), queries, name);
    await fc.assert(
      fc.asyncProperty(cases, async ([all, pattern, asked, authid]) => {
        const query = withKnownPublications(asked, all.length);
        const subscription = { ...pattern, id: 1, created: 0 };
        const page = await historyOf(all).query(subscription, query, reading(readerNamed(authid)));
        const full = expected(all, pattern, query, authid);
        expect(idsOf(page)).toEqual(full.slice(0, query.limit));
        expect(page.more).toBe(full.length > (query.limit ?? Infinity));
      }),
      { numRuns: 500 },
    );
  });

  it("pages in both directions without gaps or duplicates, whatever the filters", async () => {
    const cases = fc.tuple(events, fc.constantFrom(...SUBSCRIPTIONS), queries, fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([all, pattern, asked, limit]) => {
        const history = historyOf(all);
        const subscription = { ...pattern, id: 1, created: 0 };
        const landmark = asked.reverse ? "beforePublication" : "afterPublication";
        let query: HistoryQuery = { ...withKnownPublications(asked, all.length), limit, [landmark]: undefined };
        const full = expected(all, pattern, query, "joe");
        const seen: unknown[] = [];
        for (;;) {
          const page = await history.query(subscription, query, reading(readerNamed("joe")));
          seen.push(...idsOf(page));
          if (!page.more) break;
          query = { ...query, [landmark]: Number(idsOf(page).at(-1)) };
        }
        expect(seen).toEqual(full);
      }),
      { numRuns: 200 },
    );
  });
});
