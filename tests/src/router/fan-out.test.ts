import { MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectNoTrace, type TestRouter } from "../support/index.js";

const TOPIC = "a.b.c.d.e.f.g.h";
const PATTERNS = 256;
const SUBSCRIBERS = 20;

/** Clients that subscribe to one topic by many patterns each: every publication is more events than one turn delivers. */
async function joinSubscribers(router: TestRouter): Promise<WireSession[]> {
  const clients: WireSession[] = [];
  for (let count = 0; count < SUBSCRIBERS; count++) {
    const client = await router.join();
    for (let pattern = 0; pattern < PATTERNS; pattern++) {
      const topic = TOPIC.split(".").map((component, index) => ((pattern >> index) & 1 ? "" : component));
      client.send({
        type: M.SUBSCRIBE,
        request: client.nextRequest(),
        options: { match: "wildcard" },
        topic: topic.join("."),
      });
    }
    for (let pattern = 0; pattern < PATTERNS; pattern++) await client.expect(M.SUBSCRIBED);
    await client.subscribe("a.other");
    clients.push(client);
  }
  return clients;
}

const times = (arg: number): number[] => Array<number>(PATTERNS).fill(arg);

/** Lets the clock pass until all events are sent. */
async function finish(router: TestRouter): Promise<void> {
  for (let turn = 0; turn < 12; turn++) {
    await settle(2);
    router.clock.advance(0);
  }
  await settle(2);
}

const argsOf = (client: WireSession): unknown[] =>
  client.unread.map((message) => ("payload" in message ? message.payload.args?.[0] : message));

describe("Fan-out over several turns (spec: Ordering Guarantees)", () => {
  it("keeps the order of a publisher's events, and its other messages behind them", async () => {
    const router = await createTestRouter();
    const subscribers = await joinSubscribers(router);
    const [publisher, other] = [await router.join(), await router.join()];
    publisher.publish(TOPIC, { args: [1] }, { acknowledge: true });
    publisher.publish("a.other", { args: [2] });
    publisher.publish(TOPIC, { args: [3] });
    await publisher.expect(M.PUBLISHED);
    await settle(2);
    other.publish("a.other", { args: ["other"] });
    await settle(2);
    // The other publisher is not delayed.
    for (const subscriber of subscribers) expect(argsOf(subscriber).at(-1)).toBe("other");
    expect(subscribers.some((subscriber) => argsOf(subscriber).length < PATTERNS)).toBe(true);
    await finish(router);
    for (const subscriber of subscribers) {
      const args = argsOf(subscriber).filter((arg) => arg !== "other");
      expect(args).toEqual([...times(1), 2, ...times(3)]);
    }
    await expectNoTrace(router, [...subscribers, publisher, other]);
  });

  it("a session in this process keeps its order without being held up", async () => {
    const router = await createTestRouter();
    const subscribers = await joinSubscribers(router);
    const local = router.connect(router.realms[0]!);
    local.publish(TOPIC, { args: [1] });
    local.publish("a.other", { args: [2] });
    await finish(router);
    for (const subscriber of subscribers) expect(argsOf(subscriber)).toEqual([...times(1), 2]);
  });

  it("continues after the publisher has left, and ends when the receivers leave", async () => {
    const router = await createTestRouter();
    const subscribers = await joinSubscribers(router);
    const publisher = await router.join();
    publisher.publish(TOPIC, { args: [1] });
    publisher.publish(TOPIC, { args: [2] });
    await settle(1);
    publisher.disconnect();
    await finish(router);
    for (const subscriber of subscribers) expect(argsOf(subscriber).slice(0, PATTERNS)).toEqual(times(1));
    const again = await router.join();
    again.publish(TOPIC);
    await settle(1);
    for (const subscriber of subscribers) subscriber.disconnect();
    await finish(router);
    await expectNoTrace(router, [again]);
  });
});
