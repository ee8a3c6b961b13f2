// kreuz.get.sessions and kreuz.get.session: search, sort and pages, in turns.
import { ADMIN, type RouterState, type SessionDetails, type SessionPage } from "@kreuz/admin";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { argsOf, readAll } from "../support/index.js";
import { describe, expect, it } from "vitest";
import { type AdminRouter, ask, createAdminRouter, joinMany, MANAGEMENT, OTHER_REALM, REALM } from "./admin-router.js";

type Client = Awaited<ReturnType<AdminRouter["enter"]>>;

const sessions = (router: AdminRouter, client: Client, kwargs: object = {}): Promise<SessionPage> =>
  ask(router, client, ADMIN.getSessions, [REALM], { ...kwargs });
const authids = ({ items }: SessionPage) => items.map(({ authid }) => authid);

describe("the router", () => {
  it("its realms with their roles, the management realm last", async () => {
    const router = await createAdminRouter();
    await joinMany(router, ["ann", "bob"]);
    const viewer = await router.enter("viewer");
    const state = await ask<RouterState>(router, viewer, ADMIN.getRouter);
    expect(state).toMatchObject({ version: "1.2.3", node: "20.19.0", host: "test-host", pid: 42, ready: true });
    expect(state.listeners).toEqual([{ name: "clients", url: "ws://127.0.0.1:8080/ws", connections: 3 }]);
    expect(state.realms.map(({ name, management, sessions: count }) => [name, management, count])).toEqual([
      [REALM, false, 2],
      [OTHER_REALM, false, 0],
      [MANAGEMENT, true, 1],
    ]);
    expect(state.realms[0]?.roles).toEqual(["user", "operator"]);
  });

  it("secrets and notes of authenticators are in no answer", async () => {
    const router = await createAdminRouter();
    await router.join({ authid: "ann", evidence: { cookie: "s3cret" } as object });
    const viewer = await router.enter("viewer");
    const page = await sessions(router, viewer);
    const one = await ask(router, viewer, ADMIN.getSession, [REALM, page.items[0]!.session]);
    expect(JSON.stringify([page, one])).not.toContain("s3cret");
  });
});

describe("a search among the sessions of a realm", () => {
  it("finds a part of the authid, the peer or the id, in upper or lower case", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["Ann", "bob", "joanna"]);
    await router.join({ authid: "cy", peer: "10.1.2.3:4000" });
    const viewer = await router.enter("viewer");
    expect(authids(await sessions(router, viewer, { text: "ANN", sort: "authid" }))).toEqual(["Ann", "joanna"]);
    expect(authids(await sessions(router, viewer, { text: "10.1.2" }))).toEqual(["cy"]);
    expect(authids(await sessions(router, viewer, { text: String(ann!.id) }))).toEqual(["Ann"]);
    expect(await sessions(router, viewer, { text: "nobody" })).toEqual({ total: 4, matched: 0, items: [] });
  });

  it("by authid, role, transport, codec and slowness, all of which must hold", async () => {
    const router = await createAdminRouter();
    await joinMany(router, ["ann", "ann", "bob"]);
    await router.join({ authid: "ann", codec: cbor });
    const viewer = await router.enter("viewer");
    const matched = async (kwargs: object) => (await sessions(router, viewer, kwargs)).matched;
    expect(await matched({ authid: "ann" })).toBe(3);
    expect(await matched({ authid: "ann", codec: "cbor" })).toBe(1);
    expect(await matched({ authrole: "user" })).toBe(4);
    expect(await matched({ authrole: "nobody" })).toBe(0);
    expect(await matched({ transport: "memory" })).toBe(4);
    expect(await matched({ transport: "websocket" })).toBe(0);
    expect(await matched({ slow: false })).toBe(4);
    expect(await matched({ slow: true })).toBe(0);
  });

  it.each(["joined", "authid", "active", "in", "out", "dropped", "buffered"])(
    "pages sorted by %s, up and down, show each session once, in the same order as one page",
    async (sort) => {
      const router = await createAdminRouter();
      for (const authid of ["d", "a", "c", "a", "b", "e", "a"]) {
        const client = await router.join({ authid });
        router.clock.advance(authid === "a" ? 0 : 10);
        if (authid > "b") await client.subscribe("com.topic");
      }
      const viewer = await router.enter("viewer");
      for (const desc of [false, true]) {
        const whole = await sessions(router, viewer, { sort, desc, limit: 500 });
        expect(whole.next).toBeUndefined();
        const parts: number[] = [];
        let after: string | undefined;
        do {
          const page = await sessions(router, viewer, { sort, desc, limit: 2, ...(after && { after }) });
          expect(page.matched).toBe(7);
          parts.push(...page.items.map(({ session }) => session));
          after = page.next;
        } while (after !== undefined);
        expect(parts).toEqual(whole.items.map(({ session }) => session));
        expect(new Set(parts).size).toBe(7);
      }
    },
  );

  it.each([
    [{ limit: 0 }, "limit: expected an integer from 1 to 500, got 0"],
    [{ limit: 501 }, "limit"],
    [{ sort: "peer" }, "sort: expected one of"],
    [{ after: "nonsense" }, "after: expected the `next` of the page before"],
    [{ after: '["a",1]' }, "after"],
    [{ slow: "yes" }, "slow: expected a boolean"],
    [{ authId: "ann" }, 'has no argument "authId"'],
  ])("refuses %j and names what is wrong", async (kwargs, text) => {
    const router = await createAdminRouter();
    const viewer = await router.enter("viewer");
    const answer = sessions(router, viewer, kwargs);
    await expect(answer).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await expect(answer).rejects.toThrow(text);
  });

  it("names a realm that does not exist", async () => {
    const router = await createAdminRouter();
    const viewer = await router.enter("viewer");
    const answer = ask(router, viewer, ADMIN.getSessions, ["com.nowhere"]);
    await expect(answer).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REALM });
  });
});

