import { expect, it } from "vitest";
import { pathOf, topOf } from "./chart-scale.js";

it.each([
  [[], 10, 10],
  [[3, 11], 10, 20],
  [[0.0031], 0.001, 0.004],
  [[950], 10, 1000],
  [[null, 42], 1, 60],
])("the top of %j, at least %d, is %d", (values, atLeast, top) =>
  expect(topOf([values as (number | null)[]], atLeast)).toBeCloseTo(top, 9),
);

it("draws lines with gaps, and a point alone as a dot", () => {
  expect(pathOf([0, 5, null, 10], 10, 300)).toBe("M0 100h0L100 50M300 0h0");
  expect(pathOf([null, null], 10, 300)).toBe("");
});
