import { expect, test } from "vitest";
import type { PermissionConfig } from "../config/config.js";
import { describeAnonymous, describeRole } from "./describe-access.js";

const NOTHING = { call: false, register: false, forceReregister: false, subscribe: false, publish: false };
const EVERYTHING = { call: true, register: true, forceReregister: false, subscribe: true, publish: true };

test.each<[string, readonly PermissionConfig[]]>([
  ["may do nothing", []],
  ["may do nothing", [{ uri: "", match: "prefix", allow: NOTHING }]],
  [
    "may call, register, subscribe and publish everything, including wamp.session.*",
    [{ uri: "", match: "prefix", allow: EVERYTHING }],
  ],
  ["may call, subscribe *", [{ uri: "", match: "prefix", allow: { ...NOTHING, call: true, subscribe: true } }]],
  [
    "may call, register, subscribe, publish com.example.*; do nothing with com.example.secret",
    [
      { uri: "com.example.", match: "prefix", allow: EVERYTHING },
      { uri: "com.example.secret", match: "exact", allow: NOTHING },
    ],
  ],
  [
    "may register (by force, too) com.example.*",
    [{ uri: "com.example.", match: "prefix", allow: { ...NOTHING, register: true, forceReregister: true } }],
  ],
  ["may publish com.*.price.*", [{ uri: "com..price.", match: "wildcard", allow: { ...NOTHING, publish: true } }]],
])("%s", (text, permissions) => {
  expect(describeRole({ name: "guest", permissions })).toBe(text);
});

test("without the method anonymous", () => {
  expect(describeAnonymous({ name: "realm1", auth: {}, roles: [], plugins: [] })).toBe("may not join");
});

test("with an authorizer procedure", () => {
  const authorizer = { procedure: "com.example.authorize", timeoutMs: 1, cacheTtlMs: 1 };
  const text = "may do what com.example.authorize allows";
  expect(describeRole({ name: "guest", permissions: [], authorizer })).toBe(text);
  const roles = [{ name: "guest", permissions: [] }];
  const auth = { anonymous: { role: "guest" } };
  expect(describeAnonymous({ name: "realm1", auth, roles, authorizer, plugins: [] })).toBe(text);
});
