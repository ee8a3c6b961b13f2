import { toBase64 } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { fromBase64, fromHex, equalSecrets } from "./bytes.js";
import { isName, saslprep } from "./scram/saslprep.js";

describe("base64 and hex have one canonical form", () => {
  it.each(["A", "AA", "AAA", "AA=", "AB==", "AA==\n", "A-_A", "====", "AA==AA==", " AAAA"])("base64 %j", (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it.each(["", "AA==", "AAA=", "AAAA", "+/+/"])("base64 %j", (text) => {
    expect(toBase64(fromBase64(text)!)).toBe(text);
  });

  it("hex", () => {
    expect(fromHex("AbcD", 2)).toEqual(Uint8Array.of(0xab, 0xcd));
    for (const wrong of ["abc", "abcde", "zzzz", 1, null, undefined]) expect(fromHex(wrong, 2)).toBeUndefined();
  });
});

describe("equalSecrets", () => {
  it("compares strings", () => {
    expect([equalSecrets("a", "a"), equalSecrets("a", "b"), equalSecrets("", "a"), equalSecrets("ä", "a")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

// The examples of RFC 4013, section 3.
describe("saslprep", () => {
  it.each([
    ["I\u00ADX", "IX"],
    ["user", "user"],
    ["USER", "USER"],
    ["\u00AA", "a"],
    ["\u2168", "IX"],
    ["a\u00A0b", "a b"],
  ])("%j is %j", (text, normal) => {
    expect(saslprep(text)).toBe(normal);
  });

  it.each(["\u0007", "a\u200Eb", "\uE000", "\uD800", "\uFFFD"])("rejects %j", (text) => {
    expect(() => saslprep(text)).toThrow(TypeError);
    expect(isName(text)).toBe(false);
  });
});
