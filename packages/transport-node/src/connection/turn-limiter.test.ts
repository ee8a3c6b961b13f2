import { setImmediate as nextTurn } from "node:timers/promises";
import { Budget } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
  const created: TurnLimiter[] = [];
  afterEach(() => {
    for (const connection of created.splice(0)) connection.stop();
  });
  const heavy = (name: number, cost: number): TurnLimiter => {
    const source = { pause: () => {}, resume: () => {} };
    const deliver = (): void => {
      delivered.push(name);
      clock.advance(cost);
    };
    const connection = new TurnLimiter(source, pace, { deliver }, undefined);
    created.push(connection);
    return connection;
  };
  const fill = (connection: TurnLimiter, frames: number): void => {
    for (let frame = 0; frame < frames; frame++) connection.push(Uint8Array.of(0));
  };
  const countOf = (name: number): number => delivered.filter((other) => other === name).length;

  test("is divided among the connections that all have work left", async () => {
    const connections = Array.from({ length: 10 }, (_, name) => heavy(name, 0.1));
    for (const connection of connections) fill(connection, 1000);
    await manyTurns(2);
    delivered = [];
    const before = clock.now();
    await nextTurn();
    for (const name of connections.keys()) expect([4, 5]).toContain(countOf(name));
    expect(clock.now() - before).toBeLessThan(6);
  });

  test("is bounded however many have work left: each has a slice in one of the next turns", async () => {
    const connections = Array.from({ length: 200 }, (_, name) => heavy(name, 0.1));
    for (const connection of connections) fill(connection, 1000);
    await manyTurns(2);
    delivered = [];
    for (let turn = 0; turn < 40; turn++) {
      const before = clock.now();
      await nextTurn();
      expect(clock.now() - before).toBeLessThan(5);
    }
    const counts = Array.from(connections.keys(), countOf);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
  });

  test("serves who sends little at once, however many have work left", async () => {
    const connections = Array.from({ length: 200 }, (_, name) => heavy(name, 0.1));
    for (const connection of connections) fill(connection, 1000);
    const light = heavy(-1, 0.1);
    for (let turn = 0; turn < 20; turn++) {
      await nextTurn();
      const before = countOf(-1);
      fill(light, 1);
      expect(countOf(-1)).toBe(before + 1);
    }
  });

  test("does not put off for long who sent one message that took long", async () => {
    const connections = Array.from({ length: 200 }, (_, name) => heavy(name, 0.1));
    for (const connection of connections) fill(connection, 1000);
    const light = heavy(-1, 1);
    await manyTurns(2);
    const read = (chunk: Buffer): void => light.push(chunk);
    for (let turn = 1; turn <= 10; turn++) {
      light.arrive(Buffer.of(0), read);
      await manyTurns(2);
      expect(countOf(-1)).toBe(turn);
    }
  });

  // Each sends the next message when the one before was delivered, and the light one comes last of those that arrive.
  test.each([0.1, 0.3, 1])(
    "serves who sends little before hundreds that send little again and again: %d ms each time",
    async (milliseconds) => {
      const ready = new Set<TurnLimiter>();
      const connect = (cost: number): TurnLimiter => {
        const source = { pause: () => {}, resume: () => {} };
        const deliver = (): void => {
          clock.advance(cost);
          ready.add(connection);
        };
        const connection = new TurnLimiter(source, pace, { deliver }, undefined);
        created.push(connection);
        return connection;
      };
      for (let count = 0; count < 200; count++) ready.add(connect(milliseconds));
      const light = connect(0.02);
      const waits: number[] = [];
      let since = 99;
      for (let turn = 0; turn < 1000; turn++) {
        if (turn === 100) ready.add(light);
        const senders = [...ready].filter((connection) => connection !== light);
        if (ready.has(light)) senders.push(light);
        ready.clear();
        for (const connection of senders) connection.arrive(Buffer.of(0), (chunk) => connection.push(chunk));
        await nextTurn();
        if (!ready.has(light) || turn < 100) continue;
        waits.push(turn - since);
        since = turn;
      }
      expect(waits.length).toBeGreaterThan(400);
      expect(Math.max(...waits)).toBeLessThan(5);
    },
  );

  test("reads only so much of the data that arrives in it; the rest comes first in the next one, in order", async () => {
    const read: string[] = [];
    const connections = Array.from({ length: 100 }, (_, name) => heavy(name, 0));
    const arrive = (data: string): void => {
      for (const [name, connection] of connections.entries())
        connection.arrive(Buffer.from(data), (chunk) => {
          read.push(`${name} ${chunk.toString()}`);
          clock.advance(0.1);
          connection.push(chunk);
        });
    };
    arrive("a");
    expect(read.length).toBeGreaterThanOrEqual(40);
    expect(read.length).toBeLessThanOrEqual(41);
    await nextTurn();
    expect(read.length).toBeGreaterThanOrEqual(80);
    expect(read.length).toBeLessThanOrEqual(82);
    await nextTurn();
    expect(read).toEqual(Array.from(connections.keys(), (name) => `${name} a`));
    expect(delivered.length).toBe(100);
  });

  test("is bounded when much data arrives at many: it waits unread, and nobody who sends little waits for it", async () => {
    let read = 0;
    const connections = Array.from({ length: 200 }, (_, name) => heavy(name, 0.1));
    const light = heavy(-1, 0.1);
    for (const connection of connections)
      connection.arrive(Buffer.alloc(65_536), () => {
        read++;
        clock.advance(1);
        fill(connection, 100);
      });
    expect(read).toBeLessThanOrEqual(5);
    for (let turn = 1; turn <= 30; turn++) {
      const before = clock.now();
      light.arrive(Buffer.of(0), (chunk) => light.push(chunk));
      expect(countOf(-1)).toBeGreaterThanOrEqual(turn - 1);
      await nextTurn();
      expect(clock.now() - before).toBeLessThan(4 + 1.3);
    }
    expect(read).toBeGreaterThan(50);
  });

  test("lets those that send much read in turn, and what the others send stays with the system", async () => {
    const counts = new Map<number, number>();
    const readers = Array.from({ length: 100 }, (_, name) => {
      const reader = { reads: true };
      const source = { pause: () => void (reader.reads = false), resume: () => void (reader.reads = true) };
      const connection = new TurnLimiter(source, pace, { deliver: () => {} }, budget.open({ cut: () => {} }));
      created.push(connection);
      const read = (): void => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        clock.advance(0.2);
      };
      // Each sends much more than can be handled.
      return () => reader.reads && connection.arrive(Buffer.alloc(65_536), read);
    });
    const light = heavy(-1, 0.1);
    const turn = async (): Promise<number> => {
      const before = clock.now();
      for (const arrive of readers) arrive();
      light.arrive(Buffer.of(0), (chunk) => light.push(chunk));
      await nextTurn();
      return clock.now() - before;
    };
    // At first, something of everybody had arrived.
    for (let count = 0; count < 10; count++) await turn();
    counts.clear();
    delivered = [];
    for (let count = 1; count <= 100; count++) {
      expect(await turn()).toBeLessThan(4 + 2 * 0.2 + 0.11);
      expect(budget.bytes).toBeLessThan(8 * 65_536);
      expect(countOf(-1)).toBeGreaterThanOrEqual(count - 1);
    }
    const times = [...counts.values()];
    expect(times).toHaveLength(100);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(17);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(3);
  });

  test("is not kept from one that sends much alone, nor when the others have stopped", async () => {
    const other = heavy(1, 0.1);
    let [reads, chunks] = [true, 0];
    const source = { pause: () => void (reads = false), resume: () => void (reads = true) };
    const alone = new TurnLimiter(source, pace, { deliver: () => {} }, undefined);
    created.push(alone);
    const arrive = (): void => alone.arrive(Buffer.alloc(65_536), () => void chunks++);
    fill(other, 1000);
    arrive();
    await manyTurns(1);
    other.stop();
    await manyTurns(3);
    expect([reads, chunks]).toEqual([true, 1]);
    for (let count = 2; count < 20; count++) {
      arrive();
      expect([reads, chunks]).toEqual([true, count]);
    }
  });

  test("is bounded although those that wait leave most of their work to later in the turn", async () => {
    let left = 0;
    const leaveWork = (): void =>
      process.nextTick(() => {
        left++;
        clock.advance(3);
      });
    const connections = Array.from({ length: 200 }, (_, name) => heavy(name, 0.1));
    pace.hasTime(1, limiter);
    clock.advance(100);
    for (const connection of connections) connection.arrive(Buffer.of(0), () => (clock.advance(0.5), leaveWork()));
    for (let turn = 0; turn < 20; turn++) {
      const before = clock.now();
      await nextTurn();
      // The last step may begin just before the end. It takes a millisecond, and leaves twice three.
      expect(clock.now() - before).toBeLessThan(4 + 1 + 6.1);
    }
    expect(left).toBeGreaterThan(20);
  });

  test("has time for those whose slice is over, however many come late", async () => {
    const busy = heavy(-1, 0.1);
    fill(busy, 1000);
    const late = Array.from({ length: 200 }, (_, name) => heavy(name, 0));
    const ready = new Set(late);
    await nextTurn();
    const [before, began] = [countOf(-1), clock.now()];
    for (let turn = 0; turn < 200; turn++) {
      for (const connection of ready) {
        ready.delete(connection);
        connection.arrive(Buffer.of(0), () => {
          clock.advance(0.1);
          queueMicrotask(() => ready.add(connection));
        });
      }
      const start = clock.now();
      await nextTurn();
      // The last slice may begin just before the end.
      expect(clock.now() - start).toBeLessThan(4 + 2.2);
    }
    const share = (clock.now() - began) / 201;
    expect((countOf(-1) - before) * 0.1).toBeGreaterThan(share);
  });

  test("belongs to the one that has work left, however many others send a little", async () => {
    const busy = heavy(-1, 0.1);
    const others = Array.from({ length: 64 }, (_, name) => heavy(name, 0.001));
    fill(busy, 1000);
    for (let turn = 0; turn < 3; turn++) {
      for (const other of others) fill(other, 1);
      delivered = [];
      await nextTurn();
      expect([20, 21]).toContain(countOf(-1));
    }
  });
});

