import { describe, expect, it } from "vitest";
import { countKeys, JsonStructure } from "./json-structure.js";

/** Stands for a string and counts the characters that a scan reads. */
class CountingText {
  read = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.read++;
    return this.#text.charCodeAt(index);
  }

  indexOf(searched: string, from: number): number {
    const found = this.#text.indexOf(searched, from);
    this.read += (found < 0 ? this.#text.length : found) - from + 1;
    return found;
  }
}

const MILLION = 1_000_000;

describe("JsonStructure", () => {
  it.each([
    ["escaped quotes", `["${'\\"'.repeat(MILLION / 2)}"]`],
    ["escaped backslashes", `["${"\\\\".repeat(MILLION / 2)}"]`],
    ["backslashes in an unclosed string", `["${"\\".repeat(MILLION)}`],
    ["odd runs of backslashes, each before a quote", `["${`${"\\".repeat(999)}"`.repeat(1000)}"]`],
    ["quotes", '"'.repeat(MILLION)],
    ["commas", ",".repeat(MILLION)],
    ["closing brackets", "]".repeat(MILLION)],
    ["empty lists", `[${"[],".repeat(MILLION / 3)}[]]`],
    ["a long string", `["${"x".repeat(MILLION)}"]`],
  ])("reads each character a bounded number of times: %s", (_name, text) => {
    const counting = new CountingText(text);
    new JsonStructure().scan(counting as unknown as string, 64, 2 * MILLION);
    expect(counting.read).toBeLessThan(3 * text.length + 100);
  });

  it("finds the outermost commas and the end, and ignores strings, lists and dicts", () => {
    const structure = new JsonStructure();
    const text = ' [1 , "a,\\"]b" ,[1,2],{"k,":{"x":1, "y":2}} ] ';
    structure.scan(text, 64, 2 * MILLION);
    expect([structure.commas[0], structure.commas[1], structure.commas[2]]).toEqual([4, 15, 21]);
    expect(structure.end).toBe(text.length - 2);
    expect(structure.pairs).toBe(3);
  });
});

describe("countKeys", () => {
  it("counts the keys of all dicts, __proto__ among them", () => {
    expect(countKeys(JSON.parse('[1,{"a":{"__proto__":{"b":[{"c":null}]}}},"x",null]'))).toBe(4);
  });
});
