import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cbor } from "../binary/cbor-codec.js";
import { msgpack } from "../binary/msgpack-codec.js";
import type { Publish } from "../index.js";
import { json } from "./json-codec.js";

const HEADER = '[16,1,{},"a.b",';

/** What a peer with a binary format gets for a JSON value. */
function through(text: string, codec = cbor): unknown {
  const message = json.decode(new TextEncoder().encode(`${HEADER}[${text}]]`));
  const [value] = (codec.decode(codec.encode(message)) as Publish).payload.args ?? [];
  return value;
}

/** The JSON that a peer gets for a value that came in a binary format. */
function jsonOf(value: unknown): string {
  const message = cbor.decode(
    cbor.encode({ type: 16, request: 1, options: {}, topic: "a.b", payload: { args: [value] } }),
  );
  const text = new TextDecoder().decode(json.encode(message));
  return text.slice(HEADER.length + 1, -2);
}

const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
const escapeOf = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
/** A string with every so many code units written as four digits, and the others as the platform writes them. */
const escapedText = (value: string, every: number): string =>
  `"${value
    .split("")
    .map((unit, index) => (index % every === 0 ? escapeOf(unit) : JSON.stringify(unit).slice(1, -1)))
    .join("")}"`;
const units = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((list) => String.fromCharCode(...list));
const string = fc
  .oneof(fc.string({ unit: "binary", maxLength: 90 }), units)
  // What begins with \0 may be binary data.
  .filter((value) => !value.startsWith("\0"));

describe("JSON to binary formats", () => {
  it("strings with any escapes, and lone surrogates as U+FFFD", () => {
    fc.assert(
      fc.property(string, fc.constantFrom(1, 2, 7, 100), (value, every) => {
        expect(through(JSON.stringify(value))).toBe(wellFormed(value));
        // A half of a pair that is not escaped has no form of its own.
        const written = every === 1 ? value : wellFormed(value).replaceAll(/[\u{10000}-\u{10ffff}]/gu, "x");
        expect(through(escapedText(written, every))).toBe(wellFormed(written));
      }),
      { numRuns: 1000 },
    );
  });

  it("keys with any escapes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme", maxLength: 50 }), fc.nat()), (dict) => {
        const text = JSON.stringify(dict);
        const escaped = text.replaceAll(/[^ -~]/g, escapeOf);
        expect(through(text)).toEqual(dict);
        expect(through(escaped, msgpack)).toEqual(dict);
      }),
      { numRuns: 500 },
    );
  });

  it("strings of any length with an escape anywhere, one after another", () => {
    for (let length = 0; length < 100; length++)
      for (const escape of ["", "\\n", "\\u00e4", "\\ud83d\\ude00", "\\\\", '\\"']) {
        const text = `"${"a".repeat(length)}${escape}${"b".repeat(length % 37)}"`;
        expect(through(`[${text},${text},"c"]`)).toEqual([JSON.parse(text), JSON.parse(text), "c"]);
      }
  });

  it("integers of any length exactly, up to 64 bits", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
          fc.bigInt({ min: 2n ** 53n - 5n, max: 2n ** 53n + 5n }),
        ),
        (value) => {
          for (const codec of [cbor, msgpack]) {
            const received = through(String(value), codec);
            expect(BigInt(received as bigint)).toBe(value);
            expect(typeof received).toBe(value > 2n ** 53n || value < -(2n ** 53n) ? "bigint" : "number");
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("integers of up to 1024 bits exactly to CBOR, and back", () => {
    const [min, max] = [-(2n ** 1024n), 2n ** 1024n - 1n];
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        expect(BigInt(through(String(value)) as bigint)).toBe(value);
        expect(jsonOf(value)).toBe(String(value));
      }),
      { examples: [[min], [max], [2n ** 1016n]] },
    );
    for (const value of [min - 1n, max + 1n]) expect(through(String(value))).toBe(Number(value));
  });

  it("decimals as the nearest number", () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})(\.\d{1,25})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(fc.oneof(digits, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
        if (!/[.eE]/.test(text)) return;
        expect(through(text)).toBe(Number(text) === 0 ? 0 : Number(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("binary formats to JSON", () => {
  it("numbers in the digits that the platform would write", () => {
    const decimal = fc
      .tuple(fc.integer({ min: -2e9, max: 2e9 }), fc.nat(8))
      .map(([value, digits]) => value / 10 ** digits);
    const number = fc.oneof(
      decimal,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(number, (value) => {
        const isWhole = Number.isInteger(value) && Math.abs(value) < 1e21;
        expect(jsonOf(value)).toBe(isWhole ? String(BigInt(value)) : String(value));
      }),
      { numRuns: 3000 },
    );
  });

  it("strings with the escapes that the platform would write", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (value) => {
        expect(JSON.parse(jsonOf(value))).toBe(value);
      }),
    );
    const long = `${"\u0001".repeat(5000)}${'"'.repeat(5000)}${"ä".repeat(5000)}`;
    expect(jsonOf(long)).toBe(JSON.stringify(long));
  });
});
