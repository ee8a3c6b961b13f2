import fc from "fast-check";
import { expect, it } from "vitest";
import { MessageType as M } from "../messages/message-type.js";
import { json } from "./json-codec.js";

const result = (args: readonly unknown[]) =>
  new TextDecoder().decode(json.encode({ type: M.RESULT, request: 1, details: {}, payload: { args } }));

it("a long list of large integers is written as the platform writes it", () => {
  const integer = fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(999_999_999, 1e9, 1e9 + 1, 1_000_000_009e6, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 0, -1),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e15, min: -1e15 }),
  );
  fc.assert(
    fc.property(fc.array(integer, { minLength: 70, maxLength: 90 }), (list) => {
      const text = `[${[2 ** 40, ...list].map((item) => (Object.is(item, -0) ? "0" : String(item))).join(",")}]`;
      expect(result([[2 ** 40, ...list]])).toBe(`[50,1,{},[${text}]]`);
    }),
  );
});
