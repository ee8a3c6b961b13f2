import { expect, it } from "vitest";
import type { RealmNumbers, Stats } from "./contract.js";
import { sumStats } from "./sum-stats.js";

const realm = (factor: number, registrations: number): RealmNumbers =>
  ({
    sessions: factor,
    registrations,
    subscriptions: factor,
    messagesIn: factor === 1 ? { CALL: 1 } : { CALL: factor, PUBLISH: factor },
    callSeconds: { bounds: [1, 2], counts: [factor, 0, factor], sum: factor },
  }) as unknown as RealmNumbers;

const stats = (factor: number, realms: Stats["realms"]): Stats => ({
  at: factor,
  process: {
    cpuSeconds: factor,
    memoryBytes: factor,
    heapBytes: factor,
    eventLoopDelay: { p50: 1 / factor, p99: factor, max: 5 },
    clientBytes: factor,
    maxClientBytes: factor,
  },
  listeners: { [`port-${factor % 2}`]: { connections: factor, refused: { limit: factor } } as never },
  limits: { frames: factor },
  realms,
});

it("adds what nodes count, takes the worst delay, and the registrations that all know", () => {
  const own = stats(1, { "com.a": realm(1, 7), "com.own": realm(1, 1) });
  const others = [stats(2, { "com.a": realm(2, 7), "com.theirs": realm(2, 1) }), stats(3, { "com.a": realm(3, 7) })];
  expect(sumStats(own, others)).toEqual({
    at: 1,
    process: {
      cpuSeconds: 6,
      memoryBytes: 6,
      heapBytes: 6,
      eventLoopDelay: { p50: 1, p99: 3, max: 5 },
      clientBytes: 6,
      maxClientBytes: 6,
    },
    listeners: {
      "port-1": { connections: 4, refused: { limit: 4 } },
      "port-0": { connections: 2, refused: { limit: 2 } },
    },
    limits: { frames: 6 },
    realms: {
      "com.a": {
        sessions: 6,
        registrations: 7,
        subscriptions: 6,
        messagesIn: { CALL: 6, PUBLISH: 5 },
        callSeconds: { bounds: [1, 2], counts: [6, 0, 6], sum: 6 },
      },
      "com.own": realm(1, 1),
    },
  });
});

it("of one node, gives what it counts", () => {
  const own = stats(1, { "com.a": realm(1, 7) });
  expect(sumStats(own, [])).toEqual(own);
});
