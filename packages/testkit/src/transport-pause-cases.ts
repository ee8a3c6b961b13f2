import { checkSame, type ContractCase } from "./contract-case.js";
import { settle } from "./wait.js";
import { connectPair, createPair, onPair, type TransportHarness, withHarness } from "./transport-harness.js";

/** Nothing is delivered between `pause` and `resume`, whenever they are called. */
export function pauseCases(harness: TransportHarness): ContractCase[] {
  const { waitOptions } = harness;
  return [
    onPair(harness, "holds back frames after pause(), even those that have arrived", async ({ server, client }) => {
      client.reaction = () => {
        if (client.frames.length === 1) client.connection.pause();
      };
      for (const text of ["one", "two", "three"]) server.send(text);
      await client.arrived(1);
      await settle(10, waitOptions);
      checkSame(client.frames.length, 1, "frames delivered while paused");
      client.connection.resume();
      checkSame(client.frames.length, 1, "frames delivered within resume()");
      await client.arrived(3);
      checkSame(client.texts.join(), "one,two,three", "frames");
      server.send("four");
      await client.arrived(4);
    }),

    withHarness(harness, "holds back the first frame when it is paused within accept", async () => {
      const pair = createPair(harness);
      pair.server.acceptReaction = (connection) => connection.pause();
      const { server, client } = await connectPair(harness, {}, pair);
      client.send("first");
      await settle(10, waitOptions);
      checkSame(server.frames.length, 0, "frames delivered while paused");
      server.connection.resume();
      await server.arrived(1);
    }),

    onPair(harness, "keeps the order when it is paused and resumed within onFrame", async ({ server, client }) => {
      let depth = 0;
      let maxDepth = 0;
      server.reaction = () => {
        maxDepth = Math.max(maxDepth, ++depth);
        server.connection.pause();
        server.connection.resume();
        depth--;
      };
      const texts = Array.from({ length: 100 }, (_, i) => `frame ${i}`);
      for (const text of texts) client.send(text);
      await server.arrived(100);
      checkSame(server.texts.join(), texts.join(), "frames");
      checkSame(maxDepth, 1, "depth of nested deliveries");
    }),

    ...pausedEndCases(harness),
  ];
}

function pausedEndCases(harness: TransportHarness): ContractCase[] {
  const { waitOptions } = harness;
  return [
    onPair(harness, "drops the frames that wait when it is closed while paused", async ({ server, client }) => {
      server.reaction = () => server.connection.pause();
      for (let i = 0; i < 100; i++) client.send(`frame ${i}`);
      await server.arrived(1);
      server.connection.close();
      checkSame(await client.closed(), undefined, "error at the peer");
      checkSame(await server.closed(), undefined, "error at the closing side");
      await settle(5, waitOptions);
      checkSame(server.frames.length, 1, "frames at the closing side");
    }),

    onPair(harness, "delivers to a paused end, once it resumes, what came before the close", async (pair) => {
      const { server, client } = pair;
      client.connection.pause();
      server.send("one");
      server.send("two");
      server.connection.close();
      await settle(10, waitOptions);
      checkSame(client.frames.length, 0, "frames delivered while paused");
      client.connection.resume();
      checkSame(await client.closed(), undefined, "error at the paused end");
      checkSame(client.texts.join(), "one,two", "frames");
      checkSame(await server.closed(), undefined, "error at the closing side");
    }),
  ];
}
