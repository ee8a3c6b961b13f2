import { expect, test } from "vitest";
import { closest, suggestion } from "./closest.js";

test.each([
  ["relams", "realms"],
  ["transport", "transports"],
  ["Realms", "realms"],
  ["limitz", "limits"],
  ["limitsOfAll", "limits"],
  ["colour", undefined],
  ["x".repeat(10_000), undefined],
])("%s: %s", (word, expected) => {
  expect(closest(word, ["realms", "transports", "limits"])).toBe(expected);
});

test("the end of an error", () => {
  expect(suggestion("prefx", ["exact", "prefix"])).toBe("; did you mean prefix?");
  for (const word of ["colour", 5, undefined]) expect(suggestion(word, ["exact", "prefix"])).toBe("");
});
