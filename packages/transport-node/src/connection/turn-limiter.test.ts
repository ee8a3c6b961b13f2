import { setImmediate as nextTurn } from "node:timers/promises";
import { Budget } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { Pace } from "./pace.js";
import { TurnLimiter } from "./turn-limiter.js";

/** What a frame costs: so much that 32 fit into the two milliseconds of a turn. */
const FRAME_MILLISECONDS = 2 / 31.5;

/** Whether the source may read, and everything that was delivered. */
let reading: boolean;
let delivered: number[];
let onFrame: (frame: number) => void;
let limiter: TurnLimiter;
let clock: FakeClock;
let cost: number;
let budget: Budget;
let pace: Pace;

beforeEach(() => {
  reading = true;
  delivered = [];
  onFrame = () => {};
  clock = new FakeClock();
  pace = new Pace(clock);
  const source = { pause: () => void (reading = false), resume: () => void (reading = true) };
  const receiver = {
    deliver([low = 0, high = 0]: Uint8Array) {
      delivered.push(low + high * 256);
      onFrame(low + high * 256);
      clock.advance(cost);
    },
  };
  cost = FRAME_MILLISECONDS;
  budget = new Budget();
  limiter = new TurnLimiter(source, pace, receiver, budget.open({ cut: () => {} }));
});

const push = (from: number, to: number): void => {
  for (let frame = from; frame < to; frame++) limiter.push(Uint8Array.of(frame & 255, frame >> 8));
};
const upTo = (end: number): number[] => Array.from({ length: end }, (_, frame) => frame);
const manyTurns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await nextTurn();
};

describe("a chunk with very many frames", () => {
  test("is delivered in parts, in order, and the source waits meanwhile", async () => {
    push(0, 250);
    expect(delivered).toEqual(upTo(32));
    expect(reading).toBe(false);
    await nextTurn();
    expect(delivered).toEqual(upTo(64));
    await manyTurns(10);
    expect(delivered).toEqual(upTo(250));
    expect(reading).toBe(true);
  });

  test("lets others have their turn in between", async () => {
    const other = new TurnLimiter(
      { pause: () => {}, resume: () => {} },
      pace,
      { deliver: () => void delivered.push(-1) },
      undefined,
    );
    push(0, 300);
    other.push(Uint8Array.of(0));
    await manyTurns(12);
    expect(delivered.indexOf(-1)).toBe(32);
    expect(delivered).toHaveLength(301);
  });

  test("keeps its order with what comes later", async () => {
    push(0, 50);
    await nextTurn();
    push(50, 60);
    await manyTurns(5);
    expect(delivered).toEqual(upTo(60));
  });

  test("of a connection that is paused meanwhile waits for resume", async () => {
    push(0, 50);
    limiter.pause();
    await nextTurn();
    expect(delivered).toEqual(upTo(32));
    expect(reading).toBe(false);
    limiter.resume();
    await nextTurn();
    expect(delivered).toEqual(upTo(50));
    expect(reading).toBe(true);
  });

  test("that is paused and resumed within one turn does not jump the queue", async () => {
    push(0, 50);
    limiter.pause();
    limiter.resume();
    await Promise.resolve();
    expect(delivered).toEqual(upTo(32));
    await nextTurn();
    expect(delivered).toEqual(upTo(50));
  });

  test("of a connection that ends is dropped, and its end can be seen", async () => {
    push(0, 50);
    limiter.stop();
    await manyTurns(3);
    expect(delivered).toEqual(upTo(32));
    expect(reading).toBe(true);
  });

  test("stops where the owner stops", async () => {
    onFrame = (frame) => {
      if (frame === 40) limiter.stop();
    };
    push(0, 50);
    await nextTurn();
    expect(delivered).toEqual(upTo(41));
  });
});

