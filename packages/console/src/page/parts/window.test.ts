import { expect, it } from "vitest";
import { moveOf } from "./table-keys.js";
import { scrollTo, windowOf } from "./window.js";

it.each([
  [100_000, 0, { first: 0, end: 30 }],
  [100_000, 32_000, { first: 990, end: 1030 }],
  [100_000, 3_199_360, { first: 99_970, end: 100_000 }],
  [5, 0, { first: 0, end: 5 }],
  [5, 9999, { first: 5, end: 5 }],
  [0, 0, { first: 0, end: 0 }],
])("of %d rows, scrolled by %d, few are drawn", (rows, scrollTop, expected) =>
  expect(windowOf(rows, 32, scrollTop, 640)).toEqual(expected),
);

it("scrolls no further than it must", () => {
  expect(scrollTo(5, 32, 0, 640)).toBe(0);
  expect(scrollTo(50, 32, 0, 640)).toBe(50 * 32 + 64 - 640);
  expect(scrollTo(5, 32, 640, 640)).toBe(160);
});

it.each([
  ["ArrowDown", 3, 4],
  ["k", 0, 0],
  ["PageDown", 95, 99],
  ["End", 0, 99],
  ["Home", 50, 0],
  ["q", 50, undefined],
])("%s moves from %d to %d of 100", (key, current, expected) => {
  const event = { key, ctrlKey: false, metaKey: false, altKey: false };
  expect(moveOf(event, current, 100, 20)).toBe(expected);
  expect(moveOf({ ...event, ctrlKey: true }, current, 100, 20)).toBeUndefined();
});
