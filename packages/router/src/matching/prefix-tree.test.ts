import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixTree } from "./prefix-tree.js";

/** Few characters make many shared prefixes; one is made of two code units, so that edges may split within it. */
const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "😀", "😁"), maxLength: 8 });

const collect = <T>(tree: PrefixTree<T>, of: string): T[] => {
  const found: T[] = [];
  tree.collect(of, found);
  return found;
};

describe("PrefixTree", () => {
  it("finds what a scan of all prefixes finds, the shortest first, after any sets and deletes", () => {
    const step = fc.record({ prefix: text, set: fc.boolean(), value: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(text, { maxLength: 20 }), (steps, queries) => {
        const tree = new PrefixTree<number>();
        const reference = new Map<string, number>();
        for (const { prefix, set, value } of steps) {
          if (set) {
            tree.set(prefix, value);
            reference.set(prefix, value);
          } else {
            tree.delete(prefix);
            reference.delete(prefix);
          }
          expect(tree.size).toBe(reference.size);
        }
        for (const query of [...queries, ...steps.map(({ prefix }) => prefix)]) {
          const expected = [...reference.keys()].filter((prefix) => query.startsWith(prefix));
          expected.sort((a, b) => a.length - b.length);
          expect(collect(tree, query)).toEqual(expected.map((prefix) => reference.get(prefix)));
          expect(tree.get(query)).toBe(reference.get(query));
        }
      }),
    );
  });

  it("is empty after everything was deleted, in whatever order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 40 }), fc.func(fc.nat()), text, (prefixes, order, query) => {
        const tree = new PrefixTree<string>();
        for (const prefix of prefixes) tree.set(prefix, prefix);
        expect(tree.size).toBe(prefixes.length);
        for (const prefix of prefixes.toSorted((a, b) => order(a) - order(b))) tree.delete(prefix);
        expect(tree.size).toBe(0);
        for (const prefix of [...prefixes, query])
          expect([tree.get(prefix), collect(tree, prefix)]).toEqual([undefined, []]);
      }),
    );
  });

  it("takes the longest URI there is, split at every character", () => {
    const tree = new PrefixTree<number>();
    const long = "x".repeat(1024);
    for (let length = 0; length <= long.length; length++) tree.set(long.slice(0, length), length);
    expect(collect(tree, long)).toHaveLength(1025);
    for (let length = 0; length <= long.length; length += 2) tree.delete(long.slice(0, length));
    expect(collect(tree, long)).toHaveLength(512);
  });
});
