import { type Codec, type Message, MessageType, ProtocolError } from "@kreuz/codec";
import { check, type ContractCase, describeMessage, syncCase } from "./contract-case.js";
import { SAMPLE_MESSAGES } from "./sample-messages.js";

const ROUNDS = 3000;

/** Whatever is not a message is rejected with a `ProtocolError`, and nothing else is ever thrown. */
export function rejectionCases(codec: Codec): ContractCase[] {
  return [...damagedFrameCases(codec), ...idCases(codec), depthCase(codec)];
}

function damagedFrameCases(codec: Codec): ContractCase[] {
  const frames = SAMPLE_MESSAGES.map((message) => codec.encode(message));
  return [
    syncCase("rejects an empty frame", () => {
      check(rejects(codec, new Uint8Array(0)), "accepted an empty frame");
    }),

    syncCase("rejects every truncated message", () => {
      for (const frame of frames)
        for (let length = 1; length < frame.length; length++)
          check(rejects(codec, frame.subarray(0, length)), `accepted the first ${length} bytes of ${hex(frame)}`);
    }),

    syncCase("rejects bytes after a message", () => {
      for (const frame of frames)
        check(rejects(codec, Uint8Array.from([...frame, ...frame])), `accepted ${hex(frame)} twice in one frame`);
    }),

    syncCase("survives random bytes", () => {
      const random = seededRandom(1);
      for (let round = 0; round < ROUNDS; round++)
        rejects(
          codec,
          Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
        );
    }),

    syncCase("survives messages with changed bytes", () => {
      const random = seededRandom(2);
      for (let round = 0; round < ROUNDS; round++) {
        const frame = frames[round % frames.length]?.slice() ?? new Uint8Array(0);
        for (let changes = 1 + random() * 3; changes > 0; changes--)
          frame[Math.floor(random() * frame.length)] = Math.floor(random() * 256);
        rejects(codec, frame);
      }
    }),
  ];
}

function idCases(codec: Codec): ContractCase[] {
  return [
    ...[0, -1, 2 ** 53 + 2, "1", null, true, []].map((id) =>
      syncCase(`rejects ${JSON.stringify(id)} as an id`, () => {
        const message = { type: MessageType.PUBLISHED, request: id, publication: 1 } as unknown as Message;
        let frame: Uint8Array;
        try {
          frame = codec.encode(message);
        } catch {
          return;
        }
        check(rejects(codec, frame), `accepted ${hex(frame)}`);
      }),
    ),

    syncCase("accepts the smallest and the largest id", () => {
      for (const request of [1, 2 ** 53]) {
        const frame = codec.encode({ type: MessageType.PUBLISHED, request, publication: 1 });
        check(!rejects(codec, frame), `rejected ${request}`);
      }
    }),
  ];
}

function depthCase(codec: Codec): ContractCase {
  return syncCase("rejects values that nest too deeply", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 500; depth++) value = [value];
    const frame = codec.encode({ type: MessageType.RESULT, request: 1, details: {}, payload: { args: [value] } });
    check(rejects(codec, frame), "accepted 500 levels");
  });
}

/** Decodes a frame and its payload. @returns whether it was rejected, as it should be, with a `ProtocolError`. */
function rejects(codec: Codec, frame: Uint8Array): boolean {
  let message: Message;
  try {
    message = codec.decode(frame);
  } catch (error) {
    check(error instanceof ProtocolError, `decode() threw ${String(error)} for ${hex(frame)}`);
    check(error.message.length > 0, `decode() threw a ProtocolError without a message for ${hex(frame)}`);
    return true;
  }
  // A frame that decode() accepts must not break a receiver that reads its payload.
  describeMessage(message);
  return false;
}

function hex(frame: Uint8Array): string {
  return Array.from(frame.subarray(0, 60), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Repeatable random numbers from 0 (included) to 1 (excluded): the same seed gives the same sequence. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A linear congruential generator with mixed output.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
  };
}
