import { expect, test } from "vitest";
import { median, middleHalf } from "./statistics.js";

test("half of the values are within the bounds, the median among them", () => {
  const values = [9, 1, 8, 2, 7, 3, 6, 4, 5];
  expect(median(values)).toBe(5);
  expect(middleHalf(values)).toEqual([3, 7]);
});

test("few values are all within the bounds", () => {
  expect(middleHalf([2, 1, 3])).toEqual([1, 3]);
  expect(middleHalf([4])).toEqual([4, 4]);
});
