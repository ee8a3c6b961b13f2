import { describe, expect, it } from "vitest";
import { ProtocolError } from "../index.js";
import { Utf8Reader } from "./utf8-reader.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("Utf8Reader", () => {
  it.each(["", "a", "com.myapp.topic", "ü", "日本語", "😀", "\ufeffa", "\0", "a".repeat(97), `${"a".repeat(70)}ü`])(
    "reads %j",
    (text) => {
      const reader = new Utf8Reader();
      const bytes = utf8(`<${text}>`);
      for (let time = 0; time < 3; time++) expect(reader.read(bytes, 1, bytes.length - 1)).toBe(text);
      reader.check(bytes, 1, bytes.length - 1);
    },
  );

  it("keeps any number of strings apart", () => {
    const reader = new Utf8Reader();
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
    const reader = new Utf8Reader();
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
