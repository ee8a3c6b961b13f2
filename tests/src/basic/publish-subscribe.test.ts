import { ErrorUri, isId, MAX_ID, MAX_URI_LENGTH, MessageType as M } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectError,
  expectNoTrace,
  MATCH_POLICIES,
  Probe,
  publisherAndSubscriber,
  REALM,
  sendText,
  textOf,
  TOPIC,
} from "../support/index.js";

describe("Subscribing: SUBSCRIBE and SUBSCRIBED", () => {
  it("SUBSCRIBED repeats the request id and returns the subscription id", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, `[32,713845233,{},"${TOPIC}"]`);
    const { request, subscription } = await client.expect(M.SUBSCRIBED);
    expect(request).toBe(713_845_233);
    expect(isId(subscription)).toBe(true);
    expect(textOf(client.frames.at(-1))).toBe(`[33,713845233,${subscription}]`);
  });

  it("subscribing to the same topic again returns the same id, and events come once", async () => {
    const { publisher, subscriber, subscription } = await publisherAndSubscriber();
    expect(await subscriber.subscribe(TOPIC)).toBe(subscription);
    expect(await subscriber.subscribe(TOPIC, { match: "exact" })).toBe(subscription);
    publisher.publish(TOPIC);
    await subscriber.expect(M.EVENT);
    await subscriber.expectNothing();
  });

  it("all subscribers of a topic share one id; other topics and match policies have others", async () => {
    const { router, subscriber, subscription } = await publisherAndSubscriber();
    const other = await router.join();
    expect(await other.subscribe(TOPIC)).toBe(subscription);
    const ids = [subscription, await subscriber.subscribe(`${TOPIC}.other`)];
    for (const match of ["prefix", "wildcard"] as const) ids.push(await subscriber.subscribe(TOPIC, { match }));
    expect(new Set(ids).size).toBe(4);
  });

  it.each(MATCH_POLICIES)("Subscribe ERROR: invalid_uri for a topic that is invalid for match %s", async (match) => {
    const client = await (await createTestRouter()).join();
    const topics = [
      "a b",
      "a#b",
      "a.\tb",
      "x".repeat(MAX_URI_LENGTH + 1),
      "a..b.",
      ...(match === "exact" ? ["", ".", "a.", ".a"] : []),
    ];
    for (const topic of topics.filter((uri) => match !== "wildcard" || !uri.includes(".."))) {
      const request = client.nextRequest();
      client.send({ type: M.SUBSCRIBE, request, options: { match }, topic });
      await expectError(client, M.SUBSCRIBE, request, ErrorUri.INVALID_URI);
    }
    await client.subscribe(TOPIC);
  });

  it("Strict URIs: with uriRule strict, topics that only the loose rule allows are refused", async () => {
    const [loose, strict] = [
      await (await createTestRouter()).join(),
      await (await createTestRouter({ uriRule: "strict" })).join(),
    ];
    for (const topic of ["com.Example.topic", "com.myapp.tópic", "com.my-app", "a:b.c"]) {
      await loose.subscribe(topic);
      const request = strict.nextRequest();
      strict.send({ type: M.SUBSCRIBE, request, options: {}, topic });
      await expectError(strict, M.SUBSCRIBE, request, ErrorUri.INVALID_URI);
    }
  });

  it("a subscription ends with the session", async () => {
    const { router, publisher, subscriber } = await publisherAndSubscriber();
    await subscriber.leave();
    await subscriber.join(REALM);
    publisher.publish(TOPIC);
    await subscriber.expectNothing();
    await expectNoTrace(router, [publisher, subscriber]);
  });

  it("topics are compared without case folding or normalization", async () => {
    const { publisher, subscriber } = await publisherAndSubscriber();
    await subscriber.subscribe("com.example.caf\u00e9");
    for (const topic of [TOPIC.toUpperCase(), "com.example.cafe\u0301", "com.example.cafe"]) publisher.publish(topic);
    await subscriber.expectNothing();
  });
});

