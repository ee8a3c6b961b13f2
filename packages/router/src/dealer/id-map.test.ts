import fc from "fast-check";
import { MAX_ID } from "@kreuz/codec";
import { expect, test } from "vitest";
import { CryptoRandom } from "../random.js";
import { IdMap, IdScatter } from "./id-map.js";

const scatter = new IdScatter(new CryptoRandom());

/** Few ids, far apart and close together, many of which meet in the same place. */
const id = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 8 }).map((factor) => factor * 1024),
  fc.integer({ min: MAX_ID - 20, max: MAX_ID }),
  fc.constantFrom(2 ** 31, 2 ** 31 + 16, 2 ** 32, 2 ** 32 + 16),
);
const step = fc.record({ action: fc.constantFrom("set", "set", "delete"), id, value: fc.nat() });

test("does what a Map does", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new IdMap<number>(scatter);
      const model = new Map<number, number>();
      for (const { action, id, value } of steps) {
        if (action === "delete") expect(map.delete(id)).toBe(model.delete(id));
        else {
          map.set(id, value);
          model.set(id, value);
        }
        expect(map.size).toBe(model.size);
        expect(map.get(id)).toBe(model.get(id));
      }
      for (const { id } of steps) expect(map.get(id)).toBe(model.get(id));
      expect(map.values()).toEqual([...model].toSorted(([a], [b]) => a - b).map(([, value]) => value));
    }),
  );
});

test("grows with what it holds and gives the room back", () => {
  const map = new IdMap<object>(scatter);
  const value = {};
  for (let id = 1; id <= 10_000; id++) map.set(id, value);
  expect(map.size).toBe(10_000);
  for (let id = 1; id <= 10_000; id++) expect(map.get(id)).toBe(value);
  for (let id = 1; id <= 10_000; id++) expect(map.delete(id)).toBe(true);
  expect(map.size).toBe(0);
  expect(map.values()).toEqual([]);
});
