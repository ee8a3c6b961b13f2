import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WildcardTree } from "./wildcard-tree.js";

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

const collect = (tree: WildcardTree<string>, of: string, most?: number): string[] => {
  const found: string[] = [];
  tree.collect(of, found, most);
  return found;
};

describe("WildcardTree", () => {
  it("finds what a scan of all patterns finds, the best first, after any sets and deletes", () => {
    const step = fc.record({ pattern, set: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(uri, { maxLength: 20 }), (steps, queries) => {
        const tree = new WildcardTree<string>();
        const reference = new Set<string>();
        for (const { pattern: at, set } of steps) {
          if (set) {
            tree.set(at, at);
            reference.add(at);
          } else {
            tree.delete(at);
            reference.delete(at);
          }
          expect(tree.size).toBe(reference.size);
          expect(tree.get(at)).toBe(set ? at : undefined);
        }
        for (const query of queries) {
          const expected = [...reference].filter((at) => matches(at, query));
          const found = collect(tree, query);
          expect(found.toSorted()).toEqual(expected.toSorted());
          // Two patterns that match one URI and have the same portions are the same pattern.
          expect(found).toEqual(expected.toSorted(byPortions));
          expect(collect(tree, query, 1)).toEqual(found.slice(0, 1));
        }
      }),
    );
  });

  it("is empty after everything was deleted, in whatever order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 40 }), fc.func(fc.nat()), uri, (patterns, order, query) => {
        const tree = new WildcardTree<string>();
        for (const at of patterns) tree.set(at, at);
        for (const at of patterns.toSorted((a, b) => order(a) - order(b))) tree.delete(at);
        expect(tree.size).toBe(0);
        expect(collect(tree, query)).toEqual([]);
        for (const at of patterns) expect(tree.get(at)).toBeUndefined();
      }),
    );
  });

  it("ignores a delete of what was never set, also above and below what was", () => {
    const tree = new WildcardTree<string>();
    tree.set("a..c", "x");
    for (const absent of ["a", "a.", "a..", "a..c.d", "b", "", "a.b.c"]) tree.delete(absent);
    expect(tree.size).toBe(1);
    expect(collect(tree, "a.b.c")).toEqual(["x"]);
  });

  it("takes the longest URI there is, all wildcards", () => {
    const tree = new WildcardTree<string>();
    tree.set(".".repeat(511), "x");
    expect(collect(tree, Array.from({ length: 512 }, () => "a").join("."))).toEqual(["x"]);
  });
});
