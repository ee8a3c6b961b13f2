import { describe, expect, it } from "vitest";
import { createCborCodec } from "../binary/cbor-codec.js";
import { MessageType, type Publish } from "../index.js";
import { createJsonCodec } from "../json/json-codec.js";
import { createMsgpackCodec } from "../binary/msgpack-codec.js";

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
])("%s", (_name, create) => {
  it("refuses a message of more values than it may have", () => {
    const codec = create({ maxValues: 100 });
    expect(codec.decode(codec.encode(publish(90)))).toMatchObject({ request: 1 });
    expect(() => codec.decode(codec.encode(publish(110)))).toThrow("more than 100 values");
  });

  it("counts a million by default, and each frame anew", () => {
    const codec = create();
    const frame = codec.encode(publish(999_000));
    for (let again = 0; again < 2; again++) expect(codec.decode(frame)).toMatchObject({ request: 1 });
    expect(() => codec.decode(codec.encode(publish(1_000_001)))).toThrow("more than 1000000 values");
  });

  it("lets a value be touched that was decoded", () => {
    const codec = create({ maxValues: 100 });
    const message = codec.decode(codec.encode(publish(90))) as Publish;
    expect(message.payload.args?.[0]).toHaveLength(90);
  });
});
