// Spec: advanced/pubsub_subscription_revocation.md
import { ErrorUri, MessageType as M, type Id } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAlive,
  expectError,
  expectNoTrace,
  type JoinOptions,
  Probe,
  rolesWithout,
  type TestRouter,
  textOf,
  TOPIC,
} from "../support/index.js";

interface Setup {
  readonly router: TestRouter;
  readonly probe: Probe;
  readonly publisher: WireSession;
  readonly subscriber: WireSession;
  readonly subscription: Id;
}

async function setUp(peer: JoinOptions = {}): Promise<Setup> {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe] } });
  const [publisher, subscriber] = [await router.join(), await router.join(peer)];
  return { router, probe, publisher, subscriber, subscription: await subscriber.subscribe(TOPIC) };
}

describe("Subscription Revocation", () => {
  it("sends UNSUBSCRIBED with request 0, the subscription and the reason, and no more events", async () => {
    const { router, probe, publisher, subscriber, subscription } = await setUp();
    const { subscriptions } = probe.realm;
    expect(await subscriptions.remove(subscription, subscriber.id, "no longer authorized")).toBe(true);
    const { request, details } = await subscriber.expect(M.UNSUBSCRIBED);
    expect([request, details]).toEqual([0, { subscription, reason: "no longer authorized" }]);
    publisher.publish(TOPIC);
    await expectAlive(subscriber);
    expect(await subscriptions.get(subscription)).toBeUndefined();
    await expectNoTrace(router, [publisher, subscriber]);
  });

  it("omits the reason if there is none, and does not change the answer to UNSUBSCRIBE", async () => {
    const { probe, subscriber, subscription } = await setUp();
    await probe.realm.subscriptions.remove(subscription, subscriber.id);
    await subscriber.expect(M.UNSUBSCRIBED);
    expect(textOf(subscriber.frames.at(-1))).toBe(`[35,0,{"subscription":${subscription}}]`);
    await subscriber.unsubscribe(await subscriber.subscribe(TOPIC));
    expect(textOf(subscriber.frames.at(-1))).toMatch(/^\[35,\d+\]$/);
  });

  it("revokes silently if the subscriber did not announce the feature", async () => {
    const { probe, publisher, subscriber, subscription } = await setUp({
      roles: rolesWithout("subscriber.subscription_revocation"),
    });
    await probe.realm.subscriptions.remove(subscription, subscriber.id, "no");
    publisher.publish(TOPIC);
    await subscriber.expectNothing();
  });

  it("removes one subscriber, and leaves others and its other subscriptions", async () => {
    const { router, probe, publisher, subscriber, subscription } = await setUp();
    const other = await router.join();
    await other.subscribe(TOPIC);
    const pattern = await subscriber.subscribe("com", { match: "prefix" });
    await probe.realm.subscriptions.remove(subscription, subscriber.id);
    await subscriber.expect(M.UNSUBSCRIBED);
    publisher.publish(TOPIC);
    expect((await other.expect(M.EVENT)).subscription).toBe(subscription);
    expect((await subscriber.expect(M.EVENT)).subscription).toBe(pattern);
    await subscriber.expectNothing();
  });

  it("returns whether there was anything to revoke", async () => {
    const { probe, publisher, subscriber, subscription } = await setUp();
    const { subscriptions } = probe.realm;
    expect(await subscriptions.remove(subscription + 1, subscriber.id)).toBe(false);
    expect(await subscriptions.remove(subscription, publisher.id)).toBe(false);
    expect(await subscriptions.remove(subscription, subscriber.id)).toBe(true);
    expect(await subscriptions.remove(subscription, subscriber.id)).toBe(false);
  });

  it("a later UNSUBSCRIBE fails with wamp.error.no_such_subscription", async () => {
    const { probe, subscriber, subscription } = await setUp();
    await probe.realm.subscriptions.remove(subscription, subscriber.id);
    await subscriber.expect(M.UNSUBSCRIBED);
    const request = subscriber.nextRequest();
    subscriber.send({ type: M.UNSUBSCRIBE, request, subscription });
    await expectError(subscriber, M.UNSUBSCRIBE, request, ErrorUri.NO_SUCH_SUBSCRIPTION);
  });
});
