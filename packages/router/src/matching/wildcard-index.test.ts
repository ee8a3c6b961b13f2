import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WildcardIndex } from "./wildcard-index.js";

const component = fc.constantFrom("a", "b", "c");
const uri = fc.array(component, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("."));
const pattern = fc
  .array(fc.constantFrom("a", "b", "", ""), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("."));

function matches(patternUri: string, concrete: string): boolean {
  const [wanted, given] = [patternUri.split("."), concrete.split(".")];
  return wanted.length === given.length && wanted.every((part, index) => part === "" || part === given[index]);
}

/** Lengths of the runs of components before, between and after the wildcards: the specification's measure. */
function portions(patternUri: string): number[] {
  const lengths = [0];
  for (const part of patternUri.split(".")) {
    if (part === "") lengths.push(0);
    else lengths[lengths.length - 1]! += 1;
  }
  return lengths;
}

function byPortions(one: string, other: string): number {
  const [a, b] = [portions(one), portions(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (b[index] ?? 0) - (a[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const collect = (index: WildcardIndex<string>, of: string, max?: number): string[] => {
  const found: string[] = [];
  index.collect(of, found, max);
  return found;
};

describe("WildcardIndex", () => {
  it("finds what a scan of all patterns finds, the best first, after any sets and deletes", () => {
    const step = fc.record({ pattern, set: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(uri, { maxLength: 20 }), (steps, queries) => {
        const index = new WildcardIndex<string>();
        const reference = new Set<string>();
        for (const { pattern: at, set } of steps) {
          if (set) {
            index.set(at, at);
            reference.add(at);
          } else {
            index.delete(at);
            reference.delete(at);
          }
          expect(index.size).toBe(reference.size);
          expect(index.get(at)).toBe(set ? at : undefined);
        }
        for (const query of queries) {
          const expected = [...reference].filter((at) => matches(at, query));
          const found = collect(index, query);
          expect(found.toSorted()).toEqual(expected.toSorted());
          // Two patterns that match one URI and have the same portions are the same pattern.
          expect(found).toEqual(expected.toSorted(byPortions));
          expect(collect(index, query, 1)).toEqual(found.slice(0, 1));
        }
      }),
    );
  });

  it("is empty after everything was deleted, in whatever order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 40 }), fc.func(fc.nat()), uri, (patterns, order, query) => {
        const index = new WildcardIndex<string>();
        for (const at of patterns) index.set(at, at);
        for (const at of patterns.toSorted((a, b) => order(a) - order(b))) index.delete(at);
        expect(index.size).toBe(0);
        expect(collect(index, query)).toEqual([]);
        for (const at of patterns) expect(index.get(at)).toBeUndefined();
      }),
    );
  });

  it("ignores a delete of what was never set, also above and below what was", () => {
    const index = new WildcardIndex<string>();
    index.set("a..c", "x");
    for (const absent of ["a", "a.", "a..", "a..c.d", "b", "", "a.b.c"]) index.delete(absent);
    expect(index.size).toBe(1);
    expect(collect(index, "a.b.c")).toEqual(["x"]);
  });

  it("takes the longest URI there is, all wildcards", () => {
    const index = new WildcardIndex<string>();
    index.set(".".repeat(511), "x");
    expect(collect(index, Array.from({ length: 512 }, () => "a").join("."))).toEqual(["x"]);
  });

  it("looks up long patterns made to be slow in a bounded number of steps, and refuses the shapes beyond", () => {
    const index = new WildcardIndex<number>();
    // Every choice of wildcards among 12 components: a tree would follow all of them.
    const patterns = Array.from({ length: 4096 }, (_, mask) =>
      Array.from({ length: 12 }, (_, position) => ((mask >> position) & 1 ? "" : "a")).join("."),
    );
    /** What one owner may add of all of them. */
    const take = (owner: number): string[] =>
      patterns.filter((at, mask) => {
        if (index.get(at) !== undefined || !index.hasRoomFor(at, owner)) return false;
        index.set(at, mask, owner);
        return true;
      });
    const [first, ...others] = Array.from({ length: 8 }, (_, owner) => take(owner)) as [string[], ...string[][]];
    expect([first, ...others].map(({ length }) => length)).toEqual(Array(8).fill(32));
    // What is left is for those that have few.
    expect(take(0)).toEqual([]);
    expect(take(8)).toHaveLength(4);
    for (let owner = 9; owner < 100; owner++) take(owner);
    expect(take(100)).toEqual([]);
    const found: number[] = [];
    index.collect(Array.from({ length: 12 }, () => "a").join("."), found);
    expect(found).toHaveLength(512);
    // A pattern of a known shape has room, whatever its literals; so have patterns of other lengths.
    expect(index.hasRoomFor(first.at(-1)!.replaceAll("a", "b"), 100)).toBe(true);
    expect(index.hasRoomFor("a..c", 100)).toBe(true);
    index.delete(first[0]!);
    expect(index.hasRoomFor(patterns.at(-1)!, 100)).toBe(true);
  });

  it("takes every shape of up to eight components", () => {
    const index = new WildcardIndex<number>();
    for (let mask = 0; mask < 256; mask++) {
      const at = Array.from({ length: 8 }, (_, position) => ((mask >> position) & 1 ? "" : "x")).join(".");
      expect(index.hasRoomFor(at, 1)).toBe(true);
      index.set(at, mask, 1);
    }
    expect(index.size).toBe(256);
  });
});
