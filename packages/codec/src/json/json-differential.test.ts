import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Codec } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { EncodedPayload, type Message, MessageType as M, ProtocolError } from "../index.js";
import { encodeHeader } from "../messages/encode-header.js";
import { messageWith, portableValue } from "../vectors/arbitrary-messages.js";
import { mutate, mutations } from "../vectors/mutations.js";
import { createJsonCodec, json } from "./json-codec.js";
import { JsonParser } from "./json-parser.js";

// Fast paths are held against the parser, which decodes any frame with `JSON.parse`: same value or same error.

const parser = new JsonParser(json, limitsOf({}));
const FIRST_FRAME = new TextEncoder().encode("[33,1,2]");

/** A codec that has looked for WebAssembly where there is none. */
function codecWithoutWasm(): Codec {
  const codec = createJsonCodec();
  vi.stubGlobal("WebAssembly", undefined);
  codec.decode(FIRST_FRAME);
  vi.unstubAllGlobals();
  return codec;
}

/** A codec where a security policy forbids to compile. */
function codecUnderPolicy(): Codec {
  const codec = createJsonCodec();
  const refuse = (): never => {
    throw new Error("Refused to compile");
  };
  vi.stubGlobal("WebAssembly", { Module: refuse });
  codec.decode(FIRST_FRAME);
  vi.unstubAllGlobals();
  return codec;
}

const encoder = new TextEncoder();
const HAS_SHORT_WAY: readonly number[] = [M.CALL, M.PUBLISH, M.YIELD, M.INVOCATION, M.EVENT, M.RESULT];
/** Half of them without options, for which common messages have short ways. */
const messages = fc.oneof(
  messageWith(portableValue),
  messageWith(portableValue)
    .filter(({ type }) => HAS_SHORT_WAY.includes(type))
    .map((message) => ({ ...message, ...("options" in message ? { options: {} } : { details: {} }) }) as Message),
);
const escaped = (text: string): string =>
  text.replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
const spaced = (text: string): string => JSON.stringify(JSON.parse(text), undefined, "\t");

/** Frames in the forms that clients write: compact, escaped, with white space. */
const frames = fc
  .tuple(
    messageWith(portableValue),
    fc.constantFrom((text: string) => text, escaped, spaced),
  )
  .map(([message, form]) => encoder.encode(form(new TextDecoder().decode(json.encode(message)))));

function outcomeOf(decode: (frame: Uint8Array) => Message, frame: Uint8Array): unknown {
  try {
    const message = decode(frame);
    if (!("payload" in message)) return message;
    const { args = [], kwargs = {}, opaque } = message.payload;
    const elements = message.payload instanceof EncodedPayload ? message.payload.elements : 0;
    return { ...message, payload: { args, kwargs, opaque, elements } };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { error: error.name, message: error.message, uri: error.uri };
  }
}

describe.each([
  { name: "with WebAssembly", codec: createJsonCodec() },
  { name: "without WebAssembly", codec: codecWithoutWasm() },
  { name: "where WebAssembly may not be compiled", codec: codecUnderPolicy() },
])("JSON $name", ({ codec }) => {
  let valid = 0;
  let invalid = 0;
  function check(frame: Uint8Array): void {
    const expected = outcomeOf((bytes) => parser.decode(bytes), frame);
    const actual = outcomeOf((bytes) => codec.decode(bytes), frame);
    // The quick comparison, which is not confused by a dict with the key "constructor", either.
    if (!isDeepStrictEqual(actual, expected)) expect.fail(`${inspect(actual)} instead of ${inspect(expected)}`);
    if (typeof expected === "object" && expected !== null && "error" in expected) invalid++;
    else valid++;
  }

  it("decodes what the parser decodes, to the same value or the same error", () => {
    fc.assert(fc.property(frames, check), { numRuns: 500 });
  });

  it("does so with mutated frames", () => {
    const mutated = fc.tuple(frames, frames, mutations).map(([frame, other, list]) => mutate(frame, other, list));
    fc.assert(fc.property(mutated, check), { numRuns: 2000 });
    expect(Math.min(valid, invalid)).toBeGreaterThan(300);
  });
});

it("JSON encodes a message as the platform writes its header, and its payload behind it", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const decoded = json.decode(json.encode(message));
      const payload =
        "payload" in decoded && decoded.payload instanceof EncodedPayload ? decoded.payload.bytes : undefined;
      const header = JSON.stringify(encodeHeader(decoded)).slice(0, -1);
      const text = `${header}${payload === undefined ? "" : `,${new TextDecoder().decode(payload)}`}]`;
      if (!header.includes('{"')) expect(new TextDecoder().decode(json.encode(decoded))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});