describe("the end of the peer", () => {
  let ended: boolean;
  const onEnd = (): void => void (ended = true);
  beforeEach(() => void (ended = false));

  test("is told at once when nothing waits", () => {
    push(0, 10);
    limiter.end(onEnd);
    expect(ended).toBe(true);
  });

  test("is told when everything before it has been delivered", async () => {
    push(0, 100);
    limiter.end(onEnd);
    await nextTurn();
    expect([delivered.length, ended]).toEqual([64, false]);
    await manyTurns(3);
    expect([delivered.length, ended]).toEqual([100, true]);
  });

  test("is not held up by a pause: what waits is dropped", async () => {
    push(0, 100);
    limiter.pause();
    limiter.end(onEnd);
    expect(ended).toBe(true);
    limiter.stop();
    await manyTurns(3);
    expect(delivered).toEqual(upTo(32));
  });

  test.each(["pause", "stop"] as const)("is told soon after %s, but not within it", async (call) => {
    push(0, 100);
    limiter.end(onEnd);
    onFrame = (frame) => {
      if (frame !== 40) return;
      limiter[call]();
      expect(ended).toBe(false);
    };
    await nextTurn();
    await Promise.resolve();
    expect([delivered.length, ended]).toEqual([41, true]);
  });
});

test("holding says whether frames are held back", async () => {
  push(0, 32);
  expect(limiter.holding).toBe(false);
  push(32, 33);
  expect(limiter.holding).toBe(true);
  await nextTurn();
  expect(limiter.holding).toBe(false);
  limiter.pause();
  expect(limiter.holding).toBe(true);
});

test("frames that cause a lot of work are delivered one in each turn", async () => {
  cost = 3;
  push(0, 3);
  expect(delivered).toEqual([0]);
  await nextTurn();
  expect(delivered).toEqual([0, 1]);
  await nextTurn();
  expect(delivered).toEqual([0, 1, 2]);
});

test("frames that take up to two milliseconds together are delivered in one turn", async () => {
  cost = 1;
  push(0, 4);
  expect(delivered).toEqual([0, 1, 2]);
  await nextTurn();
  expect(delivered).toEqual([0, 1, 2, 3]);
});

test("many frames in few at a time are delivered at once", async () => {
  for (let frame = 0; frame < 100; frame += 20) {
    push(frame, frame + 20);
    expect(delivered).toEqual(upTo(frame + 20));
    expect(reading).toBe(true);
    await nextTurn();
  }
});

test("time between turns does not count", async () => {
  push(0, 1);
  clock.advance(5);
  await nextTurn();
  push(1, 2);
  expect(reading).toBe(true);
});

test("a few frames are delivered at once", () => {
  push(0, 20);
  expect(delivered).toEqual(upTo(20));
  expect(reading).toBe(true);
});

describe("a turn of the event loop", () => {
  const heavy = (name: number, cost: number): TurnLimiter =>
    new TurnLimiter(
      { pause: () => {}, resume: () => {} },
      pace,
      {
        deliver() {
          delivered.push(name);
          clock.advance(cost);
        },
      },
      undefined,
    );
  const fill = (connection: TurnLimiter, frames: number): void => {
    for (let frame = 0; frame < frames; frame++) connection.push(Uint8Array.of(0));
  };
  const countOf = (name: number): number => delivered.filter((other) => other === name).length;

  test("is divided among the connections that all have work left", async () => {
    const connections = Array.from({ length: 40 }, (_, name) => heavy(name, 0.1));
    for (const connection of connections) fill(connection, 1000);
    await nextTurn();
    delivered = [];
    const before = clock.now();
    await nextTurn();
    for (const name of connections.keys()) expect([2, 3]).toContain(countOf(name));
    expect(clock.now() - before).toBeLessThan(13);
  });

  test("belongs to the one that has work left, however many others send a little", async () => {
    const busy = heavy(-1, 0.1);
    const others = Array.from({ length: 64 }, (_, name) => heavy(name, 0.001));
    fill(busy, 1000);
    for (let turn = 0; turn < 3; turn++) {
      for (const other of others) fill(other, 1);
      delivered = [];
      await nextTurn();
      expect(countOf(-1)).toBe(21);
    }
  });
});

test("frames that wait are charged until they are delivered", async () => {
  push(0, 42);
  expect(budget.pieces).toBe(10);
  await nextTurn();
  expect(budget.bytes).toBe(0);
  limiter.pause();
  push(0, 5);
  expect(budget.pieces).toBe(5);
  limiter.stop();
  expect(budget.bytes).toBe(0);
});

test("a million frames that wait are delivered without being moved each time", async () => {
  cost = 0;
  limiter.pause();
  push(0, 1);
  for (let frame = 1; frame < 1_000_000; frame++) limiter.push(Uint8Array.of(0));
  onFrame = () => {
    limiter.pause();
    limiter.resume();
  };
  limiter.resume();
  await manyTurns(1);
  expect(delivered).toHaveLength(1_000_000);
});
