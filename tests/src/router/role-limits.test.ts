// Rates by role: RealmOptions.roleLimits, in place of limits.messagesPerSecond and limits.bytesPerSecond.
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, type TestRouter, TOPIC } from "../support/index.js";

async function publishMany(router: TestRouter, client: WireSession, subscriber: WireSession): Promise<number> {
  router.clock.advance(1000);
  await settle();
  const before = subscriber.unread.length;
  for (let count = 0; count < 100; count++) client.publish(TOPIC, { args: [count] });
  await settle();
  return subscriber.unread.length - before;
}

describe("roleLimits", () => {
  it("hold back sessions of that role, and no others", async () => {
    const router = await createTestRouter({ realm: { roleLimits: { guest: { messagesPerSecond: 10 } } } });
    const subscriber = await router.join();
    await subscriber.subscribe(TOPIC);
    const [guest, user] = [await router.join({ authrole: "guest" }), await router.join({ authrole: "user" })];
    expect(await publishMany(router, user, subscriber)).toBe(100);
    expect(await publishMany(router, guest, subscriber)).toBeLessThan(30);
    expect(router.metrics.get("limit_messages_per_second")).toBeGreaterThan(0);
  });

  it("apply from WELCOME on, change with the permissions, and leave the general limits to the rest", async () => {
    const router = await createTestRouter({ limits: { messagesPerSecond: 10 } });
    const subscriber = await router.join();
    await subscriber.subscribe(TOPIC);
    await router.reauthorize(router.realms[0]!, { roleLimits: { backend: { messagesPerSecond: 10_000 } } });
    const [backend, user] = [await router.join({ authrole: "backend" }), await router.join({ authrole: "user" })];
    expect(await publishMany(router, backend, subscriber)).toBe(100);
    expect(await publishMany(router, user, subscriber)).toBeLessThan(30);
  });
});
