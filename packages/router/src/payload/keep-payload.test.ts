import { EMPTY_PAYLOAD, EncodedPayload, MessageType } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { describe, expect, it } from "vitest";
import { keepPayload } from "./keep-payload.js";

describe("keepPayload", () => {
  it("detaches encoded payloads and knows their size", () => {
    const frame = json.encode({
      type: MessageType.PUBLISH,
      request: 1,
      options: {},
      topic: "com.x",
      payload: { args: ["hello"] },
    });
    const message = json.decode(frame);
    if (message.type !== MessageType.PUBLISH) throw new Error("not a PUBLISH");
    const { payload, bytes } = keepPayload(message.payload);
    expect(bytes).toBe('["hello"]'.length);
    expect((payload as EncodedPayload).bytes.buffer).not.toBe(frame.buffer);
    expect(payload.args).toEqual(["hello"]);
  });

  it("copies binary values out of the frame that they came in", () => {
    const frame = new Uint8Array(1_000_000);
    const { payload, bytes } = keepPayload({ args: [frame.subarray(10, 12)] });
    const kept = payload.args?.[0] as Uint8Array;
    expect(kept).toEqual(new Uint8Array(2));
    expect(kept.buffer.byteLength).toBe(2);
    expect(bytes).toBeLessThan(100);
  });

  it("is out of reach of those who change their objects later", () => {
    const inner = { list: [1] };
    const { payload } = keepPayload({ args: [inner], kwargs: { inner } });
    inner.list.push(2);
    expect(payload).toEqual({ args: [{ list: [1] }], kwargs: { inner: { list: [1] } } });
  });

  it("keeps what codecs can carry: big integers, dates as text, a key named __proto__", () => {
    const dict = JSON.parse('{"__proto__": 1}') as Record<string, unknown>;
    const { payload } = keepPayload({ args: [2n ** 60n, new Date(0), dict, null, Number.NaN, true] });
    expect(payload.args).toEqual([2n ** 60n, "1970-01-01T00:00:00.000Z", dict, null, Number.NaN, true]);
    expect(Object.keys(payload.args?.[2] as object)).toEqual(["__proto__"]);
    expect(msgpack.encodePayload(payload)).toBeInstanceOf(EncodedPayload);
  });

  it("grows with what is in it, empty values included", () => {
    const size = (value: unknown): number => keepPayload({ args: [value] }).bytes;
    expect(size("x".repeat(1000))).toBeGreaterThanOrEqual(1000);
    expect(size(new Uint8Array(1000))).toBeGreaterThanOrEqual(1000);
    expect(size({ ["k".repeat(1000)]: 1 })).toBeGreaterThanOrEqual(1000);
    expect(size(Array.from({ length: 1000 }, () => []))).toBeGreaterThanOrEqual(1000);
    expect(keepPayload(EMPTY_PAYLOAD).bytes).toBeLessThan(50);
  });

  it("cuts off a value that refers to itself", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => keepPayload({ args: loop })).not.toThrow();
  });
});
