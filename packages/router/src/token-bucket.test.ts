import type { Clock } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.js";

test("a full bucket is a burst; after it tokens come back with time", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 10);
  for (let taken = 0; taken < 10; taken++) expect(bucket.take(1, 10)).toBe(0);
  expect(bucket.take(1, 10)).toBe(100);
  clock.advance(100);
  expect(bucket.take(1, 10)).toBe(100);
  clock.advance(99);
  expect(bucket.take(1, 10)).toBe(101);
});

test("whoever waits as long as it says is on time again", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 3);
  let taken = 0;
  while (clock.now() < 10_000) {
    clock.advance(bucket.take(1, 3));
    taken++;
  }
  expect(taken).toBeGreaterThanOrEqual(3 * 10);
  expect(taken).toBeLessThanOrEqual(3 * 11 + 1);
});

test("time does not fill it beyond its size", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 10);
  clock.advance(1_000_000);
  bucket.take(10, 10);
  clock.advance(1_000_000);
  expect(bucket.take(11, 10)).toBe(100);
});

test("more than it holds is paid off in time", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 100);
  expect(bucket.take(1100, 100)).toBe(10_000);
  clock.advance(10_000);
  expect(bucket.take(100, 100)).toBe(1000);
});

test("a wall clock that is set back takes nothing away", () => {
  let [now, elapsed] = [10_000, 0.5];
  const clock: Clock = { now: () => now, monotonic: () => elapsed, schedule: () => () => {} };
  const bucket = new TokenBucket(clock, 10);
  bucket.take(10, 10);
  now = 0;
  expect(bucket.take(1, 10)).toBe(100);
  elapsed = 100.5;
  expect(bucket.take(0, 10)).toBe(0);
});

test("the rate may change", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 10);
  bucket.take(10, 10);
  expect(bucket.take(1, 1000)).toBe(1);
});

test("periods of another length", () => {
  const bucket = new TokenBucket(new FakeClock(), 60, 60_000);
  expect(bucket.take(60, 60)).toBe(0);
  expect(bucket.take(1, 60)).toBe(1000);
});

test("takes nothing when there is not enough, if it is asked to", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 2);
  expect([1, 1, 1, 1].map((amount) => bucket.tryTake(amount, 2))).toEqual([true, true, false, false]);
  clock.advance(500);
  expect([2, 1, 1].map((amount) => bucket.tryTake(amount, 2))).toEqual([false, true, false]);
});
