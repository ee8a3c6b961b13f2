import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cbor } from "./binary/cbor-codec.js";
import { type Codec, type Message, ProtocolError, type Publish } from "./index.js";
import { json } from "./json/json-codec.js";
import { msgpack } from "./binary/msgpack-codec.js";
import { binaryValue, messageWith, portableValue } from "./vectors/arbitrary-messages.js";
import { looseList } from "./vectors/loose-cbor.js";
import { mutate, mutations } from "./vectors/mutations.js";

// A failure prints seed and path, which fc.assert takes as parameters to repeat it.
const SEED = 20_140_329;
const runs = (numRuns: number) => ({ seed: SEED, numRuns });

const codecs: readonly Codec[] = [json, msgpack, cbor];
const portable = messageWith(portableValue);
const valuesOf = (codec: Codec) => (codec.binary ? messageWith(binaryValue) : portable);

/** Decodes the payload of a message. Absent elements become empty ones. */
function withPayloadDecoded(message: Message): unknown {
  if (!("payload" in message)) return message;
  const { args = [], kwargs = {}, opaque } = message.payload;
  return { ...message, payload: { args, kwargs, opaque } };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Decodes any bytes. Returns `undefined` for a ProtocolError and fails on any other error. */
function decodeAny(codec: Codec, frame: Uint8Array): Message | undefined {
  try {
    return codec.decode(frame);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return undefined;
  }
}

describe.each(codecs)("any message in $id", (codec) => {
  it("decodes to what was encoded", () => {
    fc.assert(
      fc.property(valuesOf(codec), (message) => {
        expect(withPayloadDecoded(codec.decode(codec.encode(message)))).toEqual(withPayloadDecoded(message));
      }),
      runs(250),
    );
  });

  it("passes through in the same bytes as a full encoding", () => {
    fc.assert(
      fc.property(valuesOf(codec), (message) => {
        const frame = codec.encode(message);
        const decoded = codec.decode(frame);
        expect(hex(codec.encode(decoded))).toBe(hex(frame));
        expect(hex(codec.encode(withPayloadDecoded(decoded) as Message))).toBe(hex(frame));
      }),
      runs(250),
    );
  });

  it.each(codecs)("keeps its payload when transcoded to $id and back", (other) => {
    fc.assert(
      fc.property(portable, (message) => {
        const there = other.decode(other.encode(codec.decode(codec.encode(message))));
        const back = codec.decode(codec.encode(there));
        expect(withPayloadDecoded(there)).toEqual(withPayloadDecoded(message));
        expect(withPayloadDecoded(back)).toEqual(withPayloadDecoded(message));
      }),
      runs(80),
    );
  });
});

describe.each(codecs)("any bytes as $id", (codec) => {
  function check(frame: Uint8Array): void {
    const message = decodeAny(codec, frame);
    if (message === undefined) return;
    const again = codec.encode(message);
    const decoded = codec.decode(again);
    expect(normalized(withPayloadDecoded(decoded), codec)).toEqual(normalized(withPayloadDecoded(message), codec));
    expect(hex(codec.encode(decoded))).toBe(hex(again));
    for (const other of codecs) expect(decodeAny(other, other.encode(message))).toBeDefined();
  }

  it("are rejected with a ProtocolError or decode to a message that can be encoded", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), runs(1000));
  });

  it("are rejected or decode when they are a mutated valid frame", () => {
    const frames = valuesOf(codec).map((message) => codec.encode(message));
    fc.assert(
      fc.property(frames, frames, mutations, (frame, other, list) => check(mutate(frame, other, list))),
      runs(1000),
    );
  });
});

it("CBOR values decode alike in every form that they can be written in", () => {
  const header = [0x85, 0x10, 1, 0xa0, 0x61, 0x61];
  fc.assert(
    fc.property(looseList, ({ bytes, value }) => {
      const frame = Uint8Array.from([...header, ...bytes]);
      const message = cbor.decode(frame) as Publish;
      expect(message.payload.args ?? []).toEqual(value);
      const packed = msgpack.decode(msgpack.encode(message)) as Publish;
      const concise = cbor.decode(cbor.encode(packed)) as Publish;
      expect(normalized(concise.payload.args ?? [], msgpack)).toEqual(normalized(packed.payload.args ?? [], msgpack));
      const usual = cbor.encode(message);
      const again = cbor.decode(usual) as Publish;
      expect(again.payload.args ?? []).toEqual(value);
      expect(hex(cbor.encode(again))).toBe(hex(usual));
    }),
    runs(500),
  );
});

/** Replaces numbers in the header that no encoding preserves: -0 by 0 and, in JSON, non-finite ones by null. */
function normalized(value: unknown, codec: Codec): unknown {
  if (typeof value === "number") {
    if (!codec.binary && !Number.isFinite(value)) return null;
    return value === 0 ? 0 : value;
  }
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => normalized(item, codec));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalized(member, codec)]));
}
