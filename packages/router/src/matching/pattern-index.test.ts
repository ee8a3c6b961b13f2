import type { MatchPolicy } from "@kreuz/codec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern, PatternIndex } from "./pattern-index.js";

type Key = readonly [pattern: string, match: MatchPolicy];

const component = fc.constantFrom("a", "b", "ab");
const uri = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
const key: fc.Arbitrary<Key> = fc.oneof(
  uri.map((pattern): Key => [pattern, "exact"]),
  fc
    .oneof(
      uri,
      uri.map((prefix) => `${prefix}.`),
      fc.constant(""),
    )
    .map((pattern): Key => [pattern, "prefix"]),
  fc
    .array(fc.constantFrom("a", "b", "ab", ""), { minLength: 1, maxLength: 4 })
    .map((parts): Key => [parts.join("."), "wildcard"]),
);

/** The specification's algorithm as it is written there, over a list. */
function best(keys: readonly Key[], called: string): Key | undefined {
  const matching = keys.filter(([pattern, match]) => matchesPattern(called, pattern, match));
  const exact = matching.find(([, match]) => match === "exact");
  if (exact !== undefined) return exact;
  const prefixes = matching.filter(([, match]) => match === "prefix");
  if (prefixes.length > 0) return prefixes.reduce((one, other) => (other[0].length > one[0].length ? other : one));
  const wildcards = matching.filter(([, match]) => match === "wildcard");
  // More components before the first wildcard; where that is equal, before the second, and so on.
  const lengths = ([pattern]: Key): number[] => {
    const runs = [0];
    for (const part of pattern.split(".")) {
      if (part === "") runs.push(0);
      else runs[runs.length - 1]! += 1;
    }
    return runs;
  };
  return wildcards.toSorted((one, other) => {
    const [a, b] = [lengths(one), lengths(other)];
    const index = a.findIndex((length, at) => length !== b[at]);
    return index < 0 ? 0 : (b[index] ?? 0) - a[index]!;
  })[0];
}

const order: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

describe("PatternIndex", () => {
  it("gives the same matches and the same best one as a scan, after any sets and deletes", () => {
    const step = fc.record({ key, set: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.array(uri, { minLength: 1, maxLength: 20 }),
        (steps, queries) => {
          const index = new PatternIndex<Key>();
          const reference = new Map<string, Key>();
          for (const { key: at, set } of steps) {
            const [pattern, match] = at;
            if (set) {
              index.set(pattern, match, at);
              reference.set(`${match} ${pattern}`, at);
            } else {
              index.delete(pattern, match);
              reference.delete(`${match} ${pattern}`);
            }
            expect(index.get(pattern, match)).toBe(set ? at : undefined);
          }
          const keys = [...reference.values()];
          expect(index.size).toBe(keys.length);
          expect(index.hasPatterns).toBe(keys.some(([, match]) => match !== "exact"));
          for (const query of queries) {
            const all = index.all(query);
            const sorted = (list: readonly Key[]) => list.map(([pattern, match]) => `${match} ${pattern}`).toSorted();
            expect(sorted(all)).toEqual(
              sorted(keys.filter(([pattern, match]) => matchesPattern(query, pattern, match))),
            );
            const policies = all.map(([, match]) => order.indexOf(match));
            expect(policies).toEqual(policies.toSorted());
            expect(index.patterns(query)).toEqual(all.filter(([, match]) => match !== "exact"));
            expect(index.exact(query)).toBe(reference.get(`exact ${query}`));
            expect(index.best(query)).toBe(best(keys, query));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is empty after everything was deleted", () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), uri, (keys, query) => {
        const index = new PatternIndex<Key>();
        for (const at of keys) index.set(...at, at);
        for (const [pattern, match] of keys.toReversed()) index.delete(pattern, match);
        expect([index.size, index.hasPatterns, index.all(query), index.best(query)]).toEqual([0, false, [], undefined]);
      }),
    );
  });

  it("keeps the policies apart: one URI may stand in all three", () => {
    const index = new PatternIndex<string>();
    for (const match of order) index.set("a.b", match, match);
    expect(index.all("a.b")).toEqual(order);
    index.delete("a.b", "prefix");
    expect(index.all("a.b")).toEqual(["exact", "wildcard"]);
    index.set("a.b", "wildcard", "replaced");
    expect([index.size, index.all("a.b")]).toEqual([2, ["exact", "replaced"]]);
  });
});
