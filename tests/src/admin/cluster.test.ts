// Operators of a cluster see the sessions, topics, procedures and numbers of all nodes, and end them.
import {
  ADMIN,
  ADMIN_TOPICS,
  type KillResult,
  type Page,
  type RegistrationDetails,
  type RegistrationRow,
  type RouterState,
  type SessionDetails,
  type SessionPage,
  type Stats,
  type StatsChange,
  type SubscriptionDetails,
  type SubscriptionRow,
} from "@kreuz/admin";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { Router } from "@kreuz/router";
import { waitUntil } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { argsOf } from "../support/index.js";
import { type AdminRouter, ask, createAdminRouter, joinMany, MANAGEMENT, REALM } from "./admin-router.js";

type Client = Awaited<ReturnType<AdminRouter["enter"]>>;

/** Two nodes that know each other, and an operator on `a`. */
async function cluster(): Promise<{ readonly router: AdminRouter; readonly operator: Client }> {
  const router = await createAdminRouter(2);
  const operator = await router.enter();
  const known = async (): Promise<number> =>
    (await ask<RouterState>(router, operator, ADMIN.getRouter)).nodes?.length ?? 0;
  for (let turns = 0; (await known()) < 2; turns++) expect(turns).toBeLessThan(100);
  // The next client joins `a` again.
  await router.enter("viewer");
  return { router, operator };
}

const sessions = (router: AdminRouter, client: Client, kwargs: object = {}): Promise<SessionPage> =>
  ask(router, client, ADMIN.getSessions, [REALM], { ...kwargs });

