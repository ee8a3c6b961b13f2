// Spec: advanced/pubsub_event_retention.md. Retained events are sent no faster than their receiver reads, and none is lost.
import { MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectNoTrace, REALM, type TestRouter } from "../support/index.js";

const TOPICS = 3000;

async function retainMany(router: TestRouter): Promise<void> {
  const publisher = await router.join();
  for (let topic = 0; topic < TOPICS; topic++)
    publisher.publish(`com.example.t${topic}`, { args: [topic, "x".repeat(500)] }, { retain: true });
  await settle();
  publisher.disconnect();
  await settle();
}

async function turns(router: TestRouter, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    router.clock.advance(10);
    await settle(2);
  }
}

function subscribeToAll(client: WireSession): void {
  const options = { match: "prefix", get_retained: true } as const;
  client.send({ type: M.SUBSCRIBE, request: client.nextRequest(), options, topic: "com.example." });
}

const events = (client: WireSession): unknown[] =>
  client.unread.flatMap((message) =>
    "type" in message && message.type === M.EVENT ? [message.payload.args?.[0]] : [],
  );

const ALL = Array.from({ length: TOPICS }, (_, topic) => topic);

describe("Event Retention: very many retained events", () => {
  it("go out a bounded number per turn, so that others are served in between", async () => {
    const router = await createTestRouter();
    await retainMany(router);
    const [client, other] = [await router.join(), await router.join()];
    subscribeToAll(client);
    await settle();
    expect(events(client).length).toBeLessThan(TOPICS);
    await other.subscribe("com.example.other");
    await turns(router, 60);
    expect(events(client)).toEqual(ALL);
    await expectNoTrace(router, [client, other]);
  });

  it("all arrive at a client whose outbox is smaller than they are, as it reads", async () => {
    const router = await createTestRouter();
    await retainMany(router);
    const client = await router.join({ outbox: { highWater: 20_000, limit: 100_000 } });
    client.connection.pause();
    subscribeToAll(client);
    await turns(router, 20);
    // Nothing is piled up for it beyond its high-water mark, and nothing is dropped.
    expect(router.stats(REALM)!.eventsDropped.total).toBe(0);
    client.connection.resume();
    await turns(router, 200);
    expect(events(client)).toEqual(ALL);
    expect([router.stats(REALM)!.eventsDropped.total, router.metrics.get("limit_outbox_bytes")]).toEqual([0, 0]);
    await expectNoTrace(router, [client]);
  });

  it("end with UNSUBSCRIBE, and with the session", async () => {
    const router = await createTestRouter();
    await retainMany(router);
    const [client, leaving] = [await router.join(), await router.join()];
    subscribeToAll(client);
    subscribeToAll(leaving);
    const { subscription } = await client.expect(M.SUBSCRIBED);
    leaving.disconnect();
    client.send({ type: M.UNSUBSCRIBE, request: client.nextRequest(), subscription });
    await settle();
    const received = events(client).length;
    await turns(router, 60);
    expect(events(client)).toHaveLength(received);
    await expectNoTrace(router, [client]);
  });

  it("a topic that changes meanwhile is not sent again as retained: its event came as published", async () => {
    const router = await createTestRouter();
    await retainMany(router);
    const [client, publisher] = [await router.join(), await router.join()];
    subscribeToAll(client);
    await settle();
    publisher.publish(`com.example.t${TOPICS - 1}`, { args: ["new"] }, { retain: true });
    await turns(router, 60);
    const received = events(client);
    expect(received.filter((value) => value === "new")).toHaveLength(1);
    expect(received).toHaveLength(TOPICS);
  });
});
