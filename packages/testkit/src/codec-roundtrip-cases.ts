import { type Codec, EncodedPayload, type Message, MessageType, type Payload, type PayloadFormat } from "@kreuz/codec";
import { check, checkSame, type ContractCase, ContractError } from "./contract-case.js";
import { describeMessage } from "./describe-message.js";
import { sameBytes, sameValue } from "./same-value.js";
import { SAMPLE_MESSAGES, SAMPLE_PAYLOAD } from "./sample-messages.js";

/** What goes in comes out, and payloads travel unread. */
export function roundtripCases(codec: Codec): ContractCase[] {
  return [
    test("has an id and a subprotocol", () => {
      check(codec.id.length > 0, "id is empty");
      check(/^[\w.-]+$/.test(codec.subprotocol), `${codec.subprotocol} is no WebSocket subprotocol`);
    }),

    ...SAMPLE_MESSAGES.map((message) =>
      test(`carries ${describeMessage(message).slice(0, 60)}`, () => {
        const decoded = codec.decode(codec.encode(message));
        check(sameMessage(decoded, message), `got ${describeMessage(decoded)}`);
      }),
    ),

    test("encodes what it decoded to the same bytes", () => {
      for (const message of SAMPLE_MESSAGES) {
        const frame = codec.encode(message);
        check(sameBytes(codec.encode(codec.decode(frame)), frame), describeMessage(message));
      }
    }),

    test("leaves out trailing empty arguments", () => {
      const bare = codec.encode(result({}));
      for (const payload of [{ args: [] }, { kwargs: {} }, { args: [], kwargs: {} }])
        check(sameBytes(codec.encode(result(payload)), bare), `${JSON.stringify(payload)} takes bytes`);
      const filled = codec.decode(codec.encode(result({ args: [], kwargs: { a: 1 } })));
      check("payload" in filled && sameValue(filled.payload.kwargs, { a: 1 }), "kwargs were lost behind empty args");
    }),

    test("keeps the payload of a frame in the bytes it came in, and forwards them", () => {
      const { payload } = codec.decode(codec.encode(result(SAMPLE_PAYLOAD))) as Message & { payload: Payload };
      check(payload instanceof EncodedPayload, "the payload is not an EncodedPayload");
      checkSame(payload.format.id, codec.id, "payload.format.id");
      check(includesBytes(codec.encode(result(payload)), payload.bytes), "the payload was encoded again");
    }),

    test("takes payloads of another format", () => {
      const foreign: PayloadFormat = {
        id: "foreign",
        decodePayload: () => SAMPLE_PAYLOAD,
        encodePayload: () => {
          throw new ContractError("asked the wrong format to encode");
        },
      };
      const payload = new EncodedPayload(foreign, Uint8Array.of(1, 2, 3), 2);
      const decoded = codec.decode(codec.encode(result(payload)));
      check(sameMessage(decoded, result(SAMPLE_PAYLOAD)), `got ${describeMessage(decoded)}`);
    }),

    test("does not write into a frame that it reads, nor into one that it has made", () => {
      const [one, two] = [result({ args: ["one"] }), result({ args: ["two"] })];
      const frame = codec.encode(one);
      const copy = frame.slice();
      codec.encode(two);
      const decoded = codec.decode(frame);
      codec.decode(codec.encode(two));
      check(sameBytes(frame, copy), "a frame changed");
      check(sameMessage(decoded, one), "a decoded message changed");
    }),
  ];
}

function test(name: string, body: () => void): ContractCase {
  return { name, run: async () => body() };
}

function result(payload: Payload): Message {
  return { type: MessageType.RESULT, request: 1, details: {}, payload };
}

function sameMessage(one: Message, other: Message): boolean {
  return sameValue(plain(one), plain(other));
}

/** A message with its payload decoded and what is empty left out. */
function plain(message: Message): object {
  if (!("payload" in message)) return message;
  const { args = [], kwargs = {} } = message.payload;
  return { ...message, payload: { args, kwargs } };
}

function includesBytes(whole: Uint8Array, part: Uint8Array): boolean {
  for (let start = 0; start + part.length <= whole.length; start++)
    if (sameBytes(whole.subarray(start, start + part.length), part)) return true;
  return false;
}
