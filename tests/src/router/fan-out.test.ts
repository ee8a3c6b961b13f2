import { MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectNoTrace, type TestRouter } from "../support/index.js";

const TOPIC = "a.b.c.d.e.f.g.h.i.j.k.l.m";
const PATTERNS = 5000;

/** Subscribes to one topic by very many patterns: every publication is that many events for one client. */
async function subscribeByPatterns(client: WireSession): Promise<void> {
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
}

/** Lets everything be handed out. */
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
    const [subscriber, publisher, other] = [await router.join(), await router.join(), await router.join()];
    await subscribeByPatterns(subscriber);
    await subscriber.subscribe("a.other");
    publisher.publish(TOPIC, { args: [1] }, { acknowledge: true });
    publisher.publish("a.other", { args: [2] });
    publisher.publish(TOPIC, { args: [3] });
    await publisher.expect(M.PUBLISHED);
    await settle(2);
    other.publish("a.other", { args: ["other"] });
    await settle(2);
    // The other publisher does not wait.
    expect(argsOf(subscriber).at(-1)).toBe("other");
    expect(argsOf(subscriber).length).toBeLessThan(PATTERNS);
    await finish(router);
    const args = argsOf(subscriber).filter((arg) => arg !== "other");
    expect(args.length).toBe(2 * PATTERNS + 1);
    expect(args).toEqual([...Array<number>(PATTERNS).fill(1), 2, ...Array<number>(PATTERNS).fill(3)]);
    await expectNoTrace(router, [subscriber, publisher, other]);
  });

  it("a session in this process keeps its order without being held up", async () => {
    const router = await createTestRouter();
    const subscriber = await router.join();
    await subscribeByPatterns(subscriber);
    await subscriber.subscribe("a.other");
    const local = router.connect(router.realms[0]!);
    local.publish(TOPIC, { args: [1] });
    local.publish("a.other", { args: [2] });
    await finish(router);
    expect(argsOf(subscriber).at(-1)).toBe(2);
    expect(argsOf(subscriber)).toHaveLength(PATTERNS + 1);
  });

  it("goes on when the publisher is gone, and ends when the receiver is", async () => {
    const router = await createTestRouter();
    const [subscriber, publisher] = [await router.join(), await router.join()];
    await subscribeByPatterns(subscriber);
    publisher.publish(TOPIC, { args: [1] });
    publisher.publish(TOPIC, { args: [2] });
    await settle(1);
    publisher.disconnect();
    await finish(router);
    expect(argsOf(subscriber).length).toBeGreaterThanOrEqual(PATTERNS);
    const again = await router.join();
    again.publish(TOPIC);
    await settle(1);
    subscriber.disconnect();
    await finish(router);
    await expectNoTrace(router, [again]);
  });
});