describe("one session", () => {
  it("its identity, its numbers, and what it holds", async () => {
    const router = await createAdminRouter();
    router.clock.advance(5000);
    const ann = await router.join({ authid: "ann", peer: "10.0.0.1:99" });
    const subscription = await ann.subscribe("com.topic", { match: "prefix" });
    const registration = await ann.register("com.procedure");
    const viewer = await router.enter("viewer");
    const details = await ask<SessionDetails>(router, viewer, ADMIN.getSession, [REALM, ann.id]);
    expect(details).toMatchObject({
      realm: REALM,
      session: ann.id,
      authid: "ann",
      authrole: "user",
      transport: "memory",
      codec: "json",
      protocol: "wamp.2.json",
      peer: "10.0.0.1:99",
      tls: false,
      joined: 5000,
      messagesIn: 2,
      messagesOut: 2,
      slow: false,
      subscriptions: { total: 1, items: [{ id: subscription, uri: "com.topic", match: "prefix" }] },
      registrations: { total: 1, items: [{ id: registration, uri: "com.procedure", match: "exact" }] },
    });
    const gone = ask(router, viewer, ADMIN.getSession, [REALM, 1]);
    await expect(gone).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });
});

describe("fair shares", () => {
  const MANY = 3000;

  /** Sends a search and waits until it has begun. */
  async function begin(client: Client, kwargs: object = {}): Promise<number> {
    const request = client.sendCall(ADMIN.getSessions, { args: [REALM], kwargs: { text: "c", ...kwargs } });
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    return request;
  }

  async function crowd(): Promise<AdminRouter> {
    const router = await createAdminRouter();
    await joinMany(
      router,
      Array.from({ length: MANY }, (_, index) => `client-${index}`),
    );
    return router;
  }

  it("a search looks at a bounded number in one turn, and others are answered in between", async () => {
    const router = await crowd();
    const [viewer, bystander] = [await router.enter("viewer"), await router.join({ authid: "bystander" })];
    await begin(viewer);
    let turns = 0;
    while (viewer.unread.length === 0 && turns < 100) {
      turns++;
      // Time stands still, so that the search has no turn meanwhile.
      await bystander.subscribe(`com.topic.${turns}`);
      router.clock.advance(0);
      for (let step = 0; step < 5; step++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(turns).toBeLessThan(100);
    expect(await viewer.expect(M.RESULT)).toMatchObject({ payload: { args: [{ matched: MANY }] } });
  });

  it("a search that takes two seconds answers with what it has", async () => {
    const router = await crowd();
    const viewer = await router.enter("viewer");
    await begin(viewer);
    router.clock.advance(2001);
    const { payload } = await viewer.expect(M.RESULT);
    const page = payload.args?.[0] as SessionPage;
    expect(page.incomplete).toBe(true);
    expect(page.matched).toBeGreaterThan(0);
    expect(page.matched).toBeLessThan(MANY);
  });

  it("one query of a session at a time: a cancelled one makes room, and too many are refused", async () => {
    const router = await crowd();
    const viewer = await router.enter("viewer");
    const first = await begin(viewer);
    const second = await begin(viewer, { text: "client-7" });
    viewer.send({ type: M.CANCEL, request: first, options: { mode: "skip" } });
    for (let count = 2; count < 9; count++) await begin(viewer);
    for (let turn = 0; turn < 100; turn++) {
      router.clock.advance(0);
      for (let step = 0; step < 5; step++) await new Promise((resolve) => setImmediate(resolve));
    }
    const messages = await readAll(viewer);
    const results = messages.filter((message) => message.type === M.RESULT);
    expect(results).toHaveLength(7);
    expect(results[0]?.request).toBe(second);
    expect(argsOf(results[0]!)?.[0]).toMatchObject({ matched: 111 });
    const errors = messages.filter((message) => message.type === M.ERROR);
    expect(errors.map(({ error }) => error)).toEqual([ErrorUri.CANCELED, ErrorUri.LIMIT_EXCEEDED]);
  });

  it("a search whose session leaves is given up", async () => {
    const router = await crowd();
    const viewer = await router.enter("viewer");
    await begin(viewer);
    viewer.disconnect();
    await readAll(viewer);
    router.clock.advance(0);
    await readAll(viewer);
    router.clock.advance(0);
    expect(router.clock.pending).toBe(0);
    expect(router.errors()).toEqual([]);
  });
});
