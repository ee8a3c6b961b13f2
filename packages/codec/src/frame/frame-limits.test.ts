import { describe, expect, it } from "vitest";
import { createCborCodec } from "../binary/cbor-codec.js";
import { createMsgpackCodec } from "../binary/msgpack-codec.js";
import {
  ConfigError,
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_VALUES,
  MessageType,
  type Publish,
} from "../index.js";
import { createJsonCodec } from "../json/json-codec.js";
import { limitsOf } from "./frame-limits.js";

describe("limits of a codec", () => {
  it("have defaults", () => {
    const defaults = { maxBytes: DEFAULT_MAX_BYTES, maxDepth: DEFAULT_MAX_DEPTH, maxValues: DEFAULT_MAX_VALUES };
    expect(limitsOf({})).toEqual(defaults);
    expect(limitsOf({ maxDepth: 1000 })).toEqual({ maxBytes: 4_194_304, maxDepth: 1000, maxValues: 100_000 });
  });

  it.each([
    { maxBytes: 0 },
    { maxBytes: 1.5 },
    { maxBytes: NaN },
    { maxDepth: 0 },
    { maxDepth: 1001 },
    { maxDepth: NaN },
  ])("every codec rejects %o", (limits) => {
    for (const create of [createJsonCodec, createMsgpackCodec, createCborCodec])
      expect(() => create(limits)).toThrow(ConfigError);
  });

  it("accept nesting that every codec can decode and encode", () => {
    const codecs = [createJsonCodec, createMsgpackCodec, createCborCodec].map((create) => create({ maxDepth: 1000 }));
    let args: unknown[] = [];
    for (let level = 3; level <= 1000; level++) args = [args];
    for (const codec of codecs) {
      const frame = codec.encode({ type: 16, request: 1, options: {}, topic: "a", payload: { args } });
      for (const other of codecs) expect(() => other.decode(other.encode(codec.decode(frame)))).not.toThrow();
    }
  });
});

const publish = (values: number): Publish => ({
  type: MessageType.PUBLISH,
  request: 1,
  options: {},
  topic: "com.example",
  payload: { args: [Array.from({ length: values }, () => 0)] },
});

describe.each([
  ["JSON", createJsonCodec],
  ["MessagePack", createMsgpackCodec],
  ["CBOR", createCborCodec],
])("maxValues in %s", (_name, create) => {
  it("rejects a message with too many values", () => {
    const codec = create({ maxValues: 100 });
    expect(codec.decode(codec.encode(publish(90)))).toMatchObject({ request: 1 });
    expect(() => codec.decode(codec.encode(publish(110)))).toThrow("more than 100 values");
  });

  it("accepts a hundred thousand values per element by default", () => {
    const codec = create();
    const frame = codec.encode(publish(DEFAULT_MAX_VALUES - 2));
    for (let again = 0; again < 2; again++) expect(codec.decode(frame)).toMatchObject({ request: 1 });
    expect(() => codec.decode(codec.encode(publish(DEFAULT_MAX_VALUES - 1)))).toThrow("more than 100000 values");
  });

  it("counts the element itself, and members at every level, but no keys", () => {
    const codec = create({ maxValues: 10 });
    const frame = (args: unknown[], kwargs = {}) => codec.encode({ ...publish(0), payload: { args, kwargs } });
    const ten = [[[], {}], { a: [1], b: 2, "\n": "," }, 3];
    for (const text of ["", "\n"]) {
      expect(codec.decode(frame([...ten.slice(0, 2), text], { "\n": ten.slice(0, 2) }))).toMatchObject({ request: 1 });
      expect(() => codec.decode(frame([...ten, text]))).toThrow("more than 10 values");
      expect(() => codec.decode(frame([], { [`k${text}`]: [...ten], l: 1 }))).toThrow("more than 10 values");
    }
  });

  it("decodes any payload that it accepted on access", () => {
    const codec = create({ maxValues: 100 });
    const message = codec.decode(codec.encode(publish(90))) as Publish;
    expect(message.payload.args?.[0]).toHaveLength(90);
  });
});
