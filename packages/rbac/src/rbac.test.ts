import { ConfigError, type MatchPolicy } from "@kreuz/codec";
import type { ActionType, SessionInfo } from "@kreuz/router";
import { describe, expect, test } from "vitest";
import { type Permission, rbac } from "./index.js";

const ALL = { call: true, register: true, subscribe: true, publish: true };
const NONE = {};

const session = (authrole: string): SessionInfo => ({
  session: 1,
  realm: "realm1",
  authid: "peter",
  authrole,
  authmethod: "anonymous",
  authprovider: "static",
  transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
});

function decide(permissions: readonly Permission[], type: ActionType, uri: string, match: MatchPolicy = "exact") {
  const authorizer = rbac({ roles: [{ name: "guest", permissions }] });
  return authorizer.authorize(session("guest"), { type, uri, match });
}

test("what no rule allows is denied", () => {
  expect(decide([], "call", "com.example.add")).toBe(false);
  expect(decide([{ uri: "com.example.add", allow: { call: true } }], "call", "com.example.sub")).toBe(false);
});

test("a role that has no rules, or does not exist, may do nothing", () => {
  const authorizer = rbac({ roles: [{ name: "guest" }] });
  const action = { type: "call", uri: "com.example.add", match: "exact" } as const;
  expect(authorizer.authorize(session("guest"), action)).toBe(false);
  expect(authorizer.authorize(session("stranger"), action)).toBe(false);
  expect(authorizer.authorize(session("__proto__"), action)).toBe(false);
});

test("a rule allows the actions that it names and no other", () => {
  const rules = [{ uri: "com.example.add", allow: { call: true, register: false } }];
  expect(decide(rules, "call", "com.example.add")).toBe(true);
  expect(decide(rules, "register", "com.example.add")).toBe(false);
  expect(decide(rules, "subscribe", "com.example.add")).toBe(false);
  expect(decide(rules, "publish", "com.example.add")).toBe(false);
});

test("each role has its own rules", () => {
  const authorizer = rbac({
    roles: [
      { name: "guest", permissions: [{ uri: "com.example.add", allow: { call: true } }] },
      { name: "worker", permissions: [{ uri: "com.example.add", allow: { register: true } }] },
    ],
  });
  const action = (type: ActionType) => ({ type, uri: "com.example.add", match: "exact" }) as const;
  expect(authorizer.authorize(session("guest"), action("call"))).toBe(true);
  expect(authorizer.authorize(session("guest"), action("register"))).toBe(false);
  expect(authorizer.authorize(session("worker"), action("call"))).toBe(false);
  expect(authorizer.authorize(session("worker"), action("register"))).toBe(true);
});

describe("the most specific rule decides", () => {
  test.each<[string, Permission, Permission, string]>([
    [
      "exact before a prefix of the same text",
      { uri: "com.a.b", allow: ALL },
      { uri: "com.a.b", match: "prefix", allow: NONE },
      "com.a.b",
    ],
    [
      "exact before wildcard",
      { uri: "com.a.b", allow: ALL },
      { uri: "com..b", match: "wildcard", allow: NONE },
      "com.a.b",
    ],
    [
      "exact before a wildcard without empty components",
      { uri: "com.a.b", allow: ALL },
      { uri: "com.a.b", match: "wildcard", allow: NONE },
      "com.a.b",
    ],
    [
      "a longer prefix before a shorter one",
      { uri: "com.a.", match: "prefix", allow: ALL },
      { uri: "com.", match: "prefix", allow: NONE },
      "com.a.b",
    ],
    [
      "the wildcard with more literal components on the left",
      { uri: "com.a.", match: "wildcard", allow: ALL },
      { uri: "com..b", match: "wildcard", allow: NONE },
      "com.a.b",
    ],
    [
      "the wildcard with more literal components",
      { uri: "com..b.c", match: "wildcard", allow: ALL },
      { uri: "com...c", match: "wildcard", allow: NONE },
      "com.a.b.c",
    ],
    [
      "a prefix before a wildcard that says less from the left",
      { uri: "com.a.", match: "prefix", allow: ALL },
      { uri: "com..b", match: "wildcard", allow: NONE },
      "com.a.b",
    ],
    [
      "a wildcard before a prefix that says less from the left",
      { uri: "com.a..c", match: "wildcard", allow: ALL },
      { uri: "com.", match: "prefix", allow: NONE },
      "com.a.b.c",
    ],
    [
      "a wildcard before a prefix that ends where its first empty component is",
      { uri: "com..b", match: "wildcard", allow: ALL },
      { uri: "com.", match: "prefix", allow: NONE },
      "com.a.b",
    ],
  ])("%s", (_, winner, loser, uri) => {
    for (const rules of [
      [winner, loser],
      [loser, winner],
    ])
      expect(decide(rules, "call", uri)).toBe(true);
    const swapped = [
      { ...winner, allow: NONE },
      { ...loser, allow: ALL },
    ];
    expect(decide(swapped, "call", uri)).toBe(false);
  });
});

