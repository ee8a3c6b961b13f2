import { isPatternUri, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { ActionType } from "@kreuz/router";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Permission } from "./index.js";
import { covers, overlaps, type Pattern } from "./pattern.js";
import { bySpecificity, RoleRules } from "./role-rules.js";

/** Few words with common prefixes, so that patterns often overlap; `z` is in no rule and represents all other words. */
const WORDS = ["a", "ab", "b"];
const DEPTH = 4;
const UNIVERSE = urisUpTo(DEPTH, [...WORDS, "z"]);

const word = fc.constantFrom(...WORDS);
const uri = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("."));
const prefix = fc.oneof(
  fc.constant(""),
  uri,
  uri.map((text) => `${text}.`),
);
const wildcard = fc
  .array(fc.oneof(word, fc.constant("")), { minLength: 1, maxLength: 3 })
  .map((components) => components.join("."));
const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  uri.map((text) => ({ uri: text, match: "exact" as const })),
  prefix.map((text) => ({ uri: text, match: "prefix" as const })),
  wildcard.map((text) => ({ uri: text, match: "wildcard" as const })),
);
const permission: fc.Arbitrary<Permission> = fc
  .tuple(pattern, fc.record({ subscribe: fc.boolean(), register: fc.boolean() }))
  .map(([{ uri, match }, allow]) => ({ uri, match, allow }));
const permissions = fc.uniqueArray(permission, {
  maxLength: 6,
  selector: ({ uri, match }) => `${match} ${uri}`,
});
const type = fc.constantFrom<ActionType>("subscribe", "register");

function urisUpTo(depth: number, words: readonly string[]): readonly Uri[] {
  const uris = [...words];
  let longest = uris;
  for (let length = 2; length <= depth; length++) {
    longest = longest.flatMap((start) => words.map((word) => `${start}.${word}`));
    uris.push(...longest);
  }
  return uris;
}

/** Matches by the definition of the specification, without the code under test. */
function matches({ uri: pattern, match }: Pattern, uri: Uri): boolean {
  if (match === "exact") return uri === pattern;
  if (match === "prefix") return uri.startsWith(pattern);
  const [wanted, got] = [pattern.split("."), uri.split(".")];
  return (
    wanted.length === got.length && wanted.every((component, index) => component === "" || component === got[index])
  );
}

/** Decides about one URI by looking at all rules. */
function allowed(rules: readonly Permission[], type: ActionType, uri: Uri): boolean {
  const matching = rules
    .map(({ match = "exact" as MatchPolicy, ...rule }) => ({ ...rule, match }))
    .filter((rule) => matches(rule, uri));
  return matching.toSorted(bySpecificity)[0]?.allow[type] === true;
}

test("every generated pattern is valid", () => {
  fc.assert(
    fc.property(pattern, ({ uri, match }) => {
      expect(isPatternUri(uri, match)).toBe(true);
    }),
  );
});

describe("soundness", () => {
  test("an allowed pattern matches only allowed URIs", () => {
    fc.assert(
      fc.property(permissions, type, pattern, (rules, type, area) => {
        fc.pre(new RoleRules(rules).decide(type, area.uri, area.match) === true);
        expect(UNIVERSE.filter((uri) => matches(area, uri) && !allowed(rules, type, uri))).toEqual([]);
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    );
  });

  test("the decision for one URI is that of the most specific rule", () => {
    fc.assert(
      fc.property(permissions, type, (rules, type) => {
        const role = new RoleRules(rules);
        expect(UNIVERSE.filter((uri) => role.decide(type, uri, "exact") !== allowed(rules, type, uri))).toEqual([]);
      }),
    );
  });

  test("a URI is decided alike as an exact URI and as a wildcard pattern without empty components", () => {
    fc.assert(
      fc.property(permissions, type, uri, (rules, type, uri) => {
        const role = new RoleRules(rules);
        expect(role.decide(type, uri, "wildcard")).toBe(role.decide(type, uri, "exact"));
      }),
    );
  });
});

test("a role with only allowing rules is allowed what one of them covers", () => {
  const allowing = fc.uniqueArray(pattern, { selector: ({ uri, match }) => `${match} ${uri}` });
  fc.assert(
    fc.property(allowing, pattern, (patterns, area) => {
      const rules = patterns.map(({ uri, match }) => ({ uri, match, allow: { subscribe: true } }));
      const reached = UNIVERSE.filter((uri) => matches(area, uri));
      expect(new RoleRules(rules).decide("subscribe", area.uri, area.match)).toBe(
        patterns.some((rule) => reached.every((uri) => matches(rule, uri))),
      );
    }),
  );
});

describe("patterns as sets of URIs", () => {
  test("covers", () => {
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const reached = UNIVERSE.filter((uri) => matches(inner, uri));
        expect(covers(outer, inner)).toBe(reached.every((uri) => matches(outer, uri)));
      }),
      { numRuns: 2000 },
    );
  });

  test("overlaps", () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        expect(overlaps(a, b)).toBe(UNIVERSE.some((uri) => matches(a, uri) && matches(b, uri)));
      }),
      { numRuns: 2000 },
    );
  });
});

test("the order of the rules does not matter", () => {
  fc.assert(
    fc.property(permissions, pattern, (rules, area) => {
      const [one, other] = [new RoleRules(rules), new RoleRules(rules.toReversed())];
      expect(other.decide("subscribe", area.uri, area.match)).toBe(one.decide("subscribe", area.uri, area.match));
    }),
  );
});
