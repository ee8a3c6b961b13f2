import { expect, test } from "vitest";
import { closest } from "./closest.js";

test.each([
  ["relams", "realms"],
  ["transport", "transports"],
  ["Realms", "realms"],
  ["limitz", "limits"],
  ["colour", undefined],
  ["x".repeat(10_000), undefined],
])("%s: %s", (word, expected) => {
  expect(closest(word, ["realms", "transports", "limits"])).toBe(expected);
});
