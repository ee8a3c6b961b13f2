import { describe, expect, it } from "vitest";
import { cbor } from "./cbor-codec.js";
import { json } from "../json/json-codec.js";
import { msgpack } from "./msgpack-codec.js";
import { MessageType, type Codec, type Publish } from "../index.js";
import { fromHex } from "../vectors/message-vectors.js";

/** `undefined` as JavaScript libraries write it in each format. */
const FORMATS: ReadonlyArray<readonly [Codec, undefinedBytes: string]> = [
  [cbor, "f7"],
  [msgpack, "d40000"],
];

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""));
const key = (codec: Codec, name: string): string =>
  ((codec.binary && codec.id === "cbor" ? 0x60 : 0xa0) + name.length).toString(16) + Buffer.from(name).toString("hex");
const list = (codec: Codec, length: number): string => ((codec.id === "cbor" ? 0x80 : 0x90) + length).toString(16);
const dict = (codec: Codec, length: number): string => ((codec.id === "cbor" ? 0xa0 : 0x80) + length).toString(16);
const type = (codec: Codec, code: number): string => (codec.id === "cbor" && code > 23 ? "18" : "") + code.toString(16);

describe.each(FORMATS)("undefined in $id", (codec, nothing) => {
  it("counts as an absent option, as in JSON", () => {
    // SUBSCRIBE as Wampy sends it without options.
    const options = `${dict(codec, 2)} ${key(codec, "match")} ${nothing} ${key(codec, "get_retained")} ${nothing}`;
    const frame = hex(`${list(codec, 4)} ${type(codec, 32)} 01 ${options} ${key(codec, "a.b")}`);
    expect(codec.decode(frame)).toStrictEqual({
      type: MessageType.SUBSCRIBE,
      request: 1,
      options: {},
      topic: "a.b",
    });
  });

  it("is left out of dicts and becomes null in lists", () => {
    const inner = `${dict(codec, 2)} ${key(codec, "x")} ${nothing} ${key(codec, "y")} 01`;
    const args = `${list(codec, 3)} ${nothing} ${list(codec, 1)} ${nothing} ${inner}`;
    const frame = hex(`${list(codec, 5)} ${type(codec, 16)} 01 ${dict(codec, 0)} ${key(codec, "a")} ${args}`);
    const message = codec.decode(frame) as Publish;
    expect(new TextDecoder().decode(json.encode(message))).toBe('[16,1,{},"a",[null,[null],{"y":1}]]');
    expect(message.payload.args).toStrictEqual([null, [null], { y: 1 }]);
    const usual = { ...message, payload: { args: [null, [null], { y: 1 }] } };
    expect(codec.encode(message)).toEqual(codec.encode(usual));
  });

  it("is rejected as an element of a message", () => {
    expect(() => codec.decode(hex(`${list(codec, 3)} ${type(codec, 17)} 01 ${nothing}`))).toThrow("got null");
  });
});
