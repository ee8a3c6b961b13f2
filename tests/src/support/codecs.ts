import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { textOf } from "./messages.js";

/** Every codec, by its id. */
export const CODECS: ReadonlyArray<readonly [id: string, codec: Codec]> = [json, msgpack, cbor].map((codec) => [
  codec.id,
  codec,
]);

/** Every pair of codecs: the sender's and the receiver's. */
export const CODEC_PAIRS: ReadonlyArray<readonly [from: string, to: string, sender: Codec, receiver: Codec]> =
  CODECS.flatMap(([from, sender]) => CODECS.map(([to, receiver]) => [from, to, sender, receiver] as const));

/** Arguments that every codec can carry and that codecs tend to get wrong. */
export const ARGS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 40),
  Number.MAX_SAFE_INTEGER,
  "",
  "ü€😀",
  "\\u0000 is no binary",
  Uint8Array.of(0, 1, 127, 128, 255),
  [],
  {},
  [[], [{}]],
  { "": null, "key with spaces": { deep: [1, [2, [3]]] } },
];
export const KWARGS: Readonly<Record<string, unknown>> = {
  name: "Jörg",
  empty: {},
  list: [],
  blob: new Uint8Array(0),
  n: 7,
};

/** JSON, but for these changes. */
export function jsonVariant(changes: Partial<Codec>): Codec {
  return {
    id: json.id,
    subprotocol: json.subprotocol,
    binary: json.binary,
    decode: (bytes) => json.decode(bytes),
    encode: (message) => json.encode(message),
    encodeInto(message, room) {
      const frame = this.encode(message);
      room.reserve(frame.length);
      room.target.set(frame, room.start);
      return room.start + frame.length;
    },
    decodePayload: (payload) => json.decodePayload(payload),
    encodePayload: (payload) => json.encodePayload(payload),
    ...changes,
  };
}

/** JSON that cannot encode a message with the word `unencodable` in it. */
export const pickyCodec: Codec = jsonVariant({
  id: "picky",
  encode(message) {
    const bytes = json.encode(message);
    if (textOf(bytes).includes("unencodable")) throw new TypeError("the picky codec cannot encode this");
    return bytes;
  },
});
