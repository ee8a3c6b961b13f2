import { describe, expect, it } from "vitest";
import { createCborCodec } from "../binary/cbor-codec.js";
import { ConfigError, DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES } from "../index.js";
import { limitsOf } from "./frame-limits.js";
import { createJsonCodec } from "../json/json-codec.js";
import { createMsgpackCodec } from "../binary/msgpack-codec.js";

describe("limits of a codec", () => {
  it("have defaults", () => {
    const defaults = { maxBytes: DEFAULT_MAX_BYTES, maxDepth: DEFAULT_MAX_DEPTH, maxValues: DEFAULT_MAX_VALUES };
    expect(limitsOf({})).toEqual(defaults);
    expect(limitsOf({ maxDepth: 1000 })).toEqual({ maxBytes: 16_777_216, maxDepth: 1000, maxValues: 1_000_000 });
  });

  it.each([
    { maxBytes: 0 },
    { maxBytes: 1.5 },
    { maxBytes: NaN },
    { maxDepth: 0 },
    { maxDepth: 1001 },
    { maxDepth: NaN },
  ])("%o is refused by every codec", (limits) => {
    for (const create of [createJsonCodec, createMsgpackCodec, createCborCodec])
      expect(() => create(limits)).toThrow(ConfigError);
  });

  it("allows nesting that every codec gets through, decoded and encoded again", () => {
    const codecs = [createJsonCodec, createMsgpackCodec, createCborCodec].map((create) => create({ maxDepth: 1000 }));
    let args: unknown[] = [];
    for (let level = 3; level <= 1000; level++) args = [args];
    for (const codec of codecs) {
      const frame = codec.encode({ type: 16, request: 1, options: {}, topic: "a", payload: { args } });
      for (const other of codecs) expect(() => other.decode(other.encode(codec.decode(frame)))).not.toThrow();
    }
  });
});
