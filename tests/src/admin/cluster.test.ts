// Operators of a cluster see the sessions of all nodes, and end them.
import { ADMIN, type KillResult, type RouterState, type SessionDetails, type SessionPage } from "@kreuz/admin";
import { ErrorUri } from "@kreuz/codec";
import { Router } from "@kreuz/router";
import { waitUntil } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
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
    expect(await ask<RouterState>(router, operator, ADMIN.getRouter)).toMatchObject({ nodes: ["a", "b"] });
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