describe("Unsubscribing: UNSUBSCRIBE and UNSUBSCRIBED", () => {
  it("UNSUBSCRIBED repeats the request id, and no event comes after it", async () => {
    const { publisher, subscriber, subscription } = await publisherAndSubscriber();
    publisher.publish(TOPIC);
    await subscriber.expect(M.EVENT);
    sendText(subscriber, `[34,85346237,${subscription}]`);
    await subscriber.expect(M.UNSUBSCRIBED);
    expect(textOf(subscriber.frames.at(-1))).toBe("[35,85346237]");
    publisher.publish(TOPIC);
    await subscriber.expectNothing();
  });

  it("one UNSUBSCRIBE ends a subscription that was requested twice", async () => {
    const { publisher, subscriber, subscription } = await publisherAndSubscriber();
    await subscriber.subscribe(TOPIC);
    await subscriber.unsubscribe(subscription);
    publisher.publish(TOPIC);
    await subscriber.expectNothing();
  });

  it("other subscribers and other subscriptions stay", async () => {
    const { router, publisher, subscriber, subscription } = await publisherAndSubscriber();
    const other = await router.join();
    await other.subscribe(TOPIC);
    const prefix = await subscriber.subscribe(TOPIC, { match: "prefix" });
    await subscriber.unsubscribe(subscription);
    publisher.publish(TOPIC);
    expect((await other.expect(M.EVENT)).subscription).toBe(subscription);
    expect((await subscriber.expect(M.EVENT)).subscription).toBe(prefix);
    await subscriber.expectNothing();
  });

  it("a new SUBSCRIBE receives events again, under a new id if no subscriber was left", async () => {
    const { publisher, subscriber, subscription } = await publisherAndSubscriber();
    await subscriber.unsubscribe(subscription);
    expect(await subscriber.subscribe(TOPIC)).not.toBe(subscription);
    publisher.publish(TOPIC);
    await subscriber.expect(M.EVENT);
  });

  it("Unsubscribe ERROR: no_such_subscription for an unknown id, an id of another session, and the second time", async () => {
    const { router, publisher, subscriber, subscription } = await publisherAndSubscriber();
    const stranger = await router.join();
    const refused = async (client: WireSession, id: number): Promise<void> => {
      const request = client.nextRequest();
      client.send({ type: M.UNSUBSCRIBE, request, subscription: id });
      await expectError(client, M.UNSUBSCRIBE, request, ErrorUri.NO_SUCH_SUBSCRIPTION);
    };
    for (const id of [subscription + 1, MAX_ID]) await refused(subscriber, id);
    await refused(stranger, subscription);
    await refused(stranger, await subscriber.register("com.example.procedure"));
    publisher.publish(TOPIC);
    await subscriber.expect(M.EVENT);
    await subscriber.unsubscribe(subscription);
    await refused(subscriber, subscription);
  });
});

