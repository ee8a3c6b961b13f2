import { type Connection, type ConnectionHandler, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { LimitMetric, RouterLimits } from "@kreuz/router";
import { settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { describe, expect, it } from "vitest";
import { createTestRouter, Deferred, expectNoTrace, REALM, type TestRouter, TOPIC } from "../support/index.js";

const withLimits = (limits: Partial<RouterLimits>): Promise<TestRouter> => createTestRouter({ limits });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe("Rate limits: a client that exceeds one is read more slowly", () => {
  it("messagesPerSecond: nothing is lost, the order is kept, and others are not delayed", async () => {
    const router = await withLimits({ messagesPerSecond: 100 });
    const [fast, other, subscriber] = [await router.join(), await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    for (const n of range(0, 250)) fast.publish(TOPIC, { args: [n] });
    await settle();
    const received = (): unknown[] =>
      subscriber.unread.map((message) => (message as { payload?: { args?: unknown[] } }).payload?.args?.[0]);
    // HELLO counts for the hundred, and the message that exceeds them is served before the pause.
    expect(received()).toEqual(range(0, 100));
    other.publish(TOPIC, { args: ["other"] });
    await settle();
    expect(received()).toEqual([...range(0, 100), "other"]);
    router.clock.advance(1000);
    await settle();
    expect(received().length).toBeLessThan(250);
    for (let second = 0; second < 3; second++) {
      router.clock.advance(1000);
      await settle();
    }
    expect(received()).toEqual([...range(0, 100), "other", ...range(100, 250)]);
    const metric: LimitMetric = "limit_messages_per_second";
    expect(router.metrics.get(metric)).toBeGreaterThan(0);
    expect(fast.closed).toBe(false);
    await expectNoTrace(router, [fast, other, subscriber]);
  });

  it("control frames of the transport count as messages", async () => {
    const router = await withLimits({ messagesPerSecond: 10 });
    const client = new WireSession();
    let handler: ConnectionHandler | undefined;
    const acceptor = { accept: (connection: Connection) => (handler = router.accept(connection)) };
    connectMemory(acceptor, client, { codec: json, clock: router.clock });
    await client.join(REALM);
    for (let ping = 0; ping < 30; ping++) handler!.onControlFrame!(4);
    const request = client.nextRequest();
    client.send({ type: M.SUBSCRIBE, request, options: {}, topic: TOPIC });
    await client.expectNothing();
    router.clock.advance(2000);
    await client.expect(M.SUBSCRIBED);
    expect(router.metrics.get("limit_messages_per_second")).toBeGreaterThan(0);
    router.clock.advance(5000);
    await expectNoTrace(router, [client]);
  });

  it("bytesPerSecond: a large message delays the next one", async () => {
    const router = await withLimits({ bytesPerSecond: 1000 });
    const [client, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    router.clock.advance(60_000);
    client.publish(TOPIC, { args: ["x".repeat(5000)] });
    client.publish(TOPIC, { args: ["next"] });
    await settle();
    expect(subscriber.unread).toHaveLength(1);
    router.clock.advance(3900);
    await settle();
    expect(subscriber.unread).toHaveLength(1);
    router.clock.advance(200);
    await settle();
    expect(subscriber.unread).toHaveLength(2);
    expect(router.metrics.get("limit_bytes_per_second")).toBe(1);
  });

  it("joinsPerMinute: sessions one after the other on one connection", async () => {
    const router = await withLimits({ joinsPerMinute: 3 });
    const client = router.connectClient();
    for (let round = 0; round < 3; round++) {
      await client.join(REALM);
      await client.leave();
    }
    await client.join(REALM);
    client.publish(TOPIC, {}, { acknowledge: true });
    await client.expectNothing();
    expect(router.metrics.get("limit_joins_per_minute")).toBe(1);
    router.clock.advance(20_000);
    await client.expect(M.PUBLISHED);
    await expectNoTrace(router, [client]);
  });

  it("a client that leaves while it waits leaves no timer", async () => {
    const router = await withLimits({ messagesPerSecond: 5 });
    const client = await router.join();
    for (let round = 0; round < 20; round++) client.publish(TOPIC);
    await settle();
    expect(router.clock.pending).toBe(1);
    client.disconnect();
    // What it has sent is still read, at the limited rate.
    for (let second = 0; second < 5; second++) {
      await settle();
      router.clock.advance(1000);
    }
    await expectNoTrace(router, [client]);
  });

  it("a message that ends the connection starts no timer", async () => {
    const router = await withLimits({ messagesPerSecond: 1 });
    const client = await router.join();
    client.send({ type: M.HELLO, realm: REALM, details: { roles: {} } });
    await client.expect(M.ABORT);
    await expectNoTrace(router, [client]);
  });

  it("waiting for an authorizer and for the rate: the client is read when both are over", async () => {
    const later = new Deferred<boolean>();
    const router = await createTestRouter({
      limits: { messagesPerSecond: 2 },
      realm: { authorizer: { authorize: () => later.promise } },
    });
    const client = await router.join();
    for (let round = 0; round < 3; round++) client.publish(TOPIC, {}, { acknowledge: true });
    await settle();
    router.clock.advance(10_000);
    await client.expectNothing();
    later.resolve(true);
    await client.expect(M.PUBLISHED);
    for (let round = 0; round < 3; round++) {
      await settle();
      router.clock.advance(1000);
    }
    await client.expect(M.PUBLISHED);
    await client.expect(M.PUBLISHED);
  });

  it("can be changed while the router runs", async () => {
    const router = await createTestRouter();
    const [client, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    router.setLimits({ messagesPerSecond: 1 });
    // What the client could send before the change it can still send.
    for (let round = 0; round < 100; round++) client.publish(TOPIC);
    await settle();
    expect(subscriber.unread).toHaveLength(100);
  });
});
