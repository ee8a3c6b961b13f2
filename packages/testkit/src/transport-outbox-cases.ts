import { OutboxOverflowError } from "@kreuz/codec";
import { check, checkSame, type ContractCase } from "./contract-case.js";
import type { Endpoint } from "./endpoint.js";
import { nextTurn, settle } from "./wait.js";
import { onPair, pattern, type TransportHarness } from "./transport-harness.js";

const KIB = 1024;
/** More than the buffers of any operating system between the two ends should hold. */
const MANY_BYTES = 256 * KIB * KIB;

/** The outbox is bounded in bytes and says so in time. */
export function outboxCases(harness: TransportHarness): ContractCase[] {
  const turn = harness.waitOptions?.turn ?? nextTurn;
  return [
    onPair(
      harness,
      "returns false above the high-water mark and calls onDrain once, below the low one",
      async ({ server, client }) => {
        client.connection.pause();
        const sent = await fill(server, pattern(64 * KIB), turn);
        check(server.connection.bufferedBytes > 128 * KIB, "send() returned false below the high-water mark");
        checkSame(server.connection.send(pattern(10)), false, "send() while above the mark");
        checkSame(server.drains, 0, "onDrain calls before the peer read");
        client.connection.resume();
        await server.until("onDrain", () => server.drains > 0);
        check(server.connection.bufferedBytes <= 32 * KIB, "onDrain came above the low-water mark");
        await client.arrived(sent + 1);
        checkSame(server.drains, 1, "onDrain calls");
        checkSame(server.connection.send(pattern(10)), true, "send() after onDrain");
        await server.until("an empty outbox", () => server.connection.bufferedBytes === 0);
      },
      { outbox: { highWater: 128 * KIB, lowWater: 32 * KIB, limit: 2 * MANY_BYTES } },
    ),

    onPair(
      harness,
      "takes one frame of any size into an empty outbox",
      async ({ server, client }) => {
        server.connection.send(pattern(4000 * KIB));
        await client.arrived(1);
        checkSame(client.frames[0]?.length, 4000 * KIB, "length of the frame");
        checkSame(server.closes.length, 0, "onClose calls");
      },
      { outbox: { highWater: 16 * KIB, limit: 64 * KIB } },
    ),

    onPair(harness, "counts the bytes of the frames that it took, if it counts", async ({ server, client }) => {
      const { bytesSent } = server.connection;
      if (bytesSent === undefined) return;
      server.send("12345");
      server.connection.send(pattern(300 * KIB));
      server.send("678");
      await client.arrived(3);
      checkSame(server.connection.bytesSent, bytesSent + 300 * KIB + 8, "bytesSent");
    }),

    ...overflowCases(harness),
  ];
}

function overflowCases(harness: TransportHarness): ContractCase[] {
  const { waitOptions } = harness;
  const turn = waitOptions?.turn ?? nextTurn;
  const frame = pattern(64 * KIB);
  const settings = { outbox: { highWater: 128 * KIB, limit: 256 * KIB } };
  return [
    onPair(
      harness,
      "ends the connection with an OutboxOverflowError at the hard limit",
      async ({ server, client }) => {
        client.connection.pause();
        let maxBuffered = 0;
        for (let sent = 0; server.closes.length === 0 && sent < MANY_BYTES; sent += frame.length) {
          server.connection.send(frame);
          maxBuffered = Math.max(maxBuffered, server.connection.bufferedBytes);
          await turn();
        }
        const error = await server.closed();
        check(error instanceof OutboxOverflowError, `expected an OutboxOverflowError, got ${String(error)}`);
        checkSame(error.limit, 256 * KIB, "limit named by the error");
        check(maxBuffered <= 256 * KIB, `the outbox held ${maxBuffered} bytes, the limit is ${256 * KIB}`);
        checkSame(server.connection.send(frame), false, "send() after the overflow");
        client.connection.resume();
        const told = await client.closed();
        // Without a status, an end after whole frames looks like any other.
        if (harness.tellsStatus ?? true) check(told !== undefined, "the peer was told of a clean close");
        checkSame(server.closes.length, 1, "onClose calls");
      },
      settings,
    ),

    onPair(
      harness,
      "delivers nothing after an overflow, which onClose tells when send() has returned",
      async ({ server, client }) => {
        client.connection.pause();
        server.reaction = () => {
          // An overflow shows in that the frame was not queued.
          for (let before = -1; server.connection.bufferedBytes > before;) {
            before = server.connection.bufferedBytes;
            while (server.connection.send(frame));
          }
          checkSame(server.closes.length, 0, "onClose calls within send()");
        };
        for (let i = 0; i < 100; i++) client.send(`frame ${i}`);
        checkSame((await server.closed())?.name, "OutboxOverflowError", "error at the server");
        await settle(5, waitOptions);
        checkSame(server.frames.length, 1, "frames at the server");
      },
      settings,
    ),
  ];
}

/** Sends until the connection asks to hold back. Returns the number of frames sent. */
async function fill(end: Endpoint, frame: Uint8Array, turn: () => Promise<void>): Promise<number> {
  for (let sent = 1; sent * frame.length < MANY_BYTES; sent++) {
    if (!end.connection.send(frame)) return sent;
    await turn();
  }
  check(false, "back-pressure did not reach the sender: send() never returned false");
  return 0;
}