describe("data that arrives when the turn has no time left", () => {
  const read = (chunk: Buffer): void => limiter.push(chunk);
  beforeEach(() => {
    pace.hasTime(1, limiter);
    clock.advance(100);
  });

  test("waits unread, is charged, and stops the source", async () => {
    limiter.arrive(Buffer.of(1, 0), read);
    expect([delivered, reading, budget.pieces]).toEqual([[], false, 1]);
    await nextTurn();
    expect([delivered, reading, budget.bytes]).toEqual([[1], true, 0]);
  });

  test("keeps its order with what comes after it, and with a pause in between", async () => {
    limiter.arrive(Buffer.of(1, 0), read);
    limiter.pause();
    limiter.arrive(Buffer.of(2, 0), read);
    await manyTurns(2);
    expect(delivered).toEqual([]);
    limiter.resume();
    limiter.arrive(Buffer.of(3, 0), read);
    await manyTurns(2);
    expect([delivered, reading]).toEqual([[1, 2, 3], true]);
  });

  test("is read when the connection stops, so that its end can be seen", () => {
    const seen: number[] = [];
    limiter.arrive(Buffer.of(1, 0), ([byte = 0]) => void seen.push(byte));
    limiter.stop();
    expect([seen, reading, budget.bytes]).toEqual([[1], true, 0]);
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
