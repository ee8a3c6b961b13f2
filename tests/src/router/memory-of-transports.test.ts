import { Budget, type Connection, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { allowAll, anonymous, createRouter } from "@kreuz/router";
import { waitUntil, WireSession } from "@kreuz/testkit";
import { connectRawSocket, connectWebSocket, listenUniversal } from "@kreuz/transport-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { REALM, TOPIC } from "../support/index.js";

interface Server {
  readonly budget: Budget;
  readonly limits: string[];
  connect(kind: "websocket" | "rawsocket"): Promise<{ readonly client: WireSession; readonly connection: Connection }>;
}

/** A router and a listener that share a budget. */
async function open(budget = new Budget()): Promise<Server> {
  const limits: string[] = [];
  const realms = [{ uri: REALM, authenticators: [anonymous()], authorizer: allowAll }];
  const router = await createRouter({ realms, budget });
  const outbox = { highWater: 2 ** 26, limit: 2 ** 27 };
  const onLimit = (limit: string): void => void limits.push(limit);
  const listener = await listenUniversal(router, { codecs: [json], port: 0, budget, outbox, onLimit });
  onTestFinished(async () => {
    await router.close();
    await listener.close();
  });
  return {
    budget,
    limits,
    async connect(kind) {
      const client = new WireSession();
      const connection =
        kind === "websocket"
          ? await connectWebSocket(listener.url, client, { codecs: [json] })
          : await connectRawSocket(`rs://127.0.0.1:${listener.port}`, client, { codec: json });
      return { client, connection };
    },
  };
}

const until = async (wanted: string, ready: () => boolean): Promise<void> =>
  expect(await waitUntil(ready, { turns: 10_000 }), wanted).toBe(true);

describe.each(["websocket", "rawsocket"] as const)("a client over %s", (kind) => {
  it("may send 16 KiB before WELCOME, and more after it", async () => {
    const server = await open();
    const { client, connection } = await server.connect(kind);
    await client.join(REALM);
    client.publish(TOPIC, { args: ["x".repeat(100_000)] }, { acknowledge: true });
    await client.expect(M.PUBLISHED);
    const other = await server.connect(kind);
    other.client.send({ type: M.HELLO, realm: REALM, details: { roles: {}, agent: "x".repeat(20_000) } });
    await until("its end", () => other.client.closed);
    expect(server.limits).toEqual(["message-bytes"]);
    expect(client.closed).toBe(false);
    connection.close();
    await until("the refund", () => server.budget.clients === 0);
    expect(server.budget.bytes).toBe(0);
  });

  it("is charged for subscriptions and for its socket in one account", async () => {
    const server = await open();
    const { client, connection } = await server.connect(kind);
    expect(server.budget.clients).toBe(1);
    await client.join(REALM);
    const before = server.budget.bytes;
    await client.subscribe(TOPIC);
    expect(server.budget.bytes).toBeGreaterThan(before);
    expect(server.budget.clients).toBe(1);
    connection.close();
    await until("the refund", () => server.budget.clients === 0);
    expect(server.budget.bytes).toBe(0);
  });

  it("that does not read is cut before others suffer", async () => {
    const server = await open(new Budget({ maxBytes: 30_000_000, maxClientBytes: 30_000_000 }));
    const slow = await server.connect(kind);
    const { client } = await server.connect(kind);
    await slow.client.join(REALM);
    await client.join(REALM);
    await slow.client.subscribe(TOPIC);
    slow.connection.pause();
    const payload = { args: ["x".repeat(1_000_000)] };
    for (let event = 0; event < 200 && !server.limits.includes("memory"); event++) {
      client.publish(TOPIC, payload, { acknowledge: true });
      await client.expect(M.PUBLISHED);
    }
    expect(server.limits).toEqual(["memory"]);
    expect(server.budget.bytes).toBeLessThan(30_000_000);
    await until("the end of the slow one", () => server.budget.clients === 1);
    await client.subscribe(TOPIC);
  });
});