describe("a pattern is allowed only if every URI that it matches is", () => {
  test.each<[string, readonly Permission[], string, MatchPolicy, boolean]>([
    ["everything does not pass a rule for one topic", [{ uri: "com.foo", allow: ALL }], "", "prefix", false],
    ["a prefix does not pass an exact rule of its text", [{ uri: "com.foo", allow: ALL }], "com.foo", "prefix", false],
    [
      "com.foo reaches com.foobar, which the rule com.foo. does not",
      [{ uri: "com.foo.", match: "prefix", allow: ALL }],
      "com.foo",
      "prefix",
      false,
    ],
    ["a prefix passes its own rule", [{ uri: "com.foo.", match: "prefix", allow: ALL }], "com.foo.", "prefix", true],
    ["a longer prefix passes", [{ uri: "com.foo.", match: "prefix", allow: ALL }], "com.foo.bar", "prefix", true],
    ["everything passes the rule for everything", [{ uri: "", match: "prefix", allow: ALL }], "", "prefix", true],
    [
      "a denied URI inside",
      [
        { uri: "", match: "prefix", allow: ALL },
        { uri: "com.foo.secret", allow: NONE },
      ],
      "com.foo.",
      "prefix",
      false,
    ],
    [
      "a denied prefix inside",
      [
        { uri: "", match: "prefix", allow: ALL },
        { uri: "wamp.", match: "prefix", allow: NONE },
      ],
      "",
      "prefix",
      false,
    ],
    [
      "a denied prefix elsewhere",
      [
        { uri: "", match: "prefix", allow: ALL },
        { uri: "wamp.", match: "prefix", allow: NONE },
      ],
      "com.",
      "prefix",
      true,
    ],
    [
      "a denied wildcard that reaches in",
      [
        { uri: "com.", match: "prefix", allow: ALL },
        { uri: "com..secret", match: "wildcard", allow: NONE },
      ],
      "com.foo.",
      "prefix",
      false,
    ],
    [
      "a denied wildcard that the rule overrules",
      [
        { uri: "com.foo.", match: "prefix", allow: ALL },
        { uri: "com..secret", match: "wildcard", allow: NONE },
      ],
      "com.foo.",
      "prefix",
      true,
    ],
    [
      "a denied wildcard of a shape that does not fit",
      [
        { uri: "com.", match: "prefix", allow: ALL },
        { uri: "com..secret", match: "wildcard", allow: NONE },
      ],
      "com.foo.bar.",
      "prefix",
      true,
    ],
    [
      "a wildcard passes its own rule",
      [{ uri: "com..bar", match: "wildcard", allow: ALL }],
      "com..bar",
      "wildcard",
      true,
    ],
    ["a wildcard passes a wider one", [{ uri: "com..", match: "wildcard", allow: ALL }], "com..bar", "wildcard", true],
    ["a wider one does not pass", [{ uri: "com..bar", match: "wildcard", allow: ALL }], "com..", "wildcard", false],
    ["a wildcard passes a prefix", [{ uri: "com.", match: "prefix", allow: ALL }], "com..bar", "wildcard", true],
    ["a wildcard leaves a prefix", [{ uri: "com.a", match: "prefix", allow: ALL }], "com..bar", "wildcard", false],
    ["a prefix does not pass a wildcard", [{ uri: "com.", match: "wildcard", allow: ALL }], "com.", "prefix", false],
    [
      "a denied URI that the wildcard matches",
      [
        { uri: "com..bar", match: "wildcard", allow: ALL },
        { uri: "com.foo.bar", allow: NONE },
      ],
      "com..bar",
      "wildcard",
      false,
    ],
    ["a wildcard without empty components is one URI", [{ uri: "com.foo", allow: ALL }], "com.foo", "wildcard", true],
    ["nothing at all", [], "", "prefix", false],
  ])("%s", (_, rules, uri, match, allowed) => {
    expect(decide(rules, "subscribe", uri, match)).toBe(allowed);
    expect(decide(rules, "register", uri, match)).toBe(allowed);
  });
});

test("meta topics and procedures are ordinary URIs", () => {
  const rules: Permission[] = [
    { uri: "wamp.session.on_join", allow: { subscribe: true } },
    { uri: "wamp.session.kill", allow: { call: true } },
  ];
  expect(decide(rules, "subscribe", "wamp.session.on_join")).toBe(true);
  expect(decide(rules, "subscribe", "wamp.session.on_leave")).toBe(false);
  expect(decide(rules, "subscribe", "wamp.session.", "prefix")).toBe(false);
  expect(decide(rules, "call", "wamp.session.kill")).toBe(true);
  expect(decide(rules, "call", "wamp.session.kill_all")).toBe(false);
});

describe("invalid settings are rejected", () => {
  test.each<[string, () => unknown, string]>([
    ["a role twice", () => rbac({ roles: [{ name: "a" }, { name: "a" }] }), 'roles[1].name: role "a" is listed twice'],
    [
      "a rule twice",
      () =>
        decide(
          [
            { uri: "a.b", allow: ALL },
            { uri: "a.b", match: "exact", allow: NONE },
          ],
          "call",
          "a.b",
        ),
      'roles[0].permissions[1].uri: the role has two rules for exact "a.b"',
    ],
    [
      "a wildcard pattern without the policy",
      () => decide([{ uri: "a..b", allow: ALL }], "call", "a.b"),
      'roles[0].permissions[0].uri: "a..b" is not a valid URI for match policy exact',
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
});

test("decisions stay right when the cache is full", () => {
  const permissions = [{ uri: "com.even.", match: "prefix", allow: { call: true } }] as const;
  const authorizer = rbac({ roles: [{ name: "guest", permissions }], cachedDecisions: 3 });
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 10; n++) {
      const uri = n % 2 === 0 ? `com.even.${n}` : `com.odd.${n}`;
      expect(authorizer.authorize(session("guest"), { type: "call", uri, match: "exact" })).toBe(n % 2 === 0);
    }
  }
});
