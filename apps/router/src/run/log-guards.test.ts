import type { GuardInfo } from "@kreuz/router";
import { expect, test } from "vitest";
import { logGuards } from "./log-guards.js";

const guard = (plugin: string, uri: string, more: object = {}, transforms = false): GuardInfo => ({
  kind: "call",
  plugin,
  where: [{ uri, ...more }],
  transforms,
});

function logOf(...guards: readonly GuardInfo[]): readonly unknown[][] {
  const lines: unknown[][] = [];
  const add = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const logger = { debug: add("debug"), info: add("info"), warn: add("warn"), error: add("error") };
  logGuards({ realms: ["realm1"], guards: () => guards }, logger);
  return lines;
}

test("the guards of a realm are logged in their order, with their URIs and roles", () => {
  const order = ["check: com.a", 'limit: prefix "com" of user'];
  expect(logOf(guard("check", "com.a"), guard("limit", "com", { match: "prefix", authroles: ["user"] }))).toEqual([
    ["info", { realm: "realm1", kind: "call", order }, "guards of every call, in their order"],
  ]);
  expect(logOf()).toEqual([]);
});

test.each<[string, GuardInfo, GuardInfo, boolean]>([
  ["the same URI", guard("a", "com.a", {}, true), guard("b", "com.a", {}, true), true],
  [
    "a prefix of the other",
    guard("a", "com", { match: "prefix" }, true),
    guard("b", "com.a", { match: "prefix" }, true),
    true,
  ],
  ["a URI below a prefix", guard("a", "com.a", {}, true), guard("b", "com", { match: "prefix" }, true), true],
  ["other URIs", guard("a", "com.a", {}, true), guard("b", "com.b", {}, true), false],
  ["one that only looks", guard("a", "com.a"), guard("b", "com.a", {}, true), false],
  ["the same plugin", guard("a", "com.a", {}, true), guard("a", "com.a", {}, true), false],
])("two that transform: %s", (_, one, other, warns) => {
  expect(logOf(one, other).some(([level]) => level === "warn")).toBe(warns);
});
