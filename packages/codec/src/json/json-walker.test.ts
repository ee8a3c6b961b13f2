import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsOf } from "../frame/frame-limits.js";
import { countKeys } from "./json-structure.js";
import { JsonWalker } from "./json-walker.js";

const walker = new JsonWalker(limitsOf({}));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const accepts = (text: string): boolean => walker.read(bytesOf(text));

/** JSON of any list, with various white space. */
const json = fc
  .tuple(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.constantFrom(0, 1, "\t", "\n", " \r"))
  .map(([list, indent]) => JSON.stringify(list, undefined, indent));

describe("JsonWalker.read accepts", () => {
  it("only valid JSON with distinct keys", () => {
    const mutated = fc.tuple(json, fc.nat(), fc.constantFrom(...'[]{}",:\\01-+.eEu tfn\n\u0001é'), fc.boolean());
    fc.assert(
      fc.property(mutated, ([text, place, character, replaces]) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + character + text.slice(replaces ? at + 1 : at);
        if (!accepts(changed)) return;
        const value = JSON.parse(changed) as unknown[];
        expect(walker.elements).toHaveLength(value.length);
        expect(countKeys(value)).toBe(countKeys(JSON.parse(JSON.stringify(value))));
      }),
      { numRuns: 5000 },
    );
  });

  it("every payload without escapes and with ASCII keys", () => {
    fc.assert(
      fc.property(json, (text) => {
        if (!/\\|"[^"]*[^ -~][^"]*"\s*:/u.test(text)) expect(accepts(`[1,${text}]`)).toBe(true);
      }),
    );
  });

  it("only ASCII without escapes in the header", () => {
    const plain = /^[ !-[\]-\u007f]*$/;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })), (options) => {
        const text = JSON.stringify(options);
        expect(accepts(`[1,${text},[]]`)).toBe(plain.test(text));
      }),
    );
  });

  it("valid escapes in values of the payload only", () => {
    for (const good of ['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\uD83d", "\\uaFe9"])
      for (const filler of ["", "x".repeat(200)]) {
        const text = `${filler}${good}${filler}${good}`;
        expect(accepts(`[1,["${text}"],{"a":"${text}"}]`)).toBe(true);
        expect(accepts(`["${text}",[1]]`)).toBe(false);
        expect(accepts(`[1,{"a":"${text}"},[1]]`)).toBe(false);
        expect(accepts(`[1,[],{"${text}":1}]`)).toBe(false);
      }
  });

  it.each(["\\x", "\\u12", "\\u123g", "\\u", "\\", "\\U0000"])("not the invalid escape %s", (bad) => {
    expect(accepts(`[1,["${bad}"]]`)).toBe(false);
    expect(accepts(`[1,["${"x".repeat(200)}${bad}`)).toBe(false);
  });

  it.each(["0", "-0", "10", "1.5", "-1e5", "1E+5", "2.5e-3", "9007199254740992", "true", "null"])(
    "the scalar %s",
    (value) => {
      expect(accepts(`[${value},[${value}]]`)).toBe(true);
      expect(walker.elements[0]).toStrictEqual(JSON.parse(value));
    },
  );

  it.each([
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "+1",
    "tru",
    "nul1",
    "NaN",
    "",
    "1 2",
    '"a',
    "[1,]",
    '{"a"}',
    '{"a":1,}',
    "{,}",
  ])("not the invalid value %s", (value) => {
    expect(accepts(`[1,[${value}]${value === "" ? "," : ""}]`)).toBe(false);
  });

  it("strings of any length at any offset, non-ASCII only near their start", () => {
    for (let length = 0; length < 300; length++)
      for (const odd of ["", "\u001f", "é", "\\n", "\u007f"]) {
        const frame = bytesOf(`    [1,["${"~".repeat(length)}${odd}${" ".repeat(length % 7)}"]]`);
        const plain = odd !== "\u001f" && (odd !== "é" || length < 126);
        for (let skew = 0; skew < 4; skew++) expect(walker.read(frame.subarray(skew))).toBe(plain);
      }
  });

  it("only UTF-8", () => {
    const frame = bytesOf('[1,["é"],{"e":"é"}]');
    expect(walker.read(frame)).toBe(true);
    frame[5] = 0xff;
    expect(walker.read(frame)).toBe(false);
    expect(accepts('["é",[1]]')).toBe(false);
    expect(accepts('[1,[],{"é":1}]')).toBe(false);
    expect(accepts('[1,[],"a"]')).toBe(false);
  });

  it("no duplicate keys at any level", () => {
    expect(accepts('[1,{"a":1,"b":{"a":1}},{"a":1}]')).toBe(true);
    expect(accepts('[1,{"a":1,"b":2,"a":3}]')).toBe(false);
    expect(accepts('[1,[[{"b":{"a":1,"a":3}}]]]')).toBe(false);
  });

  it("only what is within the limits", () => {
    const strict = new JsonWalker(limitsOf({ maxDepth: 3, maxValues: 4 }));
    expect(strict.read(bytesOf("[1,[[2]]]"))).toBe(true);
    expect(strict.read(bytesOf("[1,[[[2]]]]"))).toBe(false);
    expect(strict.read(bytesOf("[1,[1,2,3]]"))).toBe(true);
    expect(strict.read(bytesOf("[1,[1,2,3,4]]"))).toBe(false);
  });
});

describe("JsonWalker.read finds", () => {
  it("the position of the payload", () => {
    const text = ' [ 48 , 1,{"timeout":5}, "a.b" , [1, 2] , {"a":[]} ] ';
    expect(accepts(text)).toBe(true);
    const { elements, listIndex, listStart, listEnd, lastEnd } = walker;
    expect(elements).toStrictEqual([48, 1, { timeout: 5 }, "a.b", [null], { some: null }]);
    expect(listIndex).toBe(4);
    expect(text.slice(listStart, listEnd)).toBe("[1, 2]");
    expect(text.slice(listStart, lastEnd)).toBe('[1, 2] , {"a":[]}');
  });

  it("whether a list or dict is empty", () => {
    expect(accepts("[1,[ ],{ }]")).toBe(true);
    expect(walker.elements).toStrictEqual([1, [], {}]);
  });
});
