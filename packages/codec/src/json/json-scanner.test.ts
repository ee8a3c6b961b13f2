import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsOf } from "../frame/frame-limits.js";
import { BOUNDS_PER_ELEMENT, type JsonScanner } from "./json-scanner.js";
import { countKeys } from "./json-structure.js";
import { JsonWalker } from "./json-walker.js";
import { JsonWasmScanner } from "./json-wasm-scanner.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function wasmScanner(limits = {}): JsonScanner {
  const scanner = JsonWasmScanner.create(limitsOf(limits));
  if (scanner === undefined) throw new Error("this platform has no WebAssembly with SIMD");
  return scanner;
}

const SCANNERS = [
  { name: "JsonWalker", create: (limits = {}): JsonScanner => new JsonWalker(limitsOf(limits)) },
  { name: "JsonWasmScanner", create: wasmScanner },
];

/** JSON of a list with as many elements as a message may have, with various white space. */
const json = fc
  .tuple(
    fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 7 }),
    fc.constantFrom(0, 1, "\t", "\n", " \r"),
  )
  .map(([list, indent]) => JSON.stringify(list, undefined, indent));

/** The same with one character more or another one. */
const mutated = fc
  .tuple(json, fc.nat(), fc.constantFrom(...'[]{}",:\\01-+.eEu tfn\n\u0001é漢'), fc.boolean())
  .map(([text, place, character, replaces]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + character + text.slice(replaces ? at + 1 : at);
  });

/** The texts of the elements that a scanner found. */
function elementsOf(scanner: JsonScanner, text: string): string[] | undefined {
  const bytes = bytesOf(text);
  const count = scanner.scan(bytes);
  if (count < 0) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = scanner.bounds.subarray(BOUNDS_PER_ELEMENT * index);
    return new TextDecoder().decode(bytes.subarray(start, end));
  });
}

