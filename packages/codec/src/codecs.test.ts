import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cbor } from "./binary/cbor-codec.js";
import { type Codec, EMPTY_PAYLOAD, type Message, ProtocolError, type Publish } from "./index.js";
import { json } from "./json/json-codec.js";
import { msgpack } from "./binary/msgpack-codec.js";
import { binaryValue, messageWith, portableValue } from "./vectors/arbitrary-messages.js";
import { looseList } from "./vectors/loose-cbor.js";
import { mutate, mutations } from "./vectors/mutations.js";

// A failure prints seed and path; both are parameters of fc.assert.
const SEED = 20_140_329;
const runs = (numRuns: number) => ({ seed: SEED, numRuns });

const codecs: readonly Codec[] = [json, msgpack, cbor];
const portable = messageWith(portableValue);
const valuesOf = (codec: Codec) => (codec.binary ? messageWith(binaryValue) : portable);

/** The message with its payload decoded: absent elements are empty ones. */
function touched(message: Message): unknown {
  if (!("payload" in message)) return message;
  const { args = [], kwargs = {}, opaque } = message.payload;
  return { ...message, payload: { args, kwargs, opaque } };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Decodes what may be anything. Gives nothing when it is refused, and fails when it is refused in another way. */
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
        expect(touched(codec.decode(codec.encode(message)))).toEqual(touched(message));
      }),
      runs(250),
    );
  });

  it("passes through in the bytes that a full encoding gives", () => {
    fc.assert(
      fc.property(valuesOf(codec), (message) => {
        const frame = codec.encode(message);
        const decoded = codec.decode(frame);
        expect(hex(codec.encode(decoded))).toBe(hex(frame));
        expect(hex(codec.encode(touched(decoded) as Message))).toBe(hex(frame));
      }),
      runs(250),
    );
  });

  it.each(codecs)("keeps its payload on the way through $id", (other) => {
    fc.assert(
      fc.property(portable, (message) => {
        const there = other.decode(other.encode(codec.decode(codec.encode(message))));
        const back = codec.decode(codec.encode(there));
        expect(touched(there)).toEqual(touched(message));
        expect(touched(back)).toEqual(touched(message));
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
    expect(settled(touched(decoded), codec)).toEqual(settled(touched(message), codec));
    expect(hex(codec.encode(decoded))).toBe(hex(again));
    for (const other of codecs) expect(decodeAny(other, other.encode(message))).toBeDefined();
  }

  it("are refused with a ProtocolError or decode to a message that can be encoded", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), runs(1000));
  });

  it("are refused or decode when they are a valid frame with mutations", () => {
    const frames = valuesOf(codec).map((message) => codec.encode(message));
    fc.assert(
      fc.property(frames, frames, mutations, (frame, other, list) => check(mutate(frame, other, list))),
      runs(1000),
    );
  });
});

it("values in CBOR mean the same in whatever form they are written", () => {
  const header = [0x85, 0x10, 1, 0xa0, 0x61, 0x61];
  fc.assert(
    fc.property(looseList, ({ bytes, value }) => {
      const frame = Uint8Array.from([...header, ...bytes]);
      const message = cbor.decode(frame) as Publish;
      expect(message.payload.args ?? []).toEqual(value);
      const packed = msgpack.decode(msgpack.encode(message)) as Publish;
      const concise = cbor.decode(cbor.encode(packed)) as Publish;
      expect(settled(concise.payload.args ?? [], msgpack)).toEqual(settled(packed.payload.args ?? [], msgpack));
      if (message.payload !== EMPTY_PAYLOAD) expect(hex(cbor.encode(message))).toBe(hex(frame));
    }),
    runs(500),
  );
});

/** Numbers in the header that no encoding gives back: -0 becomes 0, and in JSON what is not finite becomes null. */
function settled(value: unknown, codec: Codec): unknown {
  if (typeof value === "number") {
    if (!codec.binary && !Number.isFinite(value)) return null;
    return value === 0 ? 0 : value;
  }
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => settled(item, codec));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, settled(member, codec)]));
}
