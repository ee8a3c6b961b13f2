import type { Id } from "@kreuz/codec";
import type { EventRange, EventStore, KeptEvent, OpenEventStore, StoreRealm } from "./event-store.js";

/** One clause of the contract. Runs in any test runner: `for (const { name, run } of eventStoreContract(open)) test(name, run)`. */
export interface EventStoreCase {
  readonly name: string;
  run(): Promise<void>;
}

/** How the cases get stores. */
export interface EventStoreHarness {
  /** Opens a new, empty store that has room for a few hundred events. */
  readonly open: OpenEventStore;
  /** Opens one that keeps this many events, and counts those that it drops. Absent: it has no such limit. */
  openWith?(limits: { readonly maxEvents: number }): OpenEventStore;
  /** Removes what the last store has left. */
  dispose?(): Promise<void> | void;
}

const ALL: EventRange = { uri: "", match: "prefix", first: 0, last: Number.MAX_SAFE_INTEGER, reverse: false };

/** What holds for every store of events. The cases must not run at the same time. */
export function eventStoreContract(harness: EventStoreHarness): EventStoreCase[] {
  const on: OnStore = (name, body) => ({
    name,
    async run() {
      const store = await harness.open(realm([]));
      try {
        await body(store);
      } finally {
        await store.close();
        await harness.dispose?.();
      }
    },
  });
  return [...keepingCases(on), ...readingCases(on), ...limitCases(harness)];
}

/** Makes a case on a new store. */
type OnStore = (name: string, body: (store: EventStore) => Promise<void>) => EventStoreCase;

function keepingCases(on: OnStore): EventStoreCase[] {
  return [
    on("keeps events whole, and in the order of append", async (store) => {
      const given = [1, 2, 3].map((id) => event(id, { args: [id, { a: [null, "ä"] }], kwargs: { k: true } }));
      for (const one of given) await store.append(one);
      const kept = await read(store);
      same(kept.map(withoutBytes), given.map(withoutBytes), "the events");
      kept.forEach(({ bytes }) => same(bytes > 0, true, "that an event has a size"));
    }),
    on("finds what was appended before it is durable", async (store) => {
      const pending = store.append(event(7));
      same((await store.position(7)) !== undefined, true, "that the event has a position");
      same(await ids(store), [7], "the events");
      await pending;
    }),
    on("gives positions that only grow, and none to what it does not have", async (store) => {
      for (let id = 1; id <= 50; id++) await store.append(event(id));
      const positions = await Promise.all(Array.from({ length: 50 }, (_, index) => store.position(index + 1)));
      const sorted = positions.map(Number).toSorted((one, other) => one - other);
      same(positions, sorted, "the positions");
      same(new Set(positions).size, 50, "the number of positions");
      same(await store.position(51), undefined, "the position of an event that was never appended");
    }),
  ];
}

function readingCases(on: OnStore): EventStoreCase[] {
  return [
    on("reads a range from either end, with bounds that need not exist", async (store) => {
      for (let id = 1; id <= 10; id++) await store.append(event(id));
      const at = async (id: Id): Promise<number> => (await store.position(id)) ?? -1;
      const [first, last] = [await at(3), await at(6)];
      same(await ids(store, { first, last }), [3, 4, 5, 6], "the range");
      same(await ids(store, { first, last, reverse: true }), [6, 5, 4, 3], "the range, newest first");
      same(await ids(store, { first: last, last: first }), [], "a range that is empty");
      same(await ids(store, { first: (await at(10)) + 1 }), [], "a range behind the end");
    }),
    on("may be read while events come, and shows none twice or out of order", async (store) => {
      for (let id = 1; id <= 5; id++) await store.append(event(id));
      const seen: Id[] = [];
      for await (const { publication } of store.read(ALL)) {
        seen.push(publication);
        if (seen.length === 1) for (let id = 6; id <= 8; id++) await store.append(event(id));
      }
      same(
        seen,
        [...new Set(seen)].toSorted((one, other) => one - other),
        "the events",
      );
      same(seen.slice(0, 5), [1, 2, 3, 4, 5], "the events that were there before");
    }),
    on("copies payloads that are views of a larger buffer", async (store) => {
      const slab = new Uint8Array(10_000).fill(7);
      await store.append(event(1, { args: [slab.subarray(0, 3)] }));
      slab.fill(0);
      const [kept] = await read(store);
      const [bytes] = (kept?.payload.args ?? []) as readonly Uint8Array[];
      same(bytes && [...bytes], [7, 7, 7], "the bytes");
    }),
  ];
}

function limitCases({ openWith, dispose }: EventStoreHarness): EventStoreCase[] {
  if (openWith === undefined) return [];
  return [
    {
      name: "drops the oldest beyond its limit, and counts them",
      async run() {
        const counted: string[] = [];
        const store = await openWith({ maxEvents: 10 })(realm(counted));
        for (let id = 1; id <= 25; id++) await store.append(event(id));
        const kept = await ids(store);
        same(
          kept,
          kept.map((_, index) => 25 - kept.length + 1 + index),
          "the events that are left",
        );
        same(kept.length <= 10, true, "that no more than the limit are left");
        same(await store.position(1), undefined, "the position of the first event");
        same(counted.filter((name) => name === "limit_event_history").length, 25 - kept.length, "the count");
        await store.close();
        await dispose?.();
      },
    },
  ];
}

function event(publication: Id, payload: KeptEvent["payload"] = {}): KeptEvent {
  const details = { publisher: 5 };
  const restrictions = { eligible_authid: ["joe"] };
  return { publication, topic: "com.example.topic", published: 1000 + publication, details, restrictions, payload };
}

/** What a store may use of its realm. @param counted - the metrics that it counts. */
function realm(counted: string[]): StoreRealm {
  const ignore = (): void => {};
  return {
    uri: "com.example.realm",
    metrics: { count: (name, amount = 1) => counted.push(...Array<string>(amount).fill(name)) },
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    clock: CLOCK,
    baseDirectory: undefined,
  };
}

const CLOCK: StoreRealm["clock"] = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

async function read(store: EventStore, range: Partial<EventRange> = {}) {
  const all = [];
  for await (const one of store.read({ ...ALL, ...range })) all.push(one);
  return all;
}

async function ids(store: EventStore, range?: Partial<EventRange>): Promise<Id[]> {
  return (await read(store, range)).map(({ publication }) => publication);
}

/** As JSON shows it: a store may keep payloads in any form. */
function withoutBytes({ publication, topic, published, details, restrictions, payload }: KeptEvent): unknown {
  return { publication, topic, published, details, restrictions, args: payload.args, kwargs: payload.kwargs };
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`${what}: expected ${wanted}, got ${found}`);
}
