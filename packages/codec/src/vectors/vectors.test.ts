import { describe, expect, it } from "vitest";
import { cbor } from "../binary/cbor-codec.js";
import { type Codec, type Message, ProtocolError } from "../index.js";
import { json } from "../json/json-codec.js";
import { msgpack } from "../binary/msgpack-codec.js";
import { fromHex, messageVectors } from "./message-vectors.js";
import { optionVectors } from "./option-vectors.js";
import { writeValue } from "./write-value.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Decodes the payload of a message for comparison. */
function withPayloadDecoded(message: Message): unknown {
  if (!("payload" in message)) return message;
  const { args, kwargs, opaque } = message.payload;
  return { ...message, payload: { args, kwargs, opaque } };
}

describe.each(messageVectors)("$title", ({ message, json: text, msgpack: packed, cbor: concise }) => {
  it.each([
    ["JSON", json, utf8(text)],
    ["MessagePack", msgpack, fromHex(packed)],
    ["CBOR", cbor, fromHex(concise)],
  ] as const)("%s, both directions", (_name, codec, bytes) => {
    expect(codec.encode(message)).toEqual(bytes);
    const decoded = codec.decode(bytes);
    expect(withPayloadDecoded(decoded)).toEqual(withPayloadDecoded(message));
    expect(codec.encode(decoded)).toEqual(bytes);
  });
});

describe("JSON with white space", () => {
  const spaced = messageVectors.flatMap(({ title, message, spacedJson }) =>
    spacedJson === undefined ? [] : [[title, spacedJson, message] as const],
  );
  it.each(spaced)("%s", (_title, text, message) => {
    expect(withPayloadDecoded(json.decode(utf8(text)))).toEqual(withPayloadDecoded(message));
  });
});

const wires: readonly (readonly [string, Codec, (message: readonly unknown[]) => Uint8Array])[] = [
  ["JSON", json, (message) => writeValue("json", message)],
  ["MessagePack", msgpack, (message) => writeValue("msgpack", message)],
  ["CBOR", cbor, (message) => writeValue("cbor", message)],
];

describe.each(wires)("options in %s", (_name, codec, encode) => {
  for (const [message, invalid] of optionVectors) {
    const payload = message.at(-1);
    const isOpaque = typeof payload === "string" && JSON.stringify(message).includes("enc_algo");
    // The hexadecimal digits stand for bytes, but are a valid opaque payload as a string, too.
    const forms = isOpaque ? [message, message.with(-1, fromHex(payload))] : [message];
    it.each(forms)(
      `${JSON.stringify(message)} is ${invalid === undefined ? "accepted" : "rejected"} (%#)`,
      (...form) => {
        const frame = encode(form);
        if (invalid === undefined) {
          const decoded = codec.decode(frame);
          expect(codec.encode(decoded)).toEqual(frame);
          if (isOpaque) expect(decoded).toHaveProperty("payload.opaque", form.at(-1));
          return;
        }
        expect(() => codec.decode(frame)).toThrow(ProtocolError);
        expect(() => codec.decode(frame)).toThrow(new RegExp(`\\.${invalid}(\\[\\d+\\])?: expected`));
      },
    );
  }
});
