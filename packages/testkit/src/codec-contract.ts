import {
  type Codec,
  EncodedPayload,
  type FrameRoom,
  type Message,
  MessageType,
  type Payload,
  type PayloadFormat,
} from "@kreuz/codec";
import { rejectionCases } from "./codec-rejection-cases.js";
import { check, checkSame, type ContractCase, ContractError, describeMessage, syncCase } from "./contract-case.js";
import { SAMPLE_MESSAGES, SAMPLE_PAYLOAD } from "./sample-messages.js";

/** Returns the clauses of the `Codec` contract in `@kreuz/codec`, which hold for any format at default limits. */
export function codecContract(codec: Codec): ContractCase[] {
  return [...messageCases(codec), ...payloadCases(codec), ...rejectionCases(codec)];
}

/** Messages survive a round trip. */
function messageCases(codec: Codec): ContractCase[] {
  return [
    syncCase("has an id and a subprotocol", () => {
      check(codec.id.length > 0, "id is empty");
      check(/^[\w.-]+$/.test(codec.subprotocol), `subprotocol "${codec.subprotocol}" is not a WebSocket subprotocol`);
    }),

    ...SAMPLE_MESSAGES.map((message) =>
      syncCase(`carries ${describeMessage(message).slice(0, 60)}`, () => {
        const decoded = codec.decode(codec.encode(message));
        check(sameMessage(decoded, message), `decoded ${describeMessage(decoded)}`);
      }),
    ),

    syncCase("encodes what it decoded to the same bytes", () => {
      for (const message of SAMPLE_MESSAGES) {
        const frame = codec.encode(message);
        check(sameBytes(codec.encode(codec.decode(frame)), frame), describeMessage(message));
      }
    }),

    syncCase("encodes the same bytes into a room", () => {
      for (const message of SAMPLE_MESSAGES) {
        const room = new OneRoom();
        const end = codec.encodeInto(message, room);
        check(sameBytes(room.target.subarray(room.start, end), codec.encode(message)), describeMessage(message));
        check(end <= room.end, `wrote ${end - room.end} bytes more than it had reserved: ${describeMessage(message)}`);
        check(
          room.target.subarray(0, room.start).every((byte) => byte === 0),
          "wrote before the start of the room",
        );
      }
    }),

    syncCase("does not change frames that it decoded or encoded", () => {
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

/** Payloads are forwarded unread. */
function payloadCases(codec: Codec): ContractCase[] {
  return [
    syncCase("leaves out trailing empty arguments", () => {
      const bare = codec.encode(result({}));
      for (const payload of [{ args: [] }, { kwargs: {} }, { args: [], kwargs: {} }])
        check(sameBytes(codec.encode(result(payload)), bare), `${JSON.stringify(payload)} was encoded`);
      const filled = codec.decode(codec.encode(result({ args: [], kwargs: { a: 1 } })));
      check("payload" in filled && sameValue(filled.payload.kwargs, { a: 1 }), "kwargs after empty args were lost");
    }),

    syncCase("keeps the payload of a frame in its original bytes and forwards them", () => {
      const { payload } = codec.decode(codec.encode(result(SAMPLE_PAYLOAD))) as Message & { payload: Payload };
      check(payload instanceof EncodedPayload, "the payload is not an EncodedPayload");
      checkSame(payload.format.id, codec.id, "payload.format.id");
      check(includesBytes(codec.encode(result(payload)), payload.bytes), "the payload was encoded again");
    }),

    syncCase("encodes payloads of another format", () => {
      const foreign: PayloadFormat = {
        id: "foreign",
        decodePayload: () => SAMPLE_PAYLOAD,
        encodePayload: () => {
          throw new ContractError("called encodePayload() of the wrong format");
        },
      };
      const payload = new EncodedPayload(foreign, Uint8Array.of(1, 2, 3), 2);
      const decoded = codec.decode(codec.encode(result(payload)));
      check(sameMessage(decoded, result(SAMPLE_PAYLOAD)), `decoded ${describeMessage(decoded)}`);
    }),
  ];
}

/** Room for one frame behind some bytes of another. */
class OneRoom implements FrameRoom {
  readonly start = 100;
  target: Uint8Array = new Uint8Array(0);
  end = 0;

  reserve(maxBytes: number): void {
    checkSame(this.target.length, 0, "bytes reserved before");
    this.end = this.start + maxBytes;
    this.target = new Uint8Array(this.end + 100);
  }
}

function result(payload: Payload): Message {
  return { type: MessageType.RESULT, request: 1, details: {}, payload };
}

function sameMessage(one: Message, other: Message): boolean {
  return sameValue(withPayloadDecoded(one), withPayloadDecoded(other));
}

/** Decodes the payload of a message. Absent elements become empty ones. */
function withPayloadDecoded(message: Message): object {
  if (!("payload" in message)) return message;
  const { args = [], kwargs = {} } = message.payload;
  return { ...message, payload: { args, kwargs } };
}

/** Whether two values are the same to a WAMP peer. A key whose value is `undefined` counts as absent. */
function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return one === other || (Number.isNaN(one) && Number.isNaN(other));
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return one instanceof Uint8Array && other instanceof Uint8Array && sameBytes(one, other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [first, second] = [definedEntries(one), definedEntries(other)];
  return first.size === second.size && [...first].every(([key, value]) => sameValue(value, second.get(key)));
}

function definedEntries(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function includesBytes(whole: Uint8Array, part: Uint8Array): boolean {
  for (let start = 0; start + part.length <= whole.length; start++)
    if (sameBytes(whole.subarray(start, start + part.length), part)) return true;
  return false;
}
