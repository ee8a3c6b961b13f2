import { describe, expect, it } from "vitest";
import { Budget, FrameTooLongError } from "@kreuz/codec";
import { createJsonCodec } from "@kreuz/codec/json";
import { Endpoint, transportContract } from "@kreuz/testkit";
import { connectMemory } from "./connect-memory.js";

const codec = createJsonCodec();

describe("the transport contract", () => {
  const cases = transportContract({
    codec,
    async connect(server, client, settings) {
      connectMemory(server, client, { codec, ...settings });
    },
    keepsAccounts: true,
    boundsHandshake: false,
    async dispose() {},
  });
  it.each(cases)("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("connectMemory", () => {
  it("accepts on both sides at once and returns the client's end", () => {
    const [server, client] = [new Endpoint(), new Endpoint()];
    const connection = connectMemory(server, client, { codec });
    expect(connection).toBe(client.connection);
    expect(server.connection).not.toBe(client.connection);
    expect(connection.transport).toEqual({ type: "memory", protocol: "wamp.2.json", serializer: "json" });
  });

  it("counts the bytes on their way and delivers them in a microtask", async () => {
    const [server, client] = [new Endpoint(), new Endpoint()];
    connectMemory(server, client, { codec });
    client.send("12345");
    client.send("678");
    expect(client.connection.bufferedBytes).toBe(8);
    await Promise.resolve();
    expect(server.texts).toEqual(["12345", "678"]);
    expect(client.connection.bufferedBytes).toBe(0);
  });

  it("charges frames in both directions to the client, and cuts a client that holds too much", async () => {
    const budget = new Budget({ maxClientBytes: 10_000 });
    const [server, client] = [new Endpoint(), new Endpoint()];
    connectMemory(server, client, { codec, budget });
    server.connection.pause();
    client.send("x".repeat(4000));
    expect(budget.bytes).toBeGreaterThanOrEqual(4000);
    client.connection.pause();
    server.send("x".repeat(4000));
    expect(server.connection.account?.unsentBytes).toBe(4000);
    server.send("x".repeat(4000));
    const error = await server.closed();
    expect(error?.name).toBe("ClientCutError");
    expect([budget.bytes, budget.clients]).toEqual([0, 0]);
  });

  it("tells the server, and not the client, where the client comes from and what proves it", () => {
    const [server, client] = [new Endpoint(), new Endpoint()];
    connectMemory(server, client, { codec, peer: "192.0.2.1:50000", evidence: { cookie: "abc" } });
    expect(server.connection.transport).toMatchObject({ type: "memory", peer: "192.0.2.1:50000" });
    expect(server.connection.evidence).toEqual({ cookie: "abc" });
    expect([client.connection.transport.peer, client.connection.evidence]).toEqual([undefined, undefined]);
  });

  it("refuses limits that contradict each other", () => {
    const options = { codec, outbox: { highWater: 10, limit: 5 } };
    expect(() => connectMemory(new Endpoint(), new Endpoint(), options)).toThrow("outbox.highWater");
  });

  it("refuses frames that the peer does not accept", () => {
    const [server, client] = [new Endpoint(), new Endpoint()];
    connectMemory(server, client, { codec, maxFrameBytes: 4 });
    expect(client.send("1234")).toBe(true);
    expect(() => client.send("12345")).toThrow(new FrameTooLongError(5, 4));
  });
});
