import { expect, test } from "vitest";
import { printable, printableFields, printableJson } from "./printable.js";

test("no control character, separator or change of direction gets through", () => {
  expect(printable("a\nb\u001b[2Jc\u0085d\u2028e\u202ef")).toBe("a\\u000ab\\u001b[2Jc\\u0085d\\u2028e\\u202ef");
  expect(printable("Zürich, 東京, 😀")).toBe("Zürich, 東京, 😀");
});

test("JSON keeps its value", () => {
  const line = JSON.stringify({ authid: "a\u009b2Jb\u202ec\u2029" });
  const safe = printableJson(line);
  expect(safe).toBe('{"authid":"a\\u009b2Jb\\u202ec\\u2029"}');
  expect(JSON.parse(safe)).toEqual(JSON.parse(line));
});

test("fields are escaped at every depth, with their keys; stack traces keep their own lines only", () => {
  const error = { message: "bad\nINFO: forged", stack: "Error: bad\nINFO: forged\n    at here" };
  expect(printableFields({ "a\n": ["b\n", { c: "d\r" }], number: 1, error })).toEqual({
    "a\\u000a": ["b\\u000a", { c: "d\\u000d" }],
    number: 1,
    error: { message: "bad\\u000aINFO: forged", stack: "Error: bad\\u000aINFO: forged\n    at here" },
  });
});
