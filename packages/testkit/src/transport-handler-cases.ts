import { checkSame, type ContractCase, ContractError } from "./contract-case.js";
import { Endpoint } from "./endpoint.js";
import { nextTurn, settle } from "./wait.js";
import {
  checkStatus,
  connectPair,
  createPair,
  onPair,
  pattern,
  type TransportHarness,
  withHarness,
} from "./transport-harness.js";

const KIB = 1024;

/** What a handler does within a call, closing or throwing, has the same consequences on every transport. */
export function handlerCases(harness: TransportHarness): ContractCase[] {
  return [...closingCases(harness), ...throwingCases(harness), ...reportedCases(harness)];
}

function closingCases(harness: TransportHarness): ContractCase[] {
  return [
    onPair(harness, "delivers nothing after close() within onFrame", async ({ server, client }) => {
      server.reaction = () => {
        server.send("answer");
        server.connection.close();
      };
      for (let i = 0; i < 100; i++) client.send(`frame ${i}`);
      checkSame(await client.closed(), undefined, "error at the peer");
      checkSame(client.texts.join(), "answer", "frames at the peer");
      checkSame(await server.closed(), undefined, "error at the closing side");
      checkSame(server.frames.length, 1, "frames at the closing side");
    }),

    withHarness(harness, "can be closed within accept", async () => {
      const pair = createPair(harness);
      pair.server.acceptReaction = (connection) => {
        connection.send(pattern(10));
        connection.close("going-away");
      };
      const { server, client } = await connectPair(harness, {}, pair);
      checkSame(await client.closed(), undefined, "error at the peer");
      checkSame(client.frames.length, 1, "frames at the peer");
      checkSame(await server.closed(), undefined, "error at the closing side");
    }),

    onPair(harness, "ignores every call within onClose", async ({ server, client }) => {
      let sent = true;
      server.closeReaction = () => {
        sent = server.send("too late");
        server.connection.pause();
        server.connection.resume();
        server.connection.close("internal-error");
      };
      client.connection.close();
      await server.closed();
      await client.closed();
      await settle(5, harness.waitOptions);
      checkSame(sent, false, "send() within onClose");
      checkSame(server.closes.length, 1, "onClose calls");
      checkSame(client.frames.length, 0, "frames at the peer");
    }),
  ];
}

const BUG = new ContractError("thrown on purpose");

function throwBug(): never {
  throw BUG;
}

function throwingCases(harness: TransportHarness): ContractCase[] {
  const turn = harness.waitOptions?.turn ?? nextTurn;
  return [
    onPair(harness, "closes with internal-error when onFrame throws", async ({ server, client }) => {
      server.reaction = throwBug;
      client.send("one");
      client.send("two");
      checkSame(await server.closed(), BUG, "error at the throwing side");
      checkSame(server.frames.length, 1, "frames delivered to the throwing side");
      const error = await client.closed();
      checkStatus(harness, error, "internal-error");
      checkSame(String(error).includes(BUG.message), false, "the peer was told of the bug");
    }),

    onPair(
      harness,
      "closes with internal-error when onDrain throws",
      async ({ server, client }) => {
        client.connection.pause();
        server.drainReaction = throwBug;
        while (server.connection.send(pattern(64 * KIB))) await turn();
        client.connection.resume();
        checkSame(await server.closed(), BUG, "error at the throwing side");
        checkStatus(harness, await client.closed(), "internal-error");
        checkSame(server.drains, 1, "onDrain calls");
      },
      { outbox: { highWater: 128 * KIB } },
    ),

    onPair(harness, "closes as asked when onFrame closes and then throws", async ({ server, client }) => {
      server.reaction = () => {
        server.connection.close("policy-violation", "enough");
        throwBug();
      };
      client.send("one");
      checkSame(await server.closed(), BUG, "error at the throwing side");
      checkStatus(harness, await client.closed(), "policy-violation");
    }),
  ];
}

/** A throw that leaves no handler to tell must reach `onError`. */
function reportedCases(harness: TransportHarness): ContractCase[] {
  return [
    withHarness(harness, "closes with internal-error when accept throws, and reports it", async () => {
      const client = new Endpoint(harness.waitOptions);
      const errors: Error[] = [];
      await harness.connect({ accept: throwBug }, client, { onError: (error) => errors.push(error) });
      checkStatus(harness, await client.closed(), "internal-error");
      checkSame(errors.length, 1, "reported errors");
      checkSame(errors[0], BUG, "reported error");
    }),

    withHarness(harness, "reports what onClose throws, and hurts nobody", async () => {
      const errors: Error[] = [];
      const { server, client } = await connectPair(harness, { onError: (error) => errors.push(error) });
      server.closeReaction = throwBug;
      server.connection.close();
      checkSame(await client.closed(), undefined, "error at the peer");
      checkSame(await server.closed(), undefined, "error at the throwing side");
      await settle(5, harness.waitOptions);
      checkSame(server.closes.length, 1, "onClose calls");
      checkSame(errors.length, 1, "reported errors");
      checkSame(errors[0], BUG, "reported error");
    }),
  ];
}
