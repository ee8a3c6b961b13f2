import { describe, expect, it } from "vitest";
import { isPatternUri, isReservedUri, isUri, MAX_URI_LENGTH } from "./index.js";

describe("isUri (spec: Relaxed/Loose URIs, Strict URIs)", () => {
  it.each(["a", "com.myapp.topic1", "com.ünïcode.日本", "com.a-b.C_d!", "1.2.3", "wamp.error.no_such_role"])(
    "%s is a loose URI",
    (uri) => expect(isUri(uri)).toBe(true),
  );

  it.each(["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a.b#c", "#", "a.\u00a0b", "a\u2028b", "a\n"])(
    "%j is neither a loose nor a strict URI",
    (uri) => {
      expect(isUri(uri)).toBe(false);
      expect(isUri(uri, "strict")).toBe(false);
    },
  );

  it.each([
    ["com.my_app.topic1", true],
    ["com.MyApp", false],
    ["com.my-app", false],
    ["com.ü", false],
  ])("%s is a strict URI: %s", (uri, valid) => expect(isUri(uri, "strict")).toBe(valid));

  it("limits the length", () => {
    expect(isUri("a".repeat(MAX_URI_LENGTH))).toBe(true);
    expect(isUri("a".repeat(MAX_URI_LENGTH + 1))).toBe(false);
    expect(isPatternUri("a".repeat(MAX_URI_LENGTH + 1), "prefix")).toBe(false);
    expect(isPatternUri(".".repeat(MAX_URI_LENGTH + 1), "wildcard")).toBe(false);
  });
});

describe("isPatternUri (spec: Pattern-based Subscriptions)", () => {
  it.each([
    ["com.myapp", "exact", true],
    ["com..topic", "exact", false],
    ["", "exact", false],
    ["", "prefix", true],
    ["com", "prefix", true],
    ["com.my", "prefix", true],
    ["com.", "prefix", true],
    ["com..", "prefix", false],
    [".com", "prefix", false],
    ["com .a", "prefix", false],
    ["com..topic", "wildcard", true],
    [".", "wildcard", true],
    ["", "wildcard", true],
    ["..a", "wildcard", true],
    ["com.#.a", "wildcard", false],
  ] as const)("%j with match %s: %s", (uri, match, valid) => expect(isPatternUri(uri, match)).toBe(valid));

  it.each([
    ["com..topic_1", "wildcard", true],
    ["com..Topic", "wildcard", false],
    ["com.my_", "prefix", true],
    ["com.My", "prefix", false],
    ["com.a", "exact", true],
    ["com.A", "exact", false],
  ] as const)("%j with match %s by the strict rule: %s", (uri, match, valid) =>
    expect(isPatternUri(uri, match, "strict")).toBe(valid),
  );
});

describe("isReservedUri (spec: Reserved URIs)", () => {
  it.each([
    ["wamp.session.count", true],
    ["wamp.", true],
    ["wamp", true],
    ["wampp.a", false],
    ["com.wamp.a", false],
    ["Wamp.a", false],
    ["", false],
  ])("%j: %s", (uri, reserved) => expect(isReservedUri(uri)).toBe(reserved));
});
