import { describe, expect, it } from "vitest";
import { cbor, createCborCodec } from "./binary/cbor-codec.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, isEmptyPayload, type Publish } from "./index.js";
import { json } from "./json/json-codec.js";
import { msgpack } from "./binary/msgpack-codec.js";

const received = (text: string): EncodedPayload =>
  (json.decode(new TextEncoder().encode(`[16,1,{},"a",${text}]`)) as Publish).payload as EncodedPayload;

describe("a payload from a frame", () => {
  it("is decoded once, on first access", () => {
    const payload = received('[{"a":1}],{"b":"\\u0000AQ=="}');
    expect(payload.args).toEqual([{ a: 1 }]);
    expect(payload.args).toBe(payload.args);
    expect(payload.kwargs).toEqual({ b: Uint8Array.of(1) });
    expect(payload.opaque).toBeUndefined();
  });

  it("is not transcoded to its own format, and once to each other", () => {
    const payload = received("[1]");
    expect(payload.transcode(json)).toBe(payload);
    const packed = payload.transcode(msgpack);
    expect(packed?.bytes).toEqual(Uint8Array.of(0x91, 1));
    expect(payload.transcode(msgpack)).toBe(packed);
    const concise = payload.transcode(cbor);
    expect(concise?.bytes).toEqual(Uint8Array.of(0x81, 1));
    // The id identifies a format: another CBOR codec gets the same bytes.
    expect(payload.transcode(createCborCodec())).toBe(concise);
    expect(encodePayloadAs(payload, msgpack)).toBe(packed);
  });

  it("can be transcoded repeatedly", () => {
    const there = received('["a"],{"k":[1.5]}').transcode(cbor)?.transcode(msgpack);
    expect(there).toMatchObject({ args: ["a"], kwargs: { k: [1.5] }, elements: 2 });
    expect(new TextDecoder().decode(there?.transcode(json)?.bytes)).toBe('["a"],{"k":[1.5]}');
  });

  it("shares no memory with the frame once detached", () => {
    for (const codec of [json, msgpack, cbor]) {
      const frame = Buffer.from(
        codec.encode({ type: 16, request: 1, options: {}, topic: "a", payload: { args: [7] } }),
      );
      const detached = ((codec.decode(frame) as Publish).payload as EncodedPayload).detach();
      frame.fill(0xff);
      expect(codec.decodePayload(detached).args).toEqual([7]);
    }
  });

  it("shares no memory with a view whose slice does not copy, such as Node's Buffer", () => {
    class View extends Uint8Array {
      override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const bytes = new View(new TextEncoder().encode("[1]"));
    const detached = new EncodedPayload(json, bytes, 1).detach();
    bytes.fill(0);
    expect(detached.args).toEqual([1]);
  });
});

describe("isEmptyPayload (spec: Empty Arguments and Keyword Arguments)", () => {
  it.each([EMPTY_PAYLOAD, {}, { args: [] }, { kwargs: {} }, { args: [], kwargs: {} }])("%j is empty", (payload) => {
    expect(isEmptyPayload(payload)).toBe(true);
    for (const codec of [json, msgpack, cbor]) expect(encodePayloadAs(payload, codec)).toBeUndefined();
  });

  it.each([{ args: [null] }, { kwargs: { a: null } }, { opaque: "" }, received("[1]")])(
    "%j is not empty",
    (payload) => {
      expect(isEmptyPayload(payload)).toBe(false);
      for (const codec of [json, msgpack, cbor]) expect(encodePayloadAs(payload, codec)).toBeDefined();
    },
  );
});