describe("an operator of one node", () => {
  it("is told the nodes, the own one first", async () => {
    const { router, operator } = await cluster();
    const state = await ask<RouterState>(router, operator, ADMIN.getRouter);
    expect(state.nodes).toEqual([
      { name: "a", version: "1.2.3", host: "test-host", pid: 42, started: 0, ready: true, because: [] },
      { name: "b", version: "1.2.3", host: "test-host", pid: 42, started: 0, ready: true, because: [] },
    ]);
    expect(state).not.toHaveProperty("unreachable");
  });

  it("is told the listeners and realms of all, and what should be mended", async () => {
    const { router, operator } = await cluster();
    await joinMany(router, ["ann", "bob", "cy"]);
    router.warnings.push('nodes "a" and "b" have different roles');
    const state = await ask<RouterState>(router, operator, ADMIN.getRouter);
    expect(state.listeners).toEqual([{ name: "clients", url: "ws://127.0.0.1:8080/ws", connections: 6 }]);
    expect(state.realms[0]).toMatchObject({ name: REALM, sessions: 3 });
    expect(state.warnings).toEqual(['nodes "a" and "b" have different roles']);
  });

  it("lists and searches the sessions of all, in one order and page by page", async () => {
    const { router, operator } = await cluster();
    await joinMany(router, ["ann", "bob", "cy", "dan", "eve"]);
    const query = { sort: "authid", limit: 2 };
    const pages: SessionPage[] = [await sessions(router, operator, query)];
    for (let next = pages[0]!.next; next !== undefined; next = pages.at(-1)!.next)
      pages.push(await sessions(router, operator, { ...query, after: next }));
    expect(pages.map(({ items }) => items.map(({ authid, node }) => `${authid} ${node}`))).toEqual([
      ["ann a", "bob b"],
      ["cy a", "dan b"],
      ["eve a"],
    ]);
    expect(pages.map(({ total, matched }) => [total, matched])).toEqual([
      [5, 5],
      [5, 5],
      [5, 5],
    ]);
    const found = await sessions(router, operator, { text: "BO" });
    expect(found).toMatchObject({ total: 5, matched: 1, items: [{ authid: "bob", node: "b", joined: 0 }] });
    expect(found.incomplete).toBeUndefined();
  });

  it("sees one session of another node, with what it holds", async () => {
    const { router, operator } = await cluster();
    const [, bob] = await joinMany(router, ["ann", "bob"]);
    await bob!.subscribe("com.example.news");
    const details = await ask<SessionDetails>(router, operator, ADMIN.getSession, [REALM, bob!.id]);
    expect(details).toMatchObject({ authid: "bob", node: "b", subscriptions: { total: 1 } });
    await expect(ask(router, operator, ADMIN.getSession, [REALM, 7])).rejects.toMatchObject({
      uri: ErrorUri.NO_SUCH_SESSION,
    });
  });

  it("ends sessions of all nodes, by ids and by a filter, and counts them before", async () => {
    const { router, operator } = await cluster();
    const [ann, bob, other] = await joinMany(router, ["ann", "bob", "other"]);
    const ids = [ann!.id, bob!.id];
    const kill = (kwargs: object): Promise<KillResult> => ask(router, operator, ADMIN.kill, [REALM], { ...kwargs });
    expect((await kill({ sessions: ids, dryRun: true })).count).toBe(2);
    const killed = await kill({ sessions: ids, message: "maintenance" });
    expect(killed).toMatchObject({ count: 2 });
    expect(killed.sessions.toSorted()).toEqual(ids.toSorted());
    await waitUntil(() => router.nodes.every((node) => node.counts(REALM)!.sessions <= 1));
    expect((await sessions(router, operator)).items.map(({ session }) => session)).toEqual([other!.id]);
    expect((await kill({ all: true })).count).toBe(1);
    expect(router.operatorLog.entries.filter(({ message }) => message.includes("kreuz.do.kill done"))).not.toEqual([]);
  });

  it("lists the topics of all, with the subscribers of all, by any sort and page by page", async () => {
    const { router, operator } = await cluster();
    const [ann, bob, cy] = await joinMany(router, ["ann", "bob", "cy"]);
    // `ann` and `cy` are on one node, `bob` is on the other.
    for (const client of [ann!, bob!, cy!]) await client.subscribe("com.shop.sold");
    await bob!.subscribe("com.other");
    for (const client of [bob!, cy!]) await client.subscribe("com.shop.", { match: "prefix" });
    const list = (kwargs: object) =>
      ask<Page<SubscriptionRow>>(router, operator, ADMIN.getSubscriptions, [REALM], { ...kwargs });
    const all = [
      ["com.other", 1],
      ["com.shop.", 2],
      ["com.shop.sold", 3],
    ];
    for (const sort of ["uri", "subscribers"])
      for (const limit of [1, 2, 100]) {
        const rows: (readonly [string, number])[] = [];
        for (let after: string | undefined, more = true; more;) {
          const page = await list({ sort, limit, ...(after !== undefined && { after }) });
          expect([page.total, page.matched, page.incomplete]).toEqual([3, 3, undefined]);
          rows.push(...page.items.map(({ uri, subscribers }) => [uri, subscribers] as const));
          after = page.next;
          more = after !== undefined;
        }
        expect(rows).toEqual(all);
      }
    const found = await list({ uri: "SHOP", match: "prefix", sort: "subscribers", desc: true });
    expect(found).toMatchObject({ total: 3, matched: 1, items: [{ uri: "com.shop.", subscribers: 2 }] });
  });

  it("sees who is on a topic, and takes it from a session of another node", async () => {
    const { router, operator } = await cluster();
    const [ann, bob] = await joinMany(router, ["ann", "bob"]);
    const id = await ann!.subscribe("com.topic");
    await bob!.subscribe("com.topic");
    const details = () => ask<SubscriptionDetails>(router, operator, ADMIN.getSubscription, [REALM, id]);
    expect(await details()).toMatchObject({
      uri: "com.topic",
      subscribers: 2,
      members: {
        total: 2,
        items: [
          { session: ann!.id, authid: "ann", node: "a" },
          { session: bob!.id, authid: "bob", node: "b" },
        ],
      },
    });
    await ask(router, operator, ADMIN.remove, [REALM, id, bob!.id], { reason: "too much" });
    expect(await bob!.expect(M.UNSUBSCRIBED)).toMatchObject({ details: { subscription: id, reason: "too much" } });
    expect(await details()).toMatchObject({ subscribers: 1, members: { total: 1 } });
    const again = ask(router, operator, ADMIN.remove, [REALM, id, bob!.id]);
    await expect(again).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
  });

  it("lists the procedures of all, with the calls that callees of all work on: each once", async () => {
    const { router, operator } = await cluster();
    const [ann, bob, cy] = await joinMany(router, ["ann", "bob", "cy"]);
    const busy = await ann!.register("com.busy", { invoke: "roundrobin" });
    await bob!.register("com.busy", { invoke: "roundrobin" });
    await bob!.register("com.single");
    for (let calls = 0; calls < 4; calls++) cy!.sendCall("com.busy");
    cy!.sendCall("com.single");
    await waitUntil(() => ann!.unread.length + bob!.unread.length === 5);
    const page = await ask<Page<RegistrationRow>>(router, operator, ADMIN.getRegistrations, [REALM], {
      sort: "pending",
      desc: true,
      uri: "com.",
    });
    expect(page.items.map(({ uri, callees, pendingCalls }) => [uri, callees, pendingCalls])).toEqual([
      ["com.busy", 2, 4],
      ["com.single", 1, 1],
    ]);
    const details = await ask<RegistrationDetails>(router, operator, ADMIN.getRegistration, [REALM, busy]);
    expect(details.members.items.map(({ authid, node, pendingCalls }) => [authid, node, pendingCalls])).toEqual([
      ["ann", "a", 2],
      ["bob", "b", 2],
    ]);
    expect(details).toMatchObject({ callees: 2, pendingCalls: 4 });
  });

  it("gets the numbers of all, and of each node", async () => {
    const { router, operator } = await cluster();
    const [, , cy] = await joinMany(router, ["ann", "bob", "cy"]);
    await cy!.register("com.add");
    const stats = await ask<Stats>(router, operator, ADMIN.getStats, [REALM]);
    expect(stats.realms[REALM]).toMatchObject({ sessions: 3, registrations: 1, joined: { trust: 3 } });
    expect(stats.listeners["clients"]).toMatchObject({ connections: 6 });
    expect(stats.process).toMatchObject({ cpuSeconds: 2, memoryBytes: 4 });
    expect(stats.nodes).toMatchObject([
      { node: "a", sessions: 3, connections: 3, process: { cpuSeconds: 1 } },
      { node: "b", sessions: 2, connections: 3, process: { cpuSeconds: 1 } },
    ]);
    expect(stats.unreachable).toEqual([]);
  });

  it("hears once a second what changed anywhere", async () => {
    const { router, operator } = await cluster();
    await operator.subscribe(ADMIN_TOPICS.stats);
    const next = async (): Promise<StatsChange> => {
      router.clock.advance(1000);
      await waitUntil(() => operator.unread.length > 0);
      return argsOf(await operator.expect(M.EVENT))?.[0] as StatsChange;
    };
    expect((await next()).realms?.[REALM]).toMatchObject({ sessions: 0 });
    const [, bob] = await joinMany(router, ["ann", "bob"]);
    expect(await next()).toMatchObject({ sequence: 2, realms: { [REALM]: { sessions: 2 } } });
    bob!.publish("com.topic");
    await waitUntil(() => router.nodes.some((node) => node.stats(REALM)?.publications === 1));
    const third = await next();
    expect(third.realms?.[REALM]).toMatchObject({ publications: 1 });
    expect(third.nodes?.map(({ node }) => node)).toEqual(["a", "b"]);
  });

  it("does without a node that has no management realm any more", async () => {
    const { router, operator } = await cluster();
    await joinMany(router, ["ann", "bob"]);
    await Router.prototype.removeRealm.call(router.nodes[1], MANAGEMENT);
    expect((await sessions(router, operator)).items.map(({ authid }) => authid)).toEqual(["ann"]);
  });
});

it("a router without a cluster names no node", async () => {
  const router = await createAdminRouter();
  await joinMany(router, ["ann"]);
  const viewer = await router.enter("viewer");
  expect((await sessions(router, viewer)).items[0]).not.toHaveProperty("node");
  expect(await ask<RouterState>(router, viewer, ADMIN.getRouter)).not.toHaveProperty("nodes");
});
