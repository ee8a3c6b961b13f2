import { MessageType, type Result } from "@kreuz/codec";
import { check, checkSame, checkThrows, type ContractCase } from "./contract-case.js";
import { SAMPLE_MESSAGES } from "./sample-messages.js";
import { connectPair, isPattern, onPair, pattern, type TransportHarness, withHarness } from "./transport-harness.js";

const SIZES = [1, 125, 126, 4095, 4096, 4097, 65_535, 65_536, 1_048_576];

/** Frames arrive whole, unchanged, in order, and never within a call. */
export function deliveryCases(harness: TransportHarness): ContractCase[] {
  const { codec } = harness;
  return [
    onPair(harness, "says what it is and which codec was negotiated", async ({ server, client }) => {
      for (const { connection } of [server, client]) {
        checkSame(connection.codec.id, codec.id, "codec.id");
        checkSame(connection.transport.serializer, codec.id, "transport.serializer");
        checkSame(connection.transport.protocol, harness.protocol ?? codec.subprotocol, "transport.protocol");
        check(connection.transport.type.length > 0, "transport.type is empty");
      }
      checkSame(server.connection.transport.type, client.connection.transport.type, "transport.type of both ends");
    }),

    onPair(harness, "delivers frames in order, both ways", async ({ server, client }) => {
      for (let i = 0; i < 100; i++) {
        check(
          client.send(`to server ${i}`) && server.send(`to client ${i}`),
          "send() returned false on an idle connection",
        );
      }
      await server.arrived(100);
      await client.arrived(100);
      for (let i = 0; i < 100; i++) {
        checkSame(server.texts[i], `to server ${i}`, "frame at the server");
        checkSame(client.texts[i], `to client ${i}`, "frame at the client");
      }
    }),

    onPair(harness, "carries frames of every size class unchanged", async ({ server, client }) => {
      for (const size of SIZES) client.connection.send(pattern(size));
      await server.arrived(SIZES.length);
      for (const [i, size] of SIZES.entries())
        check(isPattern(server.frames[i], size), `a frame of ${size} bytes changed`);
      for (const frame of server.frames) server.connection.send(frame);
      await client.arrived(SIZES.length);
      for (const [i, size] of SIZES.entries())
        check(isPattern(client.frames[i], size), `a frame of ${size} bytes changed`);
    }),

    ...messageCases(harness),
    ...callCases(harness),
  ];
}

/** The connection's codec encodes. */
function messageCases(harness: TransportHarness): ContractCase[] {
  const { codec } = harness;
  return [
    onPair(harness, "sends messages as the codec encodes them, in order with frames", async ({ server, client }) => {
      const encoded = SAMPLE_MESSAGES.map((message) => codec.encode(message));
      for (const sender of [client, server]) {
        for (const [i, message] of SAMPLE_MESSAGES.entries()) {
          check(sender.connection.sendMessage(message), "sendMessage() returned false on an idle connection");
          if (i % 3 === 1) sender.connection.send(pattern(2000 * i));
          if (i % 3 === 2) sender.connection.send(pattern(10 * i));
        }
      }
      const wanted = encoded.flatMap((frame, i) =>
        i % 3 === 0 ? [frame] : [frame, pattern((i % 3 === 1 ? 2000 : 10) * i)],
      );
      for (const receiver of [server, client]) {
        await receiver.arrived(wanted.length);
        for (const [i, frame] of wanted.entries())
          check(sameBytes(receiver.frames[i], frame), `frame ${i} differs from what was sent`);
      }
    }),

    onPair(harness, "sends messages of every size class", async ({ server, client }) => {
      for (const size of SIZES) server.connection.sendMessage(messageOf(size));
      await client.arrived(SIZES.length);
      for (const [i, size] of SIZES.entries())
        check(sameBytes(client.frames[i], codec.encode(messageOf(size))), `a message with ${size} characters changed`);
    }),

    onPair(harness, "sends nothing of a message that cannot be encoded", async ({ server, client }) => {
      for (const text of ["before", "after"]) {
        server.send(text);
        checkThrows(() => server.connection.sendMessage(UNENCODABLE), "sendMessage() of it");
      }
      await client.arrived(2);
      checkSame(client.texts.join(), "before,after", "frames at the client");
    }),
  ];
}

const UNENCODABLE: Result = {
  ...messageOf(1),
  payload: {
    get args(): never {
      throw new Error("cannot be read");
    },
  },
};

function messageOf(characters: number): Result {
  return { type: MessageType.RESULT, request: 1, details: {}, payload: { args: ["a".repeat(characters)] } };
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && other.every((byte, index) => byte === one[index]);
}

function callCases(harness: TransportHarness): ContractCase[] {
  return [
    onPair(harness, "delivers nothing within send(), nor within another delivery", async ({ server, client }) => {
      let depth = 0;
      let maxDepth = 0;
      const answer = (end: typeof server) => () => {
        maxDepth = Math.max(maxDepth, ++depth);
        if (end.frames.length < 10) end.send("again");
        depth--;
      };
      server.reaction = answer(server);
      client.reaction = answer(client);
      client.send("first");
      checkSame(server.frames.length, 0, "frames delivered within send()");
      await server.arrived(10);
      checkSame(maxDepth, 1, "depth of nested deliveries");
    }),

    withHarness(harness, "lets one frame go to many connections, each receiver owning its bytes", async () => {
      const pairs = [await connectPair(harness), await connectPair(harness)];
      const frame = pattern(200);
      for (const { client } of pairs) client.reaction = (bytes) => bytes.fill(0x20, 100);
      for (const { server } of pairs) server.connection.send(frame);
      for (const { client } of pairs) {
        await client.arrived(1);
        check(isPattern(client.frames[0]?.subarray(0, 100), 100), "a receiver saw another receiver's changes");
      }
      check(isPattern(frame, 200), "the sender's frame was changed");
    }),
  ];
}