describe.each(SCANNERS)("$name accepts", ({ create }) => {
  const scanner = create();
  const accepts = (text: string): boolean => scanner.scan(bytesOf(text)) >= 0;
  const escapesIn = (text: string, index: number): number =>
    accepts(text) ? (scanner.bounds[BOUNDS_PER_ELEMENT * index + 2] as number) : Number.NaN;

  it("only valid JSON with distinct keys, and finds its elements", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const elements = elementsOf(scanner, text);
        if (elements === undefined) return;
        const value = JSON.parse(text) as unknown[];
        expect(elements.map((element) => JSON.parse(element) as unknown)).toStrictEqual(value);
        expect(countKeys(value)).toBe(countKeys(JSON.parse(JSON.stringify(value))));
      }),
      { numRuns: 2000 },
    );
  });

  it("every message without escapes and with ASCII keys", () => {
    fc.assert(
      fc.property(json, (text) => {
        if (!/\\|"[^"]*[^ -~][^"]*"\s*:/u.test(text)) expect(accepts(`[1,${text}]`)).toBe(true);
      }),
    );
  });

  it("valid escapes in values, which it counts", () => {
    for (const good of ['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\uD83d", "\\uaFe9"])
      for (const filler of ["", "x".repeat(200)]) {
        const text = `${filler}${good}${filler}${good}`;
        expect(escapesIn(`[1,["${text}"],{"a":"${text}"}]`, 0)).toBe(0);
        expect(escapesIn(`[1,["${text}"],{"a":"${text}"}]`, 1)).toBe(2);
        expect(escapesIn(`[1,["${text}"],{"a":"${text}"}]`, 2)).toBe(2);
        expect(escapesIn(`["${text}",[1]]`, 0)).toBe(2);
      }
  });

  it.each(["\\x", "\\u12", "\\u123g", "\\u", "\\", "\\U0000", "\\\u0000", "\\u12:4", "\\u@000"])(
    "not the invalid escape %s",
    (bad) => {
      expect(accepts(`[1,["${bad}"]]`)).toBe(false);
      expect(accepts(`[1,["${"x".repeat(200)}${bad}`)).toBe(false);
    },
  );

  it.each([
    ...["0", "-0", "10", "1.5", "-1e5", "1E+5", "2.5e-3", "9007199254740992", "true", "false", "null"],
    ...[
      "12345678901234567890",
      "0.12345678901234567",
      "123456789012345.6",
      "1234567890123456.7",
      "0.123456789012345e5",
    ],
    ...["1e5", "0e0", "0.0e0", "1234567890123456e7", "-12345678901234.5e-10"],
  ])("the scalar %s", (value) => {
    expect(elementsOf(scanner, `[${value},[${value}]]`)).toStrictEqual([value, `[${value}]`]);
  });

  it.each([
    ...[
      "01",
      "-",
      "1.",
      ".5",
      "1e",
      "+1",
      "tru",
      "nul1",
      "fals",
      "NaN",
      "",
      "1 2",
      '"a',
      "[1,]",
      '{"a"}',
      '{"a":1,}',
      "{,}",
    ],
    ...[
      "-01",
      "-a",
      "1.e5",
      "1e+",
      "1.5e",
      "00",
      "1234567890123456.",
      "1234567890123456e",
      "0x1",
      "1..2",
      "[1}",
      '{"a":1]',
    ],
    ...["{1:2}", '{"a" 1}', '{"a"::1}', "[,1]", "truee", "\u0000", "\u00a0", "\ufeff"],
  ])("not the invalid value %s", (value) => {
    expect(accepts(`[1,[${value}]${value === "" ? "," : ""}]`)).toBe(false);
    expect(accepts(`[1,${value}]`)).toBe(false);
  });

  it.each([
    "",
    "1",
    "{}",
    "[",
    "[1",
    "[1,",
    "[1]]",
    "[1] 2",
    "[1]\u0000",
    "[1",
    "[1,2,3,4,5,6,7,8]",
    "\ufeff[1]",
    "[]",
  ])("not the text %s as a message", (text) => expect(accepts(text)).toBe(false));

  it("white space between all tokens", () => {
    const text = ' \t[ 48\r\n, 1,{ "timeout" : 5 }, "a.b" , [1, 2 , [ ] ] , {"a":[ ], "b" : { }  }\n ] ';
    expect(elementsOf(scanner, text)).toStrictEqual([
      ...["48", "1", '{ "timeout" : 5 }', '"a.b"', "[1, 2 , [ ] ]", '{"a":[ ], "b" : { }  }'],
    ]);
  });

  it("no duplicate keys at any level", () => {
    expect(accepts('[1,{"a":1,"b":{"a":1}},{"a":1}]')).toBe(true);
    expect(accepts('[1,{"a":1,"b":2,"a":3}]')).toBe(false);
    expect(accepts('[1,[[{"b":{"a":1,"a":3}}]]]')).toBe(false);
    expect(accepts('[1,{"":1,"":3}]')).toBe(false);
    expect(accepts('[1,{"b":{"a":1},"c":{"x":1,"b":1},"a":2,"c":3}]')).toBe(false);
  });

  it.each([2, 16, 17, 32, 33, 34, 64, 65, 100, 1000, 20_000])(
    "%i distinct keys of any length, and not one of them twice",
    (count) => {
      const keyOf = (index: number): string => `${"k".repeat(index % 40)}${index}${"x".repeat(index % 19)}`;
      const pairs = Array.from({ length: count }, (_, index) => `"${keyOf(index)}":{"${keyOf(index)}":0}`);
      expect(accepts(`[1,{${pairs.join()}}]`)).toBe(true);
      for (const twice of [0, count >> 1, count - 1]) {
        expect(accepts(`[1,{${pairs.join()},"${keyOf(twice)}":1}]`)).toBe(false);
        expect(accepts(`[1,{"${keyOf(twice)}":1,${pairs.join()}}]`)).toBe(false);
      }
    },
  );

  it("only what is within the limits", () => {
    const strict = create({ maxDepth: 3, maxValues: 4 });
    const isWithin = (text: string): boolean => strict.scan(bytesOf(text)) >= 0;
    expect(isWithin("[1,[[2]]]")).toBe(true);
    expect(isWithin("[1,[[[]]]]")).toBe(false);
    expect(isWithin("[1,[{}],{}]")).toBe(true);
    expect(isWithin('[1,[{"a":{}}],{}]')).toBe(false);
    expect(isWithin("[1,[1,2,3]]")).toBe(true);
    expect(isWithin("[1,[1,2,3,4]]")).toBe(false);
    expect(isWithin('[1,{"a":1,"b":2,"c":3}]')).toBe(true);
    expect(isWithin('[1,{"a":1,"b":2,"c":3,"d":4}]')).toBe(false);
    expect(isWithin("[1,[[1,2]]]")).toBe(true);
    expect(isWithin("[1,[[1,2,3]]]")).toBe(false);
    const deep = create({ maxDepth: 1000 });
    expect(deep.scan(bytesOf(`[${"[".repeat(999)}${"]".repeat(999)}]`))).toBe(1);
    expect(deep.scan(bytesOf(`[${"[".repeat(1000)}${"]".repeat(1000)}]`))).toBe(-1);
  });

  it("any view of memory", () => {
    const bytes = bytesOf(`    [1,["${"~".repeat(300)}"]]xyz`);
    for (let skew = 0; skew < 4; skew++) expect(scanner.scan(bytes.subarray(skew, bytes.length - 3))).toBe(2);
    expect(scanner.scan(Buffer.from(bytes).subarray(4, bytes.length - 3))).toBe(2);
  });
});

