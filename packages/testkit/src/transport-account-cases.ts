import { Budget, ClientCutError } from "@kreuz/codec";
import { check, checkSame, type ContractCase } from "./contract-case.js";
import {
  checkStatus,
  connectPair,
  type Pair,
  pattern,
  type TransportHarness,
  withHarness,
} from "./transport-harness.js";
import { waitUntil } from "./wait.js";

/** What a client makes its end hold is charged to one account, which is closed with the connection. */
export function accountCases(harness: TransportHarness): ContractCase[] {
  if (harness.keepsAccounts !== true) return [];
  const onBudget = (name: string, body: (budget: Budget, pair: Pair) => Promise<void>): ContractCase =>
    withHarness(harness, name, async () => {
      const budget = new Budget({ maxClientBytes: 1_000_000 });
      await body(budget, await connectPair(harness, { budget }));
    });
  const handshake = [
    onBudget("takes only short messages before the login, and says so", async (_budget, { server, client }) => {
      client.connection.send(pattern(16 * 1024 + 1));
      const error = await server.closed();
      check(
        error?.message.includes("exceeds the maximum of 16384") === true,
        `expected the number and the limit, got ${String(error)}`,
      );
      checkSame(server.frames.length, 0, "frames");
    }),
  ];
  return [
    ...(harness.boundsHandshake === false ? [] : handshake),

    onBudget("takes longer ones after it, and charges them while they wait", async (budget, { server, client }) => {
      const { account } = server.connection;
      check(account !== undefined, "the connection has no account");
      account.authenticated = true;
      server.connection.pause();
      client.connection.send(pattern(100_000));
      await server.until("what the system reads ahead", () => budget.clients >= 1);
      server.connection.resume();
      await server.arrived(1);
      checkSame(account.bytes, 0, "bytes that are charged when all is delivered");
    }),

    onBudget("ends a client that holds too much with policy-violation, and tells both", async (budget, pair) => {
      const { server, client } = pair;
      server.connection.account?.charge(1_000_001);
      const error = await server.closed();
      check(error instanceof ClientCutError, `expected a ClientCutError, got ${String(error)}`);
      checkStatus(harness, await client.closed(), "policy-violation");
      checkSame(server.connection.account?.bytes, 0, "bytes of the closed account");
      check(budget.bytes < 1_000_000, "the client that was cut is still charged");
    }),

    onBudget("refunds everything with its end", async (budget, { server, client }) => {
      server.connection.account?.charge(100);
      client.connection.close();
      await server.closed();
      await harness.dispose();
      check(await waitUntil(() => budget.clients === 0, harness.waitOptions), "an account is still open");
      checkSame(budget.bytes, 0, "bytes that are still charged");
      checkSame(budget.pieces, 0, "pieces that are still charged");
    }),
  ];
}
