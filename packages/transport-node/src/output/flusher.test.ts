import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Flusher } from "./flusher.js";

/** Items that note when they are flushed. */
function items(count: number): { flushed: number[]; all: { flush(): void }[] } {
  const flushed: number[] = [];
  const all = Array.from({ length: count }, (_, item) => ({ flush: () => void flushed.push(item) }));
  return { flushed, all };
}

test("what was added is flushed at the end of the turn, in order", async () => {
  const { flushed, all } = items(100);
  const flusher = new Flusher();
  for (const item of all) flusher.add(item);
  expect(flushed).toEqual([]);
  await turn();
  expect(flushed).toEqual([...all.keys()]);
});

test("very many are flushed over several turns, what is added meanwhile after them", async () => {
  const { flushed, all } = items(1000);
  const flusher = new Flusher();
  for (const item of all.slice(0, 900)) flusher.add(item);
  await turn();
  expect(flushed).toHaveLength(256);
  for (const item of all.slice(900)) flusher.add(item);
  for (let turns = 0; turns < 3; turns++) await turn();
  expect(flushed).toEqual([...all.keys()]);
});

test("an item can be added again while others are flushed", async () => {
  const flusher = new Flusher();
  let flushes = 0;
  const item = {
    flush: () => {
      if (++flushes < 3) flusher.add(item);
    },
  };
  flusher.add(item);
  for (let turns = 0; turns < 4; turns++) await turn();
  expect(flushes).toBe(3);
});
