import { describe, expect, it } from "vitest";
import { binaryToString, stringToBinary } from "./json-binary.js";

describe("binary values in JSON (spec: Binary support in JSON)", () => {
  it.each([
    [[], "\0"],
    [[0], "\0AA=="],
    [[255, 254], "\0//4="],
    [[16, 227, 255], "\0EOP/"],
  ])("%j is written as %j", (bytes, text) => {
    expect(binaryToString(Uint8Array.from(bytes))).toBe(text);
    expect(stringToBinary(text)).toEqual(Uint8Array.from(bytes));
  });

  it.each([
    "",
    "AA==",
    "\0A",
    "\0AA",
    "\0AAA",
    "\0AAAA=",
    "\0A===",
    "\0=",
    "\0AA-_",
    "\0AA =",
    "\0A\nAA",
    "\0\0AAA",
    "\0ÄÄÄÄ",
  ])("%j stays a string", (text) => {
    expect(stringToBinary(text)).toBe(text);
  });

  it("match the Base64 of the platform for any bytes", () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7919 + length * 31) % 256);
      expect(binaryToString(bytes)).toBe(`\0${Buffer.from(bytes).toString("base64")}`);
      expect(stringToBinary(binaryToString(bytes))).toEqual(bytes);
    }
  });

  it("may have megabytes", () => {
    const bytes = new Uint8Array(8 * 1024 * 1024).fill(7);
    const back = stringToBinary(binaryToString(bytes)) as Uint8Array;
    expect(Buffer.compare(back, bytes)).toBe(0);
  });
});
