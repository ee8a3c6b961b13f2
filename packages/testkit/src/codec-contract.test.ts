import { describe, expect, it } from "vitest";
import { type Codec, MessageType } from "@kreuz/codec";
import { createCborCodec } from "@kreuz/codec/cbor";
import { createJsonCodec } from "@kreuz/codec/json";
import { createMsgpackCodec } from "@kreuz/codec/msgpack";
import { codecContract } from "./codec-contract.js";
import { SAMPLE_MESSAGES } from "./sample-messages.js";

const json = createJsonCodec();

describe.each([json, createMsgpackCodec(), createCborCodec()])("the codec contract with $id", (codec) => {
  it.each(codecContract(codec))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("the codec contract", () => {
  /** The JSON codec with one mistake. */
  const broken = (mistake: Partial<Codec>): Codec => ({
    id: json.id,
    subprotocol: json.subprotocol,
    binary: false,
    decode: (frame) => json.decode(frame),
    encode: (message) => json.encode(message),
    encodeInto: (message, room) => json.encodeInto(message, room),
    decodePayload: (payload) => json.decodePayload(payload),
    encodePayload: (payload) => json.encodePayload(payload),
    ...mistake,
  });

  async function failures(codec: Codec): Promise<string[]> {
    const names: string[] = [];
    for (const { name, run } of codecContract(codec)) await run().catch(() => names.push(name));
    return names;
  }

  it("has a sample of every message", () => {
    expect(new Set(SAMPLE_MESSAGES.map(({ type }) => type))).toEqual(new Set(Object.values(MessageType)));
  });

  it("passes a faithful wrapper", async () => {
    expect(await failures(broken({}))).toEqual([]);
  });

  it("detects errors of the wrong class", async () => {
    const codec = broken({
      decode: (frame) => {
        if (frame.length === 0) throw new TypeError("oops");
        return json.decode(frame);
      },
    });
    expect(await failures(codec)).toContain("rejects an empty frame");
  });

  it("detects payloads that are decoded and encoded again", async () => {
    const codec = broken({
      decode: (frame) => {
        const message = json.decode(frame);
        if (!("payload" in message)) return message;
        const { args, kwargs } = message.payload;
        return { ...message, payload: { args, kwargs } };
      },
    });
    expect(await failures(codec)).toEqual(["keeps the payload of a frame in its original bytes and forwards them"]);
  });
});
