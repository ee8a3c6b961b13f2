// Operators see a realm from inside: `router.inspect`.
import { MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { expect, it } from "vitest";
import { createTestRouter, testRealm } from "../support/index.js";

const REALM = testRealm().uri;

it("shows who holds what, sessions inside the process included", async () => {
  const router = await createTestRouter();
  const [one, other] = [await router.join(), await router.join()];
  const local = router.connect(REALM, { authid: "local-one" });
  const subscription = await one.subscribe("com.topic");
  await other.subscribe("com.topic");
  await local.subscribe("com.topic", () => {});
  const registration = await one.register("com.procedure");
  const realm = router.inspect(REALM)!;

  expect([...realm.subscriptionsOf(one.id)]).toMatchObject([{ id: subscription, uri: "com.topic", match: "exact" }]);
  expect([...realm.registrationsOf(one.id)]).toMatchObject([{ id: registration, uri: "com.procedure" }]);
  expect([...realm.registrationsOf(other.id)]).toEqual([]);
  expect([realm.subscriberCount(subscription), realm.calleeCount(registration)]).toEqual([3, 1]);
  const subscribers = [...realm.subscribers(subscription)];
  expect(subscribers.map(({ session }) => session)).toEqual([one.id, other.id, local.id]);
  expect(subscribers[2]).toMatchObject({ authid: "local-one", authmethod: "local" });

  other.sendCall("com.procedure");
  await one.expect(M.INVOCATION);
  expect([...realm.callees(registration)]).toMatchObject([{ session: { session: one.id }, activeCalls: 1 }]);

  one.disconnect();
  await settle();
  expect([...realm.subscriptionsOf(one.id), ...realm.callees(registration)]).toEqual([]);
  expect([realm.subscriberCount(subscription), realm.calleeCount(registration)]).toEqual([2, 0]);
});

it("counts the bytes of each session on a connection, without what came before it", async () => {
  const router = await createTestRouter();
  const client = await router.join();
  const bytesOut = (): number => router.inspect(REALM)!.numbers(client.id)!.bytesOut;
  expect(bytesOut()).toBe(0);
  const subscription = await client.subscribe("com.topic");
  expect(bytesOut()).toBe(JSON.stringify([M.SUBSCRIBED, 1, subscription]).length);
});

it("of a realm that does not exist, nothing", async () => {
  const router = await createTestRouter();
  expect(router.inspect("com.nowhere")).toBeUndefined();
});
