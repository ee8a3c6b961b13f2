import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../index.js";
import { Utf8Reader } from "./utf8-reader.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const KINDS = [
  { name: "with the check of Node.js", create: () => new Utf8Reader() },
  { name: "without it", create: () => new Utf8Reader(null) },
];

describe.each(KINDS)("Utf8Reader $name", ({ create }) => {
  it.each(["", "a", "com.myapp.topic", "ü", "日本語", "😀", "\ufeffa", "\0", "a".repeat(97), `${"a".repeat(70)}ü`])(
    "reads %j",
    (text) => {
      const reader = create();
      const bytes = utf8(`<${text}>`);
      for (let time = 0; time < 3; time++) expect(reader.read(bytes, 1, bytes.length - 1)).toBe(text);
      reader.check(bytes, 1, bytes.length - 1);
    },
  );

  it("keeps any number of strings apart", () => {
    const reader = create();
    for (let time = 0; time < 2; time++)
      for (let index = 0; index < 5000; index++) {
        const bytes = utf8(`topic.${index}`);
        expect(reader.read(bytes, 0, bytes.length)).toBe(`topic.${index}`);
      }
  });

  it.each([
    ["a byte of Latin-1", [0xe9]],
    ["a lone continuation byte", [0x80]],
    ["an overlong form", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["a truncated sequence", [0x61, 0xe2, 0x82]],
  ])("rejects %s, short or long", (_name, invalid) => {
    const reader = create();
    // Cached strings must not make it accept bytes that equal their character codes.
    for (let code = 0x80; code < 0x100; code++) {
      const valid = utf8(String.fromCharCode(code));
      reader.read(valid, 0, valid.length);
    }
    for (const padding of [0, 63, 64, 100]) {
      const bytes = Uint8Array.from([...new Uint8Array(padding).fill(0x61), ...invalid]);
      expect(() => reader.check(bytes, 0, bytes.length)).toThrow(ProtocolError);
      expect(() => reader.read(bytes, 0, bytes.length)).toThrow(ProtocolError);
    }
  });
});

it("the check of Node.js accepts what the standard decoder accepts", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4));
  const bytes = fc.oneof(
    fc.array(byte, { maxLength: 8 }).map((list) => Uint8Array.from(list)),
    fc.string({ unit: "binary", maxLength: 150 }).map(utf8),
  );
  const accepts = (action: () => unknown): boolean => {
    try {
      action();
      return true;
    } catch {
      return false;
    }
  };
  const reader = new Utf8Reader();
  fc.assert(
    fc.property(bytes, (text) => {
      expect(accepts(() => reader.check(text, 0, text.length))).toBe(accepts(() => decoder.decode(text)));
    }),
    { numRuns: 2000 },
  );
});
