// kreuz.get.stats, kreuz.stats, kreuz.get.log, kreuz.log, and what is held: subscriptions and registrations.
import {
  ADMIN,
  ADMIN_TOPICS,
  type LogEntry,
  type Page,
  type RegistrationDetails,
  type RegistrationRow,
  type Stats,
  type StatsChange,
  type SubscriptionDetails,
  type SubscriptionRow,
} from "@kreuz/admin";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { argsOf } from "../support/index.js";
import { describe, expect, it } from "vitest";
import { ask, createAdminRouter, joinMany, REALM } from "./admin-router.js";

describe("numbers", () => {
  it("of all realms, or of one", async () => {
    const router = await createAdminRouter();
    const [ann, bob] = await joinMany(router, ["ann", "bob"]);
    await ann!.register("com.add");
    bob!.sendCall("com.add");
    const { request } = await ann!.expect(M.INVOCATION);
    router.clock.advance(20);
    ann!.yield(request);
    await bob!.expect(M.RESULT);
    const viewer = await router.enter("viewer");
    const stats = await ask<Stats>(router, viewer, ADMIN.getStats);
    expect(Object.keys(stats.realms)).toHaveLength(3);
    const realm = stats.realms[REALM]!;
    expect(realm).toMatchObject({ sessions: 2, registrations: 1, calls: { ok: 1 }, messagesIn: { CALL: 1, YIELD: 1 } });
    expect(realm.callSeconds.counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(realm.callSeconds.counts[realm.callSeconds.bounds.indexOf(0.025)]).toBe(1);
    expect(stats.listeners["clients"]).toMatchObject({ connections: 3 });
    expect(stats.limits).toEqual({ uri_length: 0 });
    expect(Object.keys((await ask<Stats>(router, viewer, ADMIN.getStats, [REALM])).realms)).toEqual([REALM]);
    const nowhere = ask(router, viewer, ADMIN.getStats, ["com.nowhere"]);
    await expect(nowhere).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REALM });
  });

  it("come once a second while somebody subscribes, also by a pattern: only what changed", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    const viewer = await router.enter("viewer");
    expect(router.clock.pending).toBe(0);
    const subscription = await viewer.subscribe(ADMIN_TOPICS.stats);
    await settle();
    expect(router.clock.pending).toBe(1);
    const next = async (): Promise<StatsChange> => {
      router.clock.advance(1000);
      return argsOf(await viewer.expect(M.EVENT))?.[0] as StatsChange;
    };
    const first = await next();
    expect(first).toMatchObject({ at: 1000, sequence: 1 });
    ann!.publish("com.topic");
    await settle();
    const second = await next();
    expect(second).toMatchObject({ at: 2000, sequence: 2, realms: { [REALM]: { publications: 1 } } });
    expect(second.realms?.[REALM]).not.toHaveProperty("sessions");
    router.listener.opened = 9;
    const third = await next();
    expect(third.listeners).toEqual({ clients: { opened: 9 } });
    expect(third.realms?.[REALM]).toBeUndefined();
    await viewer.unsubscribe(subscription);
    await settle();
    expect(router.clock.pending).toBe(0);
  });

  it("laid over a copy, the changes give what kreuz.get.stats says", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    const viewer = await router.enter("viewer");
    await viewer.subscribe(ADMIN_TOPICS.stats);
    const copy = await ask<Stats>(router, viewer, ADMIN.getStats, [REALM]);
    for (let round = 0; round < 3; round++) {
      await ann!.subscribe(`com.topic.${round}`);
      ann!.publish(`com.topic.${round}`, { args: [1] }, { exclude_me: false });
      await settle();
      router.clock.advance(1000);
      const change = argsOf(await viewer.expect(M.EVENT))?.[0] as StatsChange;
      lay(copy.realms[REALM] as object, change.realms?.[REALM] ?? {});
    }
    const now = await ask<Stats>(router, viewer, ADMIN.getStats, [REALM]);
    expect(copy.realms[REALM]).toEqual(now.realms[REALM]);
  });
});

function lay(copy: object, change: object): void {
  for (const [key, value] of Object.entries(change) as [string, unknown][]) {
    const old = (copy as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null && !Array.isArray(value) && typeof old === "object")
      lay(old as object, value);
    else (copy as Record<string, unknown>)[key] = value;
  }
}

