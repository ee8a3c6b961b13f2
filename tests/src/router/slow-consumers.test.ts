import { ErrorUri, MessageType as M, OutboxOverflowError, type Id } from "@kreuz/codec";
import type { LimitMetric } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectNoTrace,
  Probe,
  PROCEDURE,
  REALM,
  sendText,
  type TestRouter,
  TOPIC,
} from "../support/index.js";

describe("Slow consumers", () => {
  const LIMITS = { outbox: { highWater: 1000, lowWater: 100, limit: 20_000 } };
  const payload = { args: ["x".repeat(100)] };

  /** Joins a publisher, and a subscriber that does not read. */
  async function congested(
    router: TestRouter,
  ): Promise<{ publisher: WireSession; slow: WireSession; subscription: Id }> {
    const [publisher, slow] = [await router.join(), router.connectClient(LIMITS)];
    await slow.join(REALM);
    const subscription = await slow.subscribe(TOPIC);
    await slow.register(PROCEDURE);
    slow.connection.pause();
    return { publisher, slow, subscription };
  }

  async function flood(publisher: WireSession, events: number): Promise<void> {
    for (let index = 0; index < events; index++) publisher.publish(TOPIC, payload);
    publisher.publish(TOPIC, payload, { acknowledge: true });
    await publisher.expect(M.PUBLISHED);
  }

  it("drop: events above the high-water mark are dropped and counted", async () => {
    const router = await createTestRouter();
    const { publisher, slow } = await congested(router);
    await flood(publisher, 99);
    slow.connection.resume();
    await settle();
    const received = slow.unread.length;
    expect(received).toBeGreaterThan(5);
    expect(received).toBeLessThan(20);
    expect(router.stats(REALM)!.eventsDropped.total).toBe(100 - received);
    expect(slow.closed).toBe(false);
  });

  it("drop: the first events arrive in order and without gaps, and new ones once the outbox has drained", async () => {
    const router = await createTestRouter();
    const { publisher, slow } = await congested(router);
    for (let index = 0; index < 50; index++) publisher.publish(TOPIC, { args: [index, ...payload.args] });
    await settle();
    slow.connection.resume();
    await settle();
    publisher.publish(TOPIC, { args: ["again"] });
    await settle();
    const values = slow.unread.map((message) => ("payload" in message ? message.payload.args?.[0] : undefined));
    expect(values.at(-1)).toBe("again");
    expect(values.slice(0, -1)).toEqual(Array.from({ length: values.length - 1 }, (_, index) => index));
  });

  it("drop: RESULT, ERROR, INVOCATION and acknowledgements are never dropped", async () => {
    const router = await createTestRouter();
    const { publisher: other, slow, subscription } = await congested(router);
    await other.register("com.example.other");
    await flood(other, 50);
    const calls = [
      slow.sendCall("com.example.other"),
      slow.sendCall("com.example.other"),
      slow.sendCall("com.example.unknown"),
    ];
    const publishing = slow.publish("com.example.x", {}, { acknowledge: true });
    slow.send({ type: M.UNSUBSCRIBE, request: slow.nextRequest(), subscription });
    other.yield((await other.expect(M.INVOCATION)).request);
    other.fail((await other.expect(M.INVOCATION)).request, "com.example.error");
    other.sendCall(PROCEDURE);
    await settle();
    expect(router.stats(REALM)!.eventsDropped.total).toBeGreaterThan(0);
    slow.connection.resume();
    await settle();
    const rest = slow.unread.flatMap((message) => ("type" in message && message.type !== M.EVENT ? [message] : []));
    expect(rest).toMatchObject([
      { type: M.ERROR, request: calls[2] },
      { type: M.PUBLISHED, request: publishing },
      { type: M.UNSUBSCRIBED },
      { type: M.RESULT, request: calls[0] },
      { type: M.ERROR, request: calls[1] },
      { type: M.INVOCATION },
    ]);
  });

  it("drop: other subscribers miss nothing", async () => {
    const router = await createTestRouter();
    const { publisher } = await congested(router);
    const fast = await router.join();
    await fast.subscribe(TOPIC);
    await flood(publisher, 99);
    await settle();
    expect(fast.unread).toHaveLength(100);
  });

  it("disconnect: GOODBYE limit_exceeded ends the session at once, and the event reaches all others", async () => {
    const probe = new Probe();
    const router = await createTestRouter({
      slowConsumer: "disconnect",
      limits: { goodbyeTimeout: 1000 },
      realm: { plugins: [probe] },
    });
    const { publisher, slow } = await congested(router);
    const fast = await router.join();
    await fast.subscribe(TOPIC);
    await flood(publisher, 99);
    await settle();
    expect(fast.unread).toHaveLength(100);
    expect(await probe.realm.sessions.count()).toBe(2);
    expect(await probe.realm.registrations.list()).toEqual([]);
    expect(router.stats(REALM)!.eventsDropped.total).toBeGreaterThan(0);
    slow.connection.resume();
    await settle();
    const last = slow.unread.at(-1);
    expect(last).toMatchObject({ type: M.GOODBYE, reason: ErrorUri.LIMIT_EXCEEDED });
    sendText(slow, '[6,{},"wamp.close.goodbye_and_out"]');
    await slow.expectClosed();
    await expectNoTrace(router, [publisher, fast]);
  });

  it("disconnect: a client that does not read its GOODBYE is disconnected", async () => {
    const router = await createTestRouter({ slowConsumer: "disconnect", limits: { goodbyeTimeout: 1000 } });
    const { publisher, slow } = await congested(router);
    await flood(publisher, 99);
    router.clock.advance(1000);
    await settle();
    router.clock.advance(10_000);
    await slow.expectClosed();
    await expectNoTrace(router, [publisher]);
  });

  it("an outbox at its hard limit ends the connection, whatever the messages are", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const { publisher: caller, slow } = await congested(router);
    const requests = Array.from({ length: 200 }, () => caller.sendCall(PROCEDURE, payload));
    await settle();
    await slow.expectClosed();
    // It left many calls, which takes several turns.
    router.clock.advance(0);
    expect(slow.closeError).not.toBeInstanceOf(OutboxOverflowError);
    const metric: LimitMetric = "limit_outbox_bytes";
    expect(router.metrics.get(metric)).toBe(1);
    const answered: Id[] = [];
    for (const _request of requests) {
      const { request, error } = await caller.expect(M.ERROR);
      answered.push(request);
      expect([ErrorUri.CANCELED, ErrorUri.NO_SUCH_PROCEDURE]).toContain(error);
    }
    expect(answered.toSorted((a, b) => a - b)).toEqual(requests);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    await expectNoTrace(router, [caller]);
  });
});