describe("JsonWalker accepts", () => {
  it("no escapes in keys, and strings of any length at any offset, with non-ASCII only near their start", () => {
    const walker = new JsonWalker(limitsOf({}));
    expect(walker.scan(bytesOf('[1,{"\\u0061":0}]'))).toBe(-1);
    for (let length = 0; length < 300; length++)
      for (const odd of ["", "\u001f", "é", "\\n", "\u007f"]) {
        const frame = bytesOf(`    [1,["${"~".repeat(length)}${odd}${" ".repeat(length % 7)}"]]`);
        const plain = odd !== "\u001f" && (odd !== "é" || length < 126);
        for (let skew = 0; skew < 4; skew++) expect(walker.scan(frame.subarray(skew)) > 0).toBe(plain);
      }
  });
});

describe("JsonWasmScanner accepts", () => {
  const scanner = wasmScanner();
  const walker = new JsonWalker(limitsOf({}));
  const decoder = new TextDecoder("utf-8", { fatal: true });

  it("whatever the walker accepts, with the same bounds", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const count = walker.scan(bytesOf(text));
        if (count < 0) return;
        expect(scanner.scan(bytesOf(text))).toBe(count);
        const used = BOUNDS_PER_ELEMENT * count;
        expect(scanner.bounds.slice(0, used)).toStrictEqual(walker.bounds.slice(0, used));
      }),
      { numRuns: 2000 },
    );
  });

  const escapeOf = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

  it("every message, whatever its keys and however they are written", () => {
    fc.assert(
      fc.property(json, (text) => {
        // A key that ends in a zero, or has half of a surrogate pair, is left to the parser.
        if (/\\u0000"|\\ud[89a-f]/.test(text)) return;
        expect(scanner.scan(bytesOf(text))).toBeGreaterThan(0);
        expect(scanner.scan(bytesOf(text.replaceAll(/[^ -~\s]/g, escapeOf)))).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("keys with escapes, and not one key in two spellings", () => {
    const key = fc.oneof(fc.string({ unit: "grapheme", maxLength: 50 }), fc.string({ unit: "binary", maxLength: 20 }));
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 40 }), (names) => {
        if (names.some((name) => name.endsWith("\0"))) return;
        const escaped = names.map((name) => `"${name.split("").map(escapeOf).join("")}":0`);
        const plain = names.map((name) => `${JSON.stringify(name)}:0`);
        const mixed = names.map((_, index) => (index % 2 === 0 ? escaped[index] : plain[index]));
        for (const pairs of [escaped, plain, mixed]) {
          expect(scanner.scan(bytesOf(`[1,{${pairs.join()}}]`))).toBe(2);
          expect(scanner.scan(bytesOf(`[1,{${pairs.join()},${escaped[0]}}]`))).toBe(-1);
          expect(scanner.scan(bytesOf(`[1,{${plain[0]},${pairs.join()}}]`))).toBe(-1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    "\\x",
    "\\u12",
    "\\u123g",
    "\\ud800",
    "\\udc00\\ud800",
    "\\ud800x",
    "\\ud800\\u0041",
    "\\ud800\\n",
    "\n",
    "\\",
  ])("no key %s, which is no Unicode or not valid", (bad) => {
    for (const filler of ["", "x".repeat(15), "x".repeat(40)])
      expect(scanner.scan(bytesOf(`[1,{"${filler}\\n${bad}":0}]`))).toBe(-1);
  });

  it("the UTF-8 that the platform accepts: all of two bytes, and what begins, ends and breaks longer ones", () => {
    const edges = [0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf];
    const heads = Array.from({ length: 0x20 }, (_, index) => 0xe0 + index);
    const sequences: number[][] = [];
    for (let first = 0x80; first < 0x100; first++)
      for (let second = 0; second < 0x100; second++) sequences.push([first, second]);
    for (const first of [...heads, 0xc3])
      for (const second of edges)
        for (const third of edges) {
          sequences.push([first, second, third]);
          if (first >= 0xf0 && first < 0xf6) for (const fourth of edges) sequences.push([first, second, third, fourth]);
        }
    const frame = (sequence: readonly number[], before: number): Uint8Array =>
      Uint8Array.from([...bytesOf(`[1,["${"x".repeat(before)}`), ...sequence, ...bytesOf('y"]]')]);
    const wrong = sequences.filter((sequence, index) => {
      const bytes = frame(sequence, index % 131);
      return scanner.scan(bytes) >= 0 !== isJson(bytes);
    });
    expect(wrong).toStrictEqual([]);
    expect(sequences.filter((sequence) => isJson(frame(sequence, 0))).length).toBeGreaterThan(2000);
  });

  function isJson(bytes: Uint8Array): boolean {
    try {
      JSON.parse(decoder.decode(bytes));
      return true;
    } catch {
      return false;
    }
  }

  it("strings of any length with an odd character anywhere", () => {
    for (let length = 0; length < 300; length++)
      for (const odd of ["", "\u001f", "é", "\\n", "\u007f", "漢", "😀"]) {
        const text = `[1,["${"~".repeat(length)}${odd}${" ".repeat(length % 7)}"],{"${"~".repeat(length)}":0}]`;
        expect(scanner.scan(bytesOf(text)) > 0).toBe(odd !== "\u001f");
      }
  });

  it("non-ASCII keys, compared as they are", () => {
    expect(scanner.scan(bytesOf('[1,{"größe":1,"große":2}]'))).toBe(2);
    expect(scanner.scan(bytesOf('[1,{"größe":1,"größe":2}]'))).toBe(-1);
  });

  it("long frames, and small ones afterwards as before", () => {
    const long = bytesOf(`[1,["${"x".repeat(3_000_000)}"]]`);
    const short = bytesOf('[1,["x"],{"a":1}]');
    for (let round = 0; round < 2; round++) {
      expect(scanner.scan(long)).toBe(2);
      for (let frame = 0; frame < 600; frame++) expect(scanner.scan(short)).toBe(3);
    }
    expect(scanner.bounds.buffer.byteLength).toBeLessThan(1_000_000);
  });
});