describe("the log", () => {
  it("warnings and errors, the last 500, without objects, cut", async () => {
    const router = await createAdminRouter();
    const viewer = await router.enter("viewer");
    const logger = router.operatorLog.watching({ debug() {}, info() {}, warn() {}, error() {} });
    for (let line = 0; line < 501; line++) logger.warn({ line, error: new Error("broken"), deep: {} }, `line ${line}`);
    logger.info({}, "not shown");
    logger.debug({}, "not shown");
    logger.error({ text: "x".repeat(1000) }, "the end");
    const entries = await ask<LogEntry[]>(router, viewer, ADMIN.getLog);
    expect(entries).toHaveLength(500);
    expect(entries[0]).toEqual({ at: 0, level: "warn", message: "line 2", fields: { line: 2, error: "broken" } });
    expect(String(entries.at(-1)?.fields["text"])).toHaveLength(500);
  });

  it("each new line is an event", async () => {
    const router = await createAdminRouter();
    const viewer = await router.enter("viewer");
    await viewer.subscribe(ADMIN_TOPICS.log);
    router.operatorLog.add("error", { realm: REALM }, "the disk is full");
    const event = await viewer.expect(M.EVENT);
    expect(argsOf(event)).toEqual([{ at: 0, level: "error", message: "the disk is full", fields: { realm: REALM } }]);
  });
});

describe("what is held", () => {
  it("subscriptions: by a part of the URI, by match policy, sorted by subscribers", async () => {
    const router = await createAdminRouter();
    const [ann, bob] = await joinMany(router, ["ann", "bob"]);
    for (const client of [ann!, bob!]) await client.subscribe("com.shop.sold");
    await ann!.subscribe("com.shop.", { match: "prefix" });
    const other = await ann!.subscribe("com.other");
    const viewer = await router.enter("viewer");
    const list = (kwargs: object) =>
      ask<Page<SubscriptionRow>>(router, viewer, ADMIN.getSubscriptions, [REALM], { ...kwargs });
    const shop = await list({ uri: "SHOP", sort: "subscribers", desc: true });
    expect([shop.total, shop.matched]).toEqual([3, 2]);
    expect(shop.items.map(({ uri, subscribers }) => [uri, subscribers])).toEqual([
      ["com.shop.sold", 2],
      ["com.shop.", 1],
    ]);
    expect((await list({ match: "prefix" })).matched).toBe(1);
    const details = await ask<SubscriptionDetails>(router, viewer, ADMIN.getSubscription, [REALM, other]);
    expect(details).toMatchObject({
      uri: "com.other",
      members: { total: 1, items: [{ session: ann!.id, authid: "ann", authrole: "user" }] },
    });
    const gone = ask(router, viewer, ADMIN.getSubscription, [REALM, 99]);
    await expect(gone).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
  });

  it("registrations: with the calls that their callees work on", async () => {
    const router = await createAdminRouter();
    const [ann, bob] = await joinMany(router, ["ann", "bob"]);
    const busy = await ann!.register("com.busy", { invoke: "roundrobin" });
    await bob!.register("com.busy", { invoke: "roundrobin" });
    await bob!.register("com.idle");
    for (let calls = 0; calls < 3; calls++) bob!.sendCall("com.busy");
    await settle();
    const viewer = await router.enter("viewer");
    const page = await ask<Page<RegistrationRow>>(router, viewer, ADMIN.getRegistrations, [REALM], {
      sort: "pending",
      desc: true,
    });
    expect(page.items.map(({ uri, callees, pendingCalls }) => [uri, callees, pendingCalls])).toEqual([
      ["com.busy", 2, 3],
      ["com.idle", 1, 0],
    ]);
    const details = await ask<RegistrationDetails>(router, viewer, ADMIN.getRegistration, [REALM, busy]);
    expect(details.members.items.map(({ authid, pendingCalls }) => [authid, pendingCalls])).toEqual([
      ["ann", 2],
      ["bob", 1],
    ]);
    expect(details).toMatchObject({ invoke: "roundrobin", builtIn: false });
  });
});
