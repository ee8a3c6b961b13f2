import { ConfigError } from "@kreuz/codec";
import type { Action, Decision, SessionInfo } from "@kreuz/router";
import { describe, expect, test } from "vitest";
import { type Permission, rbac } from "./index.js";

const session: SessionInfo = {
  session: 1,
  realm: "realm1",
  authid: "peter",
  authrole: "guest",
  authmethod: "anonymous",
  authprovider: "static",
  transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
};
const EVERYTHING = { call: true, register: true, subscribe: true, publish: true };

function decide(permissions: readonly Permission[], type: Action["type"], uri: string): unknown {
  const authorizer = rbac({ roles: [{ name: "guest", permissions }] });
  return authorizer.authorize(session, { type, uri, match: "exact" });
}

const shop: Permission = {
  uri: "com.shop.",
  match: "prefix",
  allow: EVERYTHING,
  disclose: "always",
  trustlevel: 3,
  maxCallTimeout: 5000,
};

test.each(["call", "publish"] as const)("%s is allowed with the options of the rule", (type) => {
  const permit: Decision = { allow: true, disclose: "always", trustlevel: 3, maxCallTimeout: 5000 };
  expect(decide([shop], type, "com.shop.order")).toEqual(permit);
});

test("a rule without options allows with the defaults", () => {
  expect(decide([{ uri: "com.shop.order", allow: EVERYTHING }], "call", "com.shop.order")).toBe(true);
});

test("the decision has only the options of the rule", () => {
  const rule: Permission = { uri: "com.shop.order", allow: EVERYTHING, trustlevel: 0 };
  expect(decide([rule], "call", "com.shop.order")).toEqual({ allow: true, trustlevel: 0 });
});

test("the options are those of the most specific rule, not mixed with those of others", () => {
  const order: Permission = { uri: "com.shop.order", allow: EVERYTHING, disclose: "never" };
  expect(decide([shop, order], "call", "com.shop.order")).toEqual({ allow: true, disclose: "never" });
  expect(decide([shop, { uri: "com.shop.order", allow: {}, trustlevel: 9 }], "call", "com.shop.order")).toBe(false);
});

test.each(["subscribe", "register"] as const)("%s has no options", (type) => {
  expect(decide([shop], type, "com.shop.order")).toBe(true);
});

test("a rule always returns the same object, cached or not", () => {
  const authorizer = rbac({ roles: [{ name: "guest", permissions: [shop] }] });
  const ask = (uri: string) => authorizer.authorize(session, { type: "call", uri, match: "exact" });
  expect(ask("com.shop.a")).toBe(ask("com.shop.a"));
  expect(ask("com.shop.a")).toBe(ask("com.shop.b"));
});

test("URIs that are too long for the cache are decided as well", () => {
  const authorizer = rbac({
    roles: [{ name: "guest", permissions: [{ uri: "a.", match: "prefix", allow: EVERYTHING }] }],
  });
  const ask = (uri: string) => authorizer.authorize(session, { type: "call", uri, match: "exact" });
  for (let round = 0; round < 2; round++) {
    expect(ask(`a.${"x".repeat(300)}`)).toBe(true);
    expect(ask(`b.${"x".repeat(300)}`)).toBe(false);
  }
});

describe("invalid options are rejected", () => {
  test.each<[Partial<Permission>, string]>([
    [{ disclose: "sometimes" as "always" }, "roles[0].permissions[0].disclose: expected on-request, always or never"],
    [{ trustlevel: -1 }, "roles[0].permissions[0].trustlevel: expected an integer of at least 0, got -1"],
    [{ trustlevel: 1.5 }, "roles[0].permissions[0].trustlevel"],
    [
      { maxCallTimeout: 0 },
      "roles[0].permissions[0].maxCallTimeout: expected milliseconds from 1 to 2147483647, got 0",
    ],
    [{ maxCallTimeout: 2 ** 31 }, "roles[0].permissions[0].maxCallTimeout"],
  ])("%j", (options, message) => {
    const make = () => decide([{ uri: "a.b", allow: EVERYTHING, ...options }], "call", "a.b");
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
});
