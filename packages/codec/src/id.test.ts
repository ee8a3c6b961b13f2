import { describe, expect, it } from "vitest";
import { isId, MAX_ID, nextId } from "./index.js";

describe("ids (spec: IDs)", () => {
  it.each([1, 2, 2 ** 32, MAX_ID - 1, MAX_ID])("%d is an id", (value) => expect(isId(value)).toBe(true));

  it.each([0, -0, -1, 1.5, NaN, Infinity, MAX_ID + 2, 1n, "1", null, undefined, true, [1], { valueOf: () => 1 }])(
    "%o is not an id",
    (value) => expect(isId(value)).toBe(false),
  );

  it("count from 1 to 2^53, then from 1 again", () => {
    expect(MAX_ID).toBe(9007199254740992);
    expect(nextId(0)).toBe(1);
    expect(nextId(1)).toBe(2);
    expect(nextId(MAX_ID - 1)).toBe(MAX_ID);
    expect(nextId(MAX_ID)).toBe(1);
  });
});
