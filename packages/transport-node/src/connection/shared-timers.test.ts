import { FakeClock } from "@kreuz/testkit";
import { beforeEach, expect, test } from "vitest";
import { SharedTimers } from "./shared-timers.js";

let clock: FakeClock;
let timers: SharedTimers;
let times: number[];
const item = (onTime = (): void => {}): { onTime(): void } => ({
  onTime: () => {
    times.push(clock.now());
    onTime();
  },
});

beforeEach(() => {
  clock = new FakeClock(1_000_003);
  timers = new SharedTimers(clock, 10);
  times = [];
});

test("what is due within a grain shares one timer, and is never early", () => {
  for (const delay of [8, 9, 17, 18]) timers.schedule(item(), delay);
  expect(clock.pending).toBe(2);
  clock.advance(100);
  expect(times).toEqual([1_000_020, 1_000_020, 1_000_020, 1_000_030]);
  expect(clock.pending).toBe(0);
});

test("what is cancelled is not called, and leaves no timer behind", () => {
  const [one, other] = [item(), item()];
  const time = timers.schedule(one, 10);
  timers.schedule(other, 10);
  timers.cancel(one, time);
  timers.cancel(one, time);
  expect(clock.pending).toBe(1);
  timers.cancel(other, time);
  expect(clock.pending).toBe(0);
  clock.advance(100);
  expect(times).toEqual([]);
});

test("whoever is called can cancel the others, and schedule itself again", () => {
  const other = item();
  const one = item(() => {
    timers.cancel(other, time);
    if (times.length < 3) timers.schedule(one, 0);
  });
  const time = timers.schedule(one, 7);
  timers.schedule(other, 7);
  clock.advance(100);
  expect(times).toEqual([1_000_010, 1_000_020, 1_000_030]);
  expect(clock.pending).toBe(0);
});

test("very many that are due at once are called in several turns", () => {
  for (let index = 0; index < 600; index++) timers.schedule(item(), 7);
  clock.advance(7);
  expect(times.length).toBe(256);
  clock.advance(1);
  expect(times.length).toBe(512);
  clock.advance(1);
  expect(times.length).toBe(600);
  expect(clock.pending).toBe(0);
});
