import { type CloseStatus, PeerClosedError } from "@kreuz/codec";
import { check, checkSame, type ContractCase } from "./contract-case.js";
import { FakeClock } from "./fake-clock.js";
import { nextTurn, settle } from "./wait.js";
import {
  checkStatus,
  connectPair,
  onPair,
  type Pair,
  pattern,
  type TransportHarness,
  withHarness,
} from "./transport-harness.js";

const COMPLAINTS: readonly CloseStatus[] = ["protocol-error", "policy-violation", "message-too-big", "internal-error"];

/** A connection ends once, says why, and loses nothing that was queued before. */
export function closeCases(harness: TransportHarness): ContractCase[] {
  return [
    onPair(harness, "sends what was queued before it closes", async ({ server, client }) => {
      for (let i = 0; i < 50; i++) server.connection.send(pattern(10_000));
      server.send("goodbye");
      server.connection.close();
      checkSame(server.closes.length, 0, "onClose calls within close()");
      checkSame(await client.closed(), undefined, "error at the peer");
      checkSame(client.frames.length, 51, "frames at the peer");
      checkSame(client.texts[50], "goodbye", "last frame");
      checkSame(await server.closed(), undefined, "error at the closing side");
    }),

    onPair(harness, "can be closed from the other side as well", async ({ server, client }) => {
      client.send("goodbye");
      client.connection.close("going-away", "bye");
      checkSame(await server.closed(), undefined, "error at the server");
      checkSame(await client.closed(), undefined, "error at the client");
      checkSame(server.texts.join(), "goodbye", "frames at the server");
    }),

    onPair(harness, "delivers everything that the peer sent before it closed", async ({ server, client }) => {
      for (let i = 0; i < 250; i++) client.send(`frame ${i}`);
      client.connection.close();
      checkSame(await server.closed(), undefined, "error at the server");
      checkSame(server.frames.length, 250, "frames at the server");
      checkSame(server.texts[249], "frame 249", "last frame");
    }),

    onPair(harness, "ends in order although it answers a peer that has closed", async ({ server, client }) => {
      server.reaction = (frame) => void server.connection.send(frame);
      for (let i = 0; i < 100; i++) client.send(`frame ${i}`);
      client.connection.close();
      checkSame(await server.closed(), undefined, "error at the server");
      checkSame(server.frames.length, 100, "frames at the server");
      checkSame(await client.closed(), undefined, "error at the client");
    }),

    ...closeOnceCases(harness),
    ...COMPLAINTS.map((status) => statusCase(harness, status)),
    ...timeoutCases(harness),
  ];
}

function closeOnceCases(harness: TransportHarness): ContractCase[] {
  return [
    onPair(harness, "closes once: later close() and send() do nothing", async ({ server, client }) => {
      server.connection.close();
      server.connection.close("internal-error", "too late");
      checkSame(server.send("too late"), false, "send() after close()");
      checkSame(await client.closed(), undefined, "error at the peer");
      await server.closed();
      server.connection.close();
      server.connection.pause();
      server.connection.resume();
      checkSame(server.send("much too late"), false, "send() on a closed connection");
      checkSame(client.send("too late"), false, "send() to a peer that is gone");
      await expectOneCloseEach(harness, { server, client });
      checkSame(client.frames.length, 0, "frames at the peer");
    }),

    onPair(harness, "ends in order when both sides close at once", async (pair) => {
      pair.server.connection.close();
      pair.client.connection.close();
      await expectOneCloseEach(harness, pair);
    }),

    onPair(harness, "delivers nothing after close()", async ({ server, client }) => {
      client.send("crossing");
      server.connection.close();
      client.send("crossing too");
      await expectOneCloseEach(harness, { server, client });
      checkSame(server.frames.length, 0, "frames at the closing side");
    }),
  ];
}

function statusCase(harness: TransportHarness, status: CloseStatus): ContractCase {
  return onPair(harness, `tells the peer the status ${status} and the reason`, async ({ server, client }) => {
    server.connection.close(status, "a reason, “quoted”");
    const error = await client.closed();
    checkStatus(harness, error, status);
    if (error instanceof PeerClosedError) checkSame(error.reason, "a reason, “quoted”", "reason");
    checkSame(await server.closed(), undefined, "error at the closing side");
  });
}

function timeoutCases(harness: TransportHarness): ContractCase[] {
  const { waitOptions } = harness;
  const turn = waitOptions?.turn ?? nextTurn;
  return [
    withHarness(harness, "cuts off a peer that does not let the queue flush", async () => {
      const clock = new FakeClock();
      const settings = { clock, closeTimeout: 700, outbox: { highWater: 1000 } };
      const { server, client } = await connectPair(harness, settings);
      client.connection.pause();
      const frame = pattern(65_536);
      while (server.connection.send(frame)) await turn();
      server.connection.close();
      await turn();
      clock.advance(699);
      await settle(5, waitOptions);
      checkSame(server.closes.length, 0, "onClose calls before the timeout");
      clock.advance(1);
      check((await server.closed()) !== undefined, "the cut-off was reported as a clean close");
      checkSame(server.closes.length, 1, "onClose calls");
    }),

    withHarness(harness, "leaves no timer behind", async () => {
      const clock = new FakeClock();
      const pair = await connectPair(harness, { clock });
      pair.server.connection.close();
      await expectOneCloseEach(harness, pair);
      checkSame(clock.pending, 0, "timers left");
    }),
  ];
}

async function expectOneCloseEach({ waitOptions }: TransportHarness, { server, client }: Pair): Promise<void> {
  await server.closed();
  await client.closed();
  await settle(5, waitOptions);
  checkSame(server.closes.length, 1, "onClose calls at the server");
  checkSame(client.closes.length, 1, "onClose calls at the client");
}