describe("Publishing: PUBLISH, PUBLISHED and ERROR", () => {
  it("by default and with acknowledge false there is no answer", async () => {
    const { publisher, subscriber } = await publisherAndSubscriber();
    publisher.publish(TOPIC);
    publisher.publish(TOPIC, {}, { acknowledge: false });
    await subscriber.expect(M.EVENT);
    await subscriber.expect(M.EVENT);
    await publisher.expectNothing();
  });

  it("with acknowledge true PUBLISHED returns the publication id that every EVENT has", async () => {
    const { router, publisher, subscriber } = await publisherAndSubscriber();
    const other = await router.join();
    await other.subscribe(TOPIC);
    await other.subscribe("com.", { match: "prefix" });
    const request = publisher.publish(TOPIC, {}, { acknowledge: true });
    const published = await publisher.expect(M.PUBLISHED);
    expect(published.request).toBe(request);
    for (const receiver of [subscriber, other, other])
      expect((await receiver.expect(M.EVENT)).publication).toBe(published.publication);
  });

  it("PUBLISHED comes even if nobody is subscribed", async () => {
    const publisher = await (await createTestRouter()).join();
    publisher.publish(TOPIC, {}, { acknowledge: true });
    await publisher.expect(M.PUBLISHED);
  });

  it("IDs: publication ids are random numbers from 1 to 2^53, all different", async () => {
    const publisher = await (await createTestRouter()).join();
    const ids: number[] = [];
    for (let index = 0; index < 300; index++) publisher.publish(TOPIC, {}, { acknowledge: true });
    for (let index = 0; index < 300; index++) ids.push((await publisher.expect(M.PUBLISHED)).publication);
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(300);
    expect(Math.max(...ids)).toBeGreaterThan(MAX_ID / 2);
    expect(Math.min(...ids)).toBeLessThan(MAX_ID / 2);
  });

  it("Publish ERROR: invalid_uri for an invalid topic, if acknowledge is true", async () => {
    const publisher = await (await createTestRouter()).join();
    for (const topic of ["", ".", "a..b", "a.", "a b", "x".repeat(MAX_URI_LENGTH + 1)]) {
      publisher.publish(topic);
      publisher.publish(topic, {}, { acknowledge: false });
      const request = publisher.publish(topic, {}, { acknowledge: true });
      await expectError(publisher, M.PUBLISH, request, ErrorUri.INVALID_URI);
    }
    await publisher.expectNothing();
  });

  it("Reserved URIs: clients cannot publish under wamp., but under URIs that look similar", async () => {
    const { router, publisher } = await publisherAndSubscriber();
    const everything = await router.join();
    await everything.subscribe("", { match: "prefix" });
    for (const topic of ["wamp", "wamp.session.on_join", "wamp.anything"]) {
      const request = publisher.publish(topic, {}, { acknowledge: true });
      await expectError(publisher, M.PUBLISH, request, ErrorUri.INVALID_URI);
      publisher.publish(topic);
    }
    await everything.expectNothing();
    for (const topic of ["wampum", "Wamp.x", "com.wamp"]) {
      publisher.publish(topic, {}, { acknowledge: true });
      await publisher.expect(M.PUBLISHED);
      expect((await everything.expect(M.EVENT)).details.topic).toBe(topic);
    }
  });
});

describe("Subscriptions: events for plugins", () => {
  it("subscriptionCreated with the first subscriber, subscriptionDeleted with the last, added and removed for each", async () => {
    const order: string[] = [];
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    for (const event of ["subscriptionCreated", "subscriberAdded", "subscriberRemoved", "subscriptionDeleted"] as const)
      probe.realm.on(event, (subscription, session) => order.push(`${event} ${subscription.uri} ${session.session}`));
    const [one, other] = [await router.join(), await router.join()];
    const id = await one.subscribe(TOPIC);
    await one.subscribe(TOPIC);
    await other.subscribe(TOPIC);
    expect(await probe.realm.subscriptions.members(id)).toEqual([one.id, other.id]);
    expect(await probe.realm.subscriptions.get(id)).toMatchObject({ id, uri: TOPIC, match: "exact", created: 0 });
    expect(await probe.realm.subscriptions.lookup(TOPIC, "prefix")).toBeUndefined();
    await one.unsubscribe(id);
    await other.leave();
    expect(order).toEqual([
      `subscriptionCreated ${TOPIC} ${one.id}`,
      `subscriberAdded ${TOPIC} ${one.id}`,
      `subscriberAdded ${TOPIC} ${other.id}`,
      `subscriberRemoved ${TOPIC} ${one.id}`,
      `subscriberRemoved ${TOPIC} ${other.id}`,
      `subscriptionDeleted ${TOPIC} ${other.id}`,
    ]);
    expect(await probe.realm.subscriptions.list()).toEqual([]);
    expect(await probe.realm.subscriptions.members(id)).toBeUndefined();
  });
});
