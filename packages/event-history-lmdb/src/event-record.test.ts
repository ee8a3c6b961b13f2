import { EncodedPayload, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { KeptEvent } from "@kreuz/event-history";
import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord, offsetOf, setOffset } from "./event-record.js";

const event = (payload: Payload): KeptEvent => ({
  publication: 2 ** 53,
  topic: "com.exämple.topic",
  published: 1_700_000_000_000,
  details: { publisher: 2 ** 53, trustlevel: 3 },
  restrictions: { eligible_authid: ["ä", "b"], exclude_authrole: [] },
  payload,
});

const roundTrip = (payload: Payload): Payload => decodeRecord(encodeRecord(event(payload))).payload;
const CODECS: readonly Codec[] = [json, msgpack, cbor];

describe("an event as a record", () => {
  it("decodes to the same event", () => {
    const { bytes, payload, ...about } = decodeRecord(encodeRecord(event({ args: [1] })));
    const { payload: _payload, ...before } = event({});
    expect(about).toEqual(before);
    expect(payload.args).toEqual([1]);
    expect(bytes).toBe(encodeRecord(event({ args: [1] })).length);
  });

  it.each(CODECS.map((codec) => [codec.id, codec] as const))("keeps the bytes of a %s payload", (_id, codec) => {
    const values = { args: ["x", [1, 2]], kwargs: { a: { b: Uint8Array.of(1, 2) } } };
    const encoded = codec.encodePayload(values);
    const kept = roundTrip(encoded ?? {}) as EncodedPayload;
    expect(kept.format).toBe(codec);
    expect(kept.bytes).toEqual(encoded?.bytes);
    expect(kept.elements).toBe(2);
    expect({ args: kept.args, kwargs: kept.kwargs }).toEqual(values);
  });

  it("has no payload if the event has none", () => {
    expect(roundTrip({})).toEqual({});
  });

  it("keeps a transparent payload", () => {
    for (const codec of CODECS) {
      const encoded = codec.encodePayload({ opaque: Uint8Array.of(1, 2, 3) });
      expect(roundTrip(encoded ?? {}).opaque).toEqual(Uint8Array.of(1, 2, 3));
    }
  });

  it("preserves payloads from inside the process, and of unknown codecs", () => {
    const values = { args: [2n ** 60n, "\0text", Uint8Array.of(0)], kwargs: { k: null } };
    expect(roundTrip(values)).toMatchObject({ args: values.args, kwargs: values.kwargs });
    const stranger: Codec = { ...json, id: "stranger", decodePayload: () => values } as Codec;
    const kept = roundTrip(new EncodedPayload(stranger, Uint8Array.of(1), 2)) as EncodedPayload;
    expect(kept.format.id).toBe("msgpack");
    expect(kept.args).toEqual(values.args);
  });

  it("contains its offset", () => {
    const record = encodeRecord(event({ args: [1] }));
    setOffset(record, 2 ** 40 + 1);
    expect(offsetOf(record)).toBe(2 ** 40 + 1);
    expect(decodeRecord(record).payload.args).toEqual([1]);
  });

  it("of a later version is rejected", () => {
    const record = encodeRecord(event({}));
    record[0] = 3;
    expect(() => decodeRecord(record)).toThrow("version 3, expected 2");
  });

  it("is rejected when any byte of its contents is damaged", () => {
    const record = encodeRecord(event({ args: ["some text"] }));
    for (let at = 20; at < record.length; at++) {
      const damaged = Uint8Array.from(record);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => decodeRecord(damaged)).toThrow("damaged");
    }
  });

  it("of version 1, which had no checksum, is still read", () => {
    const record = encodeRecord(event({ args: ["x"] }));
    const first = new Uint8Array([...record.subarray(0, 16), ...record.subarray(20)]);
    first[0] = 1;
    const { bytes: _bytes, payload, ...about } = decodeRecord(first);
    const { payload: _payload, ...before } = event({});
    expect(about).toEqual(before);
    expect(payload.args).toEqual(["x"]);
  });
});
