import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameMemory } from "../frame/frame-memory.js";
import { EncodedPayload, type Message, MessageType as M, PayloadError, ProtocolError } from "../index.js";
import { binaryValue, messageWith } from "../vectors/arbitrary-messages.js";
import { looseList } from "../vectors/loose-cbor.js";
import { mutate, mutations } from "../vectors/mutations.js";
import type { BinaryCodec } from "./binary-codec.js";
import { cbor } from "./cbor-codec.js";
import { msgpack } from "./msgpack-codec.js";

// The short ways for common messages are held against the way for any message: same value or same error.

const COMMON: readonly number[] = [M.CALL, M.PUBLISH, M.YIELD, M.INVOCATION, M.EVENT, M.RESULT];

const anyMessage = messageWith(binaryValue);
/** Mostly messages with short ways, and without options as these want them. */
const messages = fc.oneof(
  anyMessage,
  anyMessage.filter(({ type }) => COMMON.includes(type)),
  anyMessage
    .filter(({ type }) => COMMON.includes(type))
    .map((message) => ({ ...message, ...("options" in message ? { options: {} } : { details: {} }) }) as Message),
);

function withPayload(message: Message): unknown {
  if (!("payload" in message)) return message;
  const { args = [], kwargs = {}, opaque } = message.payload;
  const elements = message.payload instanceof EncodedPayload ? message.payload.elements : 0;
  return { ...message, payload: { args, kwargs, opaque, elements } };
}

function outcomeOf(decode: (frame: Uint8Array) => Message, frame: Uint8Array): unknown {
  try {
    return withPayload(decode(frame));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const without = error instanceof PayloadError ? error.refused : undefined;
    return { error: error.name, message: error.message, without };
  }
}

describe.each([cbor as BinaryCodec, msgpack as BinaryCodec])("$id", (codec) => {
  const counts = { valid: 0, invalid: 0 };

  function check(frame: Uint8Array): void {
    const expected = outcomeOf((bytes) => codec.decodeAny(bytes), frame);
    const actual = outcomeOf((bytes) => codec.decode(bytes), frame);
    if (!isDeepStrictEqual(actual, expected)) expect.fail(`${inspect(actual)} instead of ${inspect(expected)}`);
    counts[typeof expected === "object" && expected !== null && "error" in expected ? "invalid" : "valid"]++;
  }

  const frames = messages.map((message) => codec.encode(message));

  it("decodes what the way for any message decodes, also of mutated frames", () => {
    fc.assert(fc.property(frames, check), { numRuns: 500 });
    const mutated = fc.tuple(frames, frames, mutations).map(([frame, other, list]) => mutate(frame, other, list));
    fc.assert(fc.property(mutated, check), { numRuns: 2000 });
    expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(500);
  });

  it("encodes what the way for any message encodes", () => {
    const memory = new FrameMemory();
    fc.assert(
      fc.property(messages, (message) => {
        const decoded = codec.decode(codec.encode(message));
        for (const one of [message, decoded])
          expect(codec.encode(one)).toEqual(memory.commit(codec.encodeAny(one, memory)));
      }),
      { numRuns: 500 },
    );
  });
});

it("CBOR decodes payloads in unusual forms as the way for any message does", () => {
  const codec = cbor as BinaryCodec;
  const header = [0x85, 0x18, 0x30, 1, 0xa0, 0x61, 0x61];
  fc.assert(
    fc.property(looseList, mutations, ({ bytes }, list) => {
      const whole = Uint8Array.from([...header, ...bytes]);
      for (const frame of [whole, mutate(whole, Uint8Array.from(bytes), list)]) {
        const expected = outcomeOf((again) => codec.decodeAny(again), frame);
        expect(outcomeOf((again) => codec.decode(again), frame)).toEqual(expected);
      }
    }),
    { numRuns: 500 },
  );
});
