import { expect, test } from "vitest";
import { Multimap } from "./multimap.js";

const [a, b, c] = [{ name: "a" }, { name: "b" }, { name: "c" }];

test("a key has none, one or several values, each of them once", () => {
  const map = new Multimap<string, object>();
  expect(map.count("x")).toBe(0);
  map.add("x", a);
  map.add("x", a);
  expect(map.all(["x"])).toEqual([a]);
  map.add("x", b);
  map.add("x", b);
  map.add("y", c);
  expect(map.count("x")).toBe(2);
  expect(map.all(["x", "y", "x", "z"])).toEqual([a, b, c]);
});

test("what was removed is gone, and nothing else", () => {
  const map = new Multimap<string, object>();
  for (const value of [a, b]) map.add("x", value);
  map.add("y", c);
  map.remove("x", c);
  map.remove("y", a);
  map.remove("z", a);
  expect(map.all(["x", "y"])).toEqual([a, b, c]);
  map.remove("x", a);
  expect(map.all(["x"])).toEqual([b]);
  map.remove("x", b);
  map.remove("y", c);
  expect(map.count("x") + map.count("y")).toBe(0);
  map.add("x", c);
  expect(map.all(["x", "y"])).toEqual([c]);
});
