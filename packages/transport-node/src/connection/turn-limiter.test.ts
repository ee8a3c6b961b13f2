import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { Flusher } from "../output/flusher.js";
import { Inbound } from "./turn-limiter.js";

/** A source that notes whether it may speak, and everything that was given to the owner. */
let reading: boolean;
let given: number[];
let onFrame: (frame: number) => void;
let inbound: Inbound;
let turns: Flusher;

beforeEach(() => {
  reading = true;
  given = [];
  onFrame = () => {};
  const source = { pause: () => void (reading = false), resume: () => void (reading = true) };
  turns = new Flusher();
  inbound = new Inbound(source, turns, ([low = 0, high = 0]) => {
    given.push(low + high * 256);
    onFrame(low + high * 256);
  });
});

const push = (from: number, to: number): void => {
  for (let frame = from; frame < to; frame++) inbound.push(Uint8Array.of(frame & 255, frame >> 8));
};
const upTo = (end: number): number[] => Array.from({ length: end }, (_, frame) => frame);

describe("a chunk with very many frames", () => {
  test("is delivered in parts, in order, and the source waits meanwhile", async () => {
    push(0, 250);
    expect(given).toEqual(upTo(32));
    expect(reading).toBe(false);
    await turn();
    expect(given).toEqual(upTo(64));
    for (let rest = 0; rest < 10; rest++) await turn();
    expect(given).toEqual(upTo(250));
    expect(reading).toBe(true);
  });

  test("lets others have their turn in between", async () => {
    const other = new Inbound({ pause: () => {}, resume: () => {} }, turns, () => given.push(-1));
    push(0, 300);
    other.push(Uint8Array.of(0));
    for (let rest = 0; rest < 12; rest++) await turn();
    expect(given.indexOf(-1)).toBe(32);
    expect(given).toHaveLength(301);
  });

  test("keeps its order with what comes later", async () => {
    push(0, 50);
    await turn();
    push(50, 60);
    for (let rest = 0; rest < 5; rest++) await turn();
    expect(given).toEqual(upTo(60));
  });

  test("of a connection that is paused meanwhile waits for it to go on", async () => {
    push(0, 50);
    inbound.pause();
    await turn();
    expect(given).toEqual(upTo(32));
    expect(reading).toBe(false);
    inbound.resume();
    await turn();
    expect(given).toEqual(upTo(50));
    expect(reading).toBe(true);
  });

  test("that is paused and resumed within one turn does not jump the queue", async () => {
    push(0, 50);
    inbound.pause();
    inbound.resume();
    await Promise.resolve();
    expect(given).toEqual(upTo(32));
    await turn();
    expect(given).toEqual(upTo(50));
  });

  test("of a connection that ends is dropped, and its end can be seen", async () => {
    push(0, 50);
    inbound.stop();
    for (let rest = 0; rest < 3; rest++) await turn();
    expect(given).toEqual(upTo(32));
    expect(reading).toBe(true);
  });

  test("of which the owner stops at one", async () => {
    onFrame = (frame) => {
      if (frame === 40) inbound.stop();
    };
    push(0, 50);
    await turn();
    expect(given).toEqual(upTo(41));
  });
});

test("frames that cause very much are delivered one in each turn", async () => {
  onFrame = () => {
    const end = performance.now() + 3;
    while (performance.now() < end);
  };
  push(0, 3);
  expect(given).toEqual([0]);
  await turn();
  expect(given).toEqual([0, 1]);
  await turn();
  expect(given).toEqual([0, 1, 2]);
});

test("many frames in few at a time are delivered at once", async () => {
  for (let frame = 0; frame < 100; frame += 20) {
    push(frame, frame + 20);
    expect(given).toEqual(upTo(frame + 20));
    expect(reading).toBe(true);
    await turn();
  }
});

test("time between turns is nobody's", async () => {
  push(0, 1);
  await wait(5);
  push(1, 2);
  expect(reading).toBe(true);
});

test("a few frames are delivered at once", () => {
  push(0, 20);
  expect(given).toEqual(upTo(20));
  expect(reading).toBe(true);
});
