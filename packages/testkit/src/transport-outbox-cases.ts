import { OutboxOverflowError } from "@kreuz/codec";
import { check, checkSame, type ContractCase } from "./contract-case.js";
import type { Endpoint } from "./endpoint.js";
import { nextTurn } from "./wait.js";
import { pattern } from "./transport-delivery-cases.js";
import { onPair, type TransportHarness } from "./transport-harness.js";

const KIB = 1024;
/** More than the buffers of any operating system between the two ends should swallow. */
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
      "ends the connection with an OutboxOverflowError at the hard limit",
      async ({ server, client }) => {
        client.connection.pause();
        const frame = pattern(64 * KIB);
        let most = 0;
        for (let sent = 0; server.closes.length === 0 && sent < MANY_BYTES; sent += frame.length) {
          server.connection.send(frame);
          most = Math.max(most, server.connection.bufferedBytes);
          await turn();
        }
        const error = await server.closed();
        check(error instanceof OutboxOverflowError, `expected an OutboxOverflowError, got ${String(error)}`);
        checkSame(error.limit, 256 * KIB, "limit named by the error");
        check(most <= 256 * KIB, `the outbox held ${most} bytes, the limit is ${256 * KIB}`);
        checkSame(server.connection.send(frame), false, "send() after the overflow");
        client.connection.resume();
        const told = await client.closed();
        // An end without a status, after whole frames, looks like any other.
        if (harness.tellsStatus ?? true) check(told !== undefined, "the peer was told of a clean close");
        checkSame(server.closes.length, 1, "onClose calls");
      },
      { outbox: { highWater: 128 * KIB, limit: 256 * KIB } },
    ),

    onPair(
      harness,
      "takes one frame of any size into an empty outbox",
      async ({ server, client }) => {
        server.connection.send(pattern(4096 * KIB));
        await client.arrived(1);
        checkSame(client.frames[0]?.length, 4096 * KIB, "length of the frame");
        checkSame(server.closes.length, 0, "onClose calls");
      },
      { outbox: { highWater: 16 * KIB, limit: 64 * KIB } },
    ),
  ];
}

/** Sends until the connection asks to hold back; gives the number of frames sent. */
async function fill(end: Endpoint, frame: Uint8Array, turn: () => Promise<void>): Promise<number> {
  for (let sent = 1; sent * frame.length < MANY_BYTES; sent++) {
    if (!end.connection.send(frame)) return sent;
    await turn();
  }
  check(false, "back-pressure did not reach the sender: send() never returned false");
  return 0;
}
