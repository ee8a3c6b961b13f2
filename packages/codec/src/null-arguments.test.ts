import { describe, expect, it } from "vitest";
import { cbor } from "./binary/cbor-codec.js";
import { msgpack } from "./binary/msgpack-codec.js";
import { EMPTY_PAYLOAD, type Message, MessageType, type Payload, type PayloadFormat } from "./index.js";
import { json } from "./json/json-codec.js";
import { writeValue } from "./vectors/write-value.js";

/** The header of each message that has a payload. */
const HEADERS: ReadonlyArray<readonly [name: string, header: readonly unknown[]]> = [
  ["ABORT", [MessageType.ABORT, {}, "wamp.close.normal"]],
  ["CALL", [MessageType.CALL, 1, {}, "a.b"]],
  ["ERROR", [MessageType.ERROR, MessageType.CALL, 1, {}, "a.b"]],
  ["EVENT", [MessageType.EVENT, 1, 2, {}]],
  ["INVOCATION", [MessageType.INVOCATION, 1, 2, {}]],
  ["PUBLISH", [MessageType.PUBLISH, 1, {}, "a.b"]],
  ["RESULT", [MessageType.RESULT, 1, {}]],
  ["YIELD", [MessageType.YIELD, 1, {}]],
];

const FORMATS = [
  { codec: json, write: (value: unknown) => writeValue("json", value) },
  { codec: msgpack, write: (value: unknown) => writeValue("msgpack", value) },
  { codec: cbor, write: (value: unknown) => writeValue("cbor", value) },
];

const payloadOf = (message: Message): Payload => (message as Message & { payload: Payload }).payload;
const decoded = (payload: Payload | undefined) => ({ args: payload?.args ?? [], kwargs: payload?.kwargs ?? {} });

describe.each(FORMATS)("null in place of arguments in $codec.id", ({ codec, write }) => {
  describe.each(HEADERS)("%s", (_name, header) => {
    const decode = (...elements: unknown[]) => payloadOf(codec.decode(write([...header, ...elements])));

    it("is an absent element", () => {
      expect(decode(null)).toBe(EMPTY_PAYLOAD);
      expect(decode(null, null)).toBe(EMPTY_PAYLOAD);
      expect(decode(null, {})).toBe(EMPTY_PAYLOAD);
      expect(decode([], null)).toBe(EMPTY_PAYLOAD);
      expect(decoded(decode([1, "ü"], null))).toEqual({ args: [1, "ü"], kwargs: {} });
      expect(decoded(decode(null, { ü: [1] }))).toEqual({ args: [], kwargs: { ü: [1] } });
    });

    it.each(FORMATS)("leaves as an empty list in $codec.id", ({ codec: other }) => {
      const message = codec.decode(write([...header, null, { k: "v", "\n": null }]));
      const forwarded = payloadOf(other.decode(other.encode(message)));
      expect(decoded(forwarded)).toEqual({ args: [], kwargs: { k: "v", "\n": null } });
      const bytes = (other as PayloadFormat).encodePayload({ args: [], kwargs: { k: "v", "\n": null } })?.bytes;
      expect(Buffer.from(other.encode(message)).includes(Buffer.from(bytes ?? []))).toBe(true);
    });
  });
});
