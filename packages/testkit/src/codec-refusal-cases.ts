import { type Codec, type Message, MessageType, ProtocolError } from "@kreuz/codec";
import { check, type ContractCase } from "./contract-case.js";
import { describeMessage } from "./describe-message.js";
import { seededRandom } from "./random.js";
import { SAMPLE_MESSAGES } from "./sample-messages.js";

const ROUNDS = 3000;

/** Whatever is no message raises a `ProtocolError`, and nothing else ever escapes. */
export function refusalCases(codec: Codec): ContractCase[] {
  const frames = SAMPLE_MESSAGES.map((message) => codec.encode(message));

  /** Decodes and reads `frame`; true if it is refused as it should be. */
  const refuses = (frame: Uint8Array): boolean => {
    let message: Message;
    try {
      message = codec.decode(frame);
    } catch (error) {
      check(error instanceof ProtocolError, `decode threw ${String(error)} on ${hex(frame)}`);
      check(error.message.length > 0, `a ProtocolError without words on ${hex(frame)}`);
      return true;
    }
    // Decoding is the check: what it lets through must not break a receiver that reads it.
    describeMessage(message);
    return false;
  };

  const test = (name: string, body: () => void): ContractCase => ({ name, run: async () => body() });

  return [
    test("refuses an empty frame", () => {
      check(refuses(new Uint8Array(0)), "accepted");
    }),

    test("refuses every truncated message", () => {
      for (const frame of frames)
        for (let length = 1; length < frame.length; length++)
          check(refuses(frame.subarray(0, length)), `accepted the first ${length} bytes of ${hex(frame)}`);
    }),

    test("refuses bytes behind a message", () => {
      for (const frame of frames) check(refuses(concat(frame, frame)), `accepted ${hex(frame)} twice`);
    }),

    test("survives random bytes", () => {
      const random = seededRandom(1);
      for (let round = 0; round < ROUNDS; round++)
        refuses(Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)));
    }),

    test("survives messages with changed bytes", () => {
      const random = seededRandom(2);
      for (let round = 0; round < ROUNDS; round++) {
        const frame = frames[round % frames.length]?.slice() ?? new Uint8Array(0);
        for (let changes = 1 + random() * 3; changes > 0; changes--)
          frame[Math.floor(random() * frame.length)] = Math.floor(random() * 256);
        refuses(frame);
      }
    }),

    ...[0, -1, 2 ** 53 + 2, "1", null, true, []].map((id) =>
      test(`refuses ${JSON.stringify(id)} as an id`, () => {
        const message = { type: MessageType.PUBLISHED, request: id, publication: 1 } as unknown as Message;
        let frame: Uint8Array;
        try {
          frame = codec.encode(message);
        } catch {
          return;
        }
        check(refuses(frame), `accepted ${hex(frame)}`);
      }),
    ),

    test("accepts the least and the largest id", () => {
      for (const request of [1, 2 ** 53])
        check(!refuses(codec.encode({ type: MessageType.PUBLISHED, request, publication: 1 })), `refused ${request}`);
    }),

    test("refuses what nests too deeply", () => {
      let value: unknown = 1;
      for (let depth = 0; depth < 500; depth++) value = [value];
      const payload = { args: [value] };
      check(
        refuses(codec.encode({ type: MessageType.RESULT, request: 1, details: {}, payload })),
        "accepted 500 levels",
      );
    }),
  ];
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(frame: Uint8Array): string {
  return Array.from(frame.subarray(0, 60), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
