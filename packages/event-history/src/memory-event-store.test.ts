import { EncodedPayload, type Payload } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { CounterMetrics } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import type { EventRange, KeptEvent } from "./event-store.js";
import { MemoryEventStore } from "./memory-event-store.js";

const ALL: EventRange = { uri: "", match: "prefix", first: 0, last: Number.MAX_SAFE_INTEGER, reverse: false };
const MUCH = { maxEvents: 1_000_000, maxBytes: 1e9 };

const event = (publication: number, payload: Payload = {}): KeptEvent => ({
  publication,
  topic: "com.example.topic",
  published: 0,
  details: {},
  restrictions: {},
  payload,
});
const ids = (store: MemoryEventStore, range: Partial<EventRange> = {}): number[] =>
  Array.from(store.read({ ...ALL, ...range }), ({ publication }) => publication);

describe("MemoryEventStore", () => {
  it("drops the oldest event beyond maxEvents, and counts it", () => {
    const metrics = new CounterMetrics();
    const store = new MemoryEventStore({ ...MUCH, maxEvents: 3 }, metrics);
    for (let id = 1; id <= 5; id++) store.append(event(id));
    expect(ids(store)).toEqual([3, 4, 5]);
    expect(store.position(2)).toBeUndefined();
    expect(metrics.get("limit_event_history")).toBe(2);
  });

  it("drops the oldest event beyond maxBytes, which includes payload, details and restrictions", () => {
    const store = new MemoryEventStore({ ...MUCH, maxBytes: 5_000 }, new CounterMetrics());
    for (let id = 1; id <= 9; id++) store.append(event(id, { args: ["x".repeat(1_000)] }));
    expect(ids(store)).toEqual([6, 7, 8, 9].slice(-ids(store).length));
    expect(ids(store).length).toBeGreaterThan(2);
    store.append({ ...event(10), restrictions: { eligible_authid: ["y".repeat(4_500)] } });
    expect(ids(store)).toEqual([10]);
    store.append(event(11, { args: ["z".repeat(6_000)] }));
    expect(ids(store)).toEqual([]);
    store.append(event(12));
    expect(ids(store)).toEqual([12]);
  });

  it("keeps positions while it drops and compacts", () => {
    const store = new MemoryEventStore({ ...MUCH, maxEvents: 100 }, new CounterMetrics());
    const positions = Array.from({ length: 5_000 }, (_, index) => {
      store.append(event(index + 1));
      return store.position(index + 1);
    });
    expect(positions).toEqual(positions.map((_, index) => index));
    expect(ids(store)).toEqual(Array.from({ length: 100 }, (_, index) => 4_901 + index));
    expect(ids(store, { reverse: true, last: 4_950 })).toEqual(Array.from({ length: 51 }, (_, index) => 4_951 - index));
  });

  it.each([false, true])("reads while events come and go (reverse: %s)", (reverse) => {
    const store = new MemoryEventStore({ ...MUCH, maxEvents: 4 }, new CounterMetrics());
    for (let id = 1; id <= 4; id++) store.append(event(id));
    const seen: number[] = [];
    for (const { publication } of store.read({ ...ALL, reverse })) {
      seen.push(publication);
      if (seen.length === 1) for (let id = 5; id <= 7; id++) store.append(event(id));
      if (seen.length > 20) break;
    }
    expect(seen).toEqual(reverse ? [4] : [1, 4, 5, 6, 7]);
  });

  it("copies payloads into their own memory", () => {
    const store = new MemoryEventStore(MUCH, new CounterMetrics());
    const slab = new Uint8Array(100_000);
    slab.set(new TextEncoder().encode("[7]"), 500);
    store.append(event(1, new EncodedPayload(json, slab.subarray(500, 503), 1)));
    slab.fill(0);
    for (const { payload } of store.read(ALL)) {
      expect((payload as EncodedPayload).bytes.buffer.byteLength).toBe(3);
      expect(payload.args).toEqual([7]);
    }
  });
});
