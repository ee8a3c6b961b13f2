import { MessageType as M, type Message } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, sendText } from "../support/index.js";

const CODECS = [json, msgpack, cbor];

/** All unread messages. */
function arrived(client: WireSession): readonly Message[] {
  return client.unread.map((item) => {
    if (item instanceof Error) throw item;
    return item;
  });
}

/** Repeatable random numbers: xorshift32. */
function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe("Publish & Subscribe Ordering", () => {
  it("events of one publisher arrive in the order of publication, across topics and patterns", async () => {
    const router = await createTestRouter();
    const [publisher, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe("com.one");
    await subscriber.subscribe("com.two");
    await subscriber.subscribe("com.three", { match: "prefix" });
    const topics = ["com.one", "com.two", "com.three.x", "com.three"];
    for (let index = 0; index < 400; index++)
      publisher.publish(topics[(index * 7) % 4] ?? "", { args: [index] }, { acknowledge: index % 3 === 0 });
    await settle();
    const values = arrived(subscriber).map((message) =>
      message.type === M.EVENT ? message.payload.args?.[0] : message,
    );
    expect(values).toEqual(Array.from({ length: 400 }, (_, index) => index));
  });

  it("events keep their order for every pair of clients, with every codec, under random traffic", async () => {
    const router = await createTestRouter();
    const random = seededRandom(20_240_601);
    const publishers = await Promise.all(CODECS.map((codec) => router.join({ codec })));
    const subscribers = await Promise.all([...CODECS, ...CODECS].map((codec) => router.join({ codec })));
    const topics = ["a.one", "a.two", "b.one"];
    for (const [index, subscriber] of subscribers.entries()) {
      await subscriber.subscribe(topics[index % 3] ?? "");
      await subscriber.subscribe("a", { match: "prefix" });
    }
    for (let index = 0; index < 600; index++) {
      const from = random(publishers.length);
      publishers[from]?.publish(topics[random(3)] ?? "", { args: [from, index] });
      if (random(10) === 0) await settle(1);
    }
    await settle();
    for (const subscriber of subscribers) {
      const last = new Map<string, number>();
      for (const message of arrived(subscriber)) {
        if (message.type !== M.EVENT) throw new Error("only events were expected");
        const [from, index] = message.payload.args as [number, number];
        const key = `${from} ${message.subscription}`;
        expect(index).toBeGreaterThan(last.get(key) ?? -1);
        last.set(key, index);
      }
      expect(last.size).toBeGreaterThan(0);
    }
  });

  it("SUBSCRIBED comes before any EVENT of the subscription, also in the middle of a burst of events", async () => {
    const router = await createTestRouter();
    const publisher = await router.join();
    const subscribers = await Promise.all(Array.from({ length: 20 }, () => router.join()));
    for (const subscriber of subscribers) {
      publisher.publish("a.b");
      sendText(subscriber, '[32,1,{},"a.b"]');
      publisher.publish("a.b");
      sendText(subscriber, '[32,2,{"match":"prefix"},"a"]');
      publisher.publish("a.b");
    }
    await settle();
    for (const subscriber of subscribers) {
      const known = new Set<number>();
      for (const message of arrived(subscriber)) {
        if (message.type === M.SUBSCRIBED) known.add(message.subscription);
        if (message.type === M.EVENT) expect(known).toContain(message.subscription);
      }
      expect(known.size).toBe(2);
    }
  });

  it("no EVENT of a subscription comes after its UNSUBSCRIBED", async () => {
    const router = await createTestRouter();
    const [publisher, subscriber] = [await router.join(), await router.join()];
    for (let turn = 0; turn < 50; turn++) {
      const subscription = await subscriber.subscribe("a.b");
      publisher.publish("a.b");
      subscriber.send({ type: M.UNSUBSCRIBE, request: subscriber.nextRequest(), subscription });
      publisher.publish("a.b");
      await settle(2);
      const types = arrived(subscriber).map(({ type }) => type);
      expect(types.lastIndexOf(M.EVENT)).toBeLessThan(types.indexOf(M.UNSUBSCRIBED));
      for (const type of types) await subscriber.expect(type);
    }
  });

  it("a publisher receives its own events in order", async () => {
    const client = await (await createTestRouter()).join();
    await client.subscribe("a.b");
    for (let index = 0; index < 50; index++)
      client.publish("a.b", { args: [index] }, { exclude_me: false, acknowledge: true });
    await settle();
    const events = arrived(client).flatMap((message) => (message.type === M.EVENT ? [message.payload.args?.[0]] : []));
    const acknowledged = arrived(client).flatMap((message) => (message.type === M.PUBLISHED ? [message.request] : []));
    expect(events).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b));
  });
});

describe("Remote Procedure Call Ordering", () => {
  it("calls of one caller reach a callee in order, across its procedures", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("com.one");
    await callee.register("com.two");
    await callee.register("com.three", { match: "prefix" });
    const procedures = ["com.one", "com.two", "com.three.x"];
    for (let index = 0; index < 300; index++) caller.sendCall(procedures[(index * 5) % 3] ?? "", { args: [index] });
    await settle();
    const invocations = arrived(callee).map((message) => (message.type === M.INVOCATION ? message : undefined));
    expect(invocations.map((invocation) => invocation?.payload.args?.[0])).toEqual(
      Array.from({ length: 300 }, (_, index) => index),
    );
    expect(invocations.map((invocation) => invocation?.request)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
  });

  it("REGISTERED comes before any INVOCATION of the registration, also within a burst", async () => {
    const router = await createTestRouter();
    const caller = await router.join();
    for (let turn = 0; turn < 20; turn++) {
      const callee = await router.join();
      const procedure = `com.example.n${turn}`;
      caller.sendCall(procedure);
      sendText(callee, `[64,1,{},"${procedure}"]`);
      sendText(callee, `[48,2,{},"${procedure}"]`);
      caller.sendCall(procedure);
      await settle(1);
      const types = arrived(callee).map(({ type }) => type);
      expect(types[0]).toBe(M.REGISTERED);
      expect(types.slice(1)).toContain(M.INVOCATION);
    }
  });

  it("RESULT and ERROR arrive in the order of the callee's YIELD and ERROR", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("com.one");
    const requests = Array.from({ length: 50 }, () => caller.sendCall("com.one"));
    await settle();
    const shuffled = requests.map((_, index) => ((index * 17) % 50) + 1);
    for (const invocation of shuffled) {
      if (invocation % 3 === 0) callee.fail(invocation, "com.example.error");
      else callee.yield(invocation);
    }
    await settle();
    const answered = arrived(caller).map((message) =>
      message.type === M.RESULT || message.type === M.ERROR ? message.request : 0,
    );
    expect(answered).toEqual(shuffled.map((invocation) => requests[invocation - 1]));
  });

  it("events that a callee publishes before it answers arrive before the answer", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await caller.subscribe("a.b");
    await callee.register("com.one");
    caller.sendCall("com.one");
    const { request } = await callee.expect(M.INVOCATION);
    for (let index = 0; index < 10; index++) callee.publish("a.b");
    callee.yield(request);
    for (let index = 0; index < 10; index++) await caller.expect(M.EVENT);
    await caller.expect(M.RESULT);
  });
});
