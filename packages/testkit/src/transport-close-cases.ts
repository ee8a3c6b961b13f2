import { type CloseStatus, PeerClosedError } from "@kreuz/codec";
import { check, checkSame, type ContractCase, ContractError } from "./contract-case.js";
import { Endpoint } from "./endpoint.js";
import { FakeClock } from "./fake-clock.js";
import { nextTurn, settle } from "./wait.js";
import { pattern } from "./transport-delivery-cases.js";
import { onPair, type Pair, type TransportHarness, withHarness } from "./transport-harness.js";

const COMPLAINTS: readonly CloseStatus[] = ["protocol-error", "policy-violation", "message-too-big", "internal-error"];

/** A connection ends once, says why, and loses nothing that was queued before. */
export function closeCases(harness: TransportHarness): ContractCase[] {
  const { waitOptions, tellsStatus = true } = harness;
  const turn = waitOptions?.turn ?? nextTurn;
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
      await expectOneCloseEach(server, client);
      checkSame(client.frames.length, 0, "frames at the peer");
    }),

    onPair(harness, "ends in order when both sides close at once", async ({ server, client }) => {
      server.connection.close();
      client.connection.close();
      await expectOneCloseEach(server, client);
    }),

    onPair(harness, "delivers nothing after close()", async ({ server, client }) => {
      client.send("crossing");
      server.connection.close();
      client.send("crossing too");
      await expectOneCloseEach(server, client);
      checkSame(server.frames.length, 0, "frames at the closing side");
    }),

    ...COMPLAINTS.map((status) =>
      onPair(harness, `tells the peer the status ${status} and the reason`, async ({ server, client }) => {
        server.connection.close(status, "a reason, “quoted”");
        const error = await client.closed();
        checkStatus(error, status);
        if (tellsStatus) checkSame((error as PeerClosedError).reason, "a reason, “quoted”", "reason");
        checkSame(await server.closed(), undefined, "error at the closing side");
      }),
    ),

    withHarness(harness, "cuts off a peer that does not let the queue flush", async () => {
      const clock = new FakeClock();
      const pair: Pair = { server: new Endpoint(waitOptions), client: new Endpoint(waitOptions) };
      await harness.connect(pair.server, pair.client, { clock, closeTimeout: 700, outbox: { highWater: 1000 } });
      pair.client.connection.pause();
      const frame = pattern(65_536);
      while (pair.server.connection.send(frame)) await turn();
      pair.server.connection.close();
      await turn();
      clock.advance(699);
      await settle(5, waitOptions);
      checkSame(pair.server.closes.length, 0, "onClose calls before the timeout");
      clock.advance(1);
      check((await pair.server.closed()) !== undefined, "the cut was reported as a clean close");
      checkSame(pair.server.closes.length, 1, "onClose calls");
    }),

    withHarness(harness, "leaves no timer behind", async () => {
      const clock = new FakeClock();
      const pair: Pair = { server: new Endpoint(waitOptions), client: new Endpoint(waitOptions) };
      await harness.connect(pair.server, pair.client, { clock });
      pair.server.connection.close();
      await expectOneCloseEach(pair.server, pair.client);
      checkSame(clock.pending, 0, "timers left");
    }),

    onPair(harness, "closes with internal-error when onFrame throws", async ({ server, client }) => {
      const bug = new Error("bug");
      server.reaction = () => {
        throw bug;
      };
      client.send("one");
      client.send("two");
      checkSame(await server.closed(), bug, "error at the throwing side");
      checkSame(server.frames.length, 1, "frames delivered to the throwing side");
      const error = await client.closed();
      checkStatus(error, "internal-error");
      checkSame(String(error).includes("bug"), false, "the peer was told of the bug");
    }),

    withHarness(harness, "closes with internal-error when accept throws", async () => {
      const client = new Endpoint(waitOptions);
      const server = {
        accept(): never {
          throw new ContractError("refused on purpose");
        },
      };
      await harness.connect(server, client, {});
      checkStatus(await client.closed(), "internal-error");
    }),
  ];

  /** Where a transport has no words for a status, that the connection ended must do. */
  function checkStatus(error: Error | undefined, status: CloseStatus): void {
    if (!tellsStatus) return;
    check(error instanceof PeerClosedError, `expected a PeerClosedError, got ${String(error)}`);
    checkSame(error.status, status, "status");
  }

  async function expectOneCloseEach(server: Endpoint, client: Endpoint): Promise<void> {
    await server.closed();
    await client.closed();
    await settle(5, waitOptions);
    checkSame(server.closes.length, 1, "onClose calls at the server");
    checkSame(client.closes.length, 1, "onClose calls at the client");
  }
}
