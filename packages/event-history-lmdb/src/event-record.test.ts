import { EncodedPayload, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { KeptEvent } from "@kreuz/event-history";
import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord, offsetOf } from "./event-record.js";

const event = (payload: Payload): KeptEvent => ({
  publication: 2 ** 53,
  topic: "com.exämple.topic",
  published: 1_700_000_000_000,
  details: { publisher: 2 ** 53, trustlevel: 3 },
  restrictions: { eligible_authid: ["ä", "b"], exclude_authrole: [] },
  payload,
});

const roundTrip = (payload: Payload): Payload => decodeRecord(encodeRecord(event(payload), 0)).payload;
const CODECS: readonly Codec[] = [json, msgpack, cbor];

describe("an event as a record", () => {
  it("decodes to the same event", () => {
    const { bytes, payload, ...about } = decodeRecord(encodeRecord(event({ args: [1] }), 7));
    const { payload: _payload, ...before } = event({});
    expect(about).toEqual(before);
    expect(payload.args).toEqual([1]);
    expect(bytes).toBe(encodeRecord(event({ args: [1] }), 7).length);
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
    expect(offsetOf(encodeRecord(event({}), 2 ** 40 + 1))).toBe(2 ** 40 + 1);
  });

  it("of a later version is rejected", () => {
    const record = encodeRecord(event({}), 0);
    record[0] = 2;
    expect(() => decodeRecord(record)).toThrow("version 2, expected 1");
  });
});
