// What clients make the router hold is charged to a budget, refused when there is no room, and refunded when it is gone.
import { Budget, ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAbort,
  expectAlive,
  expectError,
  expectNoTrace,
  Probe,
  PROCEDURE,
  type TestRouter,
} from "../support/index.js";

/** Subscribes until the router refuses. @returns the number of subscriptions. */
async function subscribeUntilRefused(client: WireSession): Promise<number> {
  for (let count = 0; count < 1000; count++) {
    const request = client.nextRequest();
    client.send({ type: M.SUBSCRIBE, request, options: {}, topic: `com.example.topic${count}` });
    await settle();
    const [answer] = client.unread;
    if (answer !== undefined && "type" in answer && answer.type === M.ERROR) {
      expect(await expectError(client, M.SUBSCRIBE, request, ErrorUri.LIMIT_EXCEEDED)).toContain("no memory is left");
      return count;
    }
    await client.expect(M.SUBSCRIBED);
  }
  throw new Error("never refused");
}

async function routerWith(budget: Budget): Promise<{ router: TestRouter; probe: Probe }> {
  const probe = new Probe();
  return { router: await createTestRouter({ budget, realm: { plugins: [probe] } }), probe };
}

describe("A request that there is no room for is refused", () => {
  it("SUBSCRIBE beyond what one client may hold, and only for that client", async () => {
    const budget = new Budget({ maxBytes: 1_000_000, maxClientBytes: 20_000 });
    const { router } = await routerWith(budget);
    const [greedy, modest] = [await router.join(), await router.join()];
    expect(await subscribeUntilRefused(greedy)).toBeGreaterThan(10);
    expect(router.metrics.get("limit_memory")).toBe(1);
    await expectAlive(modest);
    await expectNoTrace(router, [greedy, modest]);
    expect([budget.bytes, budget.pieces, budget.clients]).toEqual([0, 0, 0]);
  });

  it("REGISTER and CALL likewise; what is given up makes room", async () => {
    const budget = new Budget({ maxClientPieces: 12 });
    const { router } = await routerWith(budget);
    const [callee, caller] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    await callee.register("com.example.second");
    const registration = await callee.register("com.example.third");
    const refused = callee.nextRequest();
    callee.send({ type: M.REGISTER, request: refused, options: {}, procedure: "com.example.fourth" });
    await expectError(callee, M.REGISTER, refused, ErrorUri.LIMIT_EXCEEDED);
    await callee.unregister(registration);
    await callee.register("com.example.fourth");

    for (let count = 0; count < 6; count++) caller.sendCall(PROCEDURE);
    const request = caller.sendCall(PROCEDURE);
    expect(await expectError(caller, M.CALL, request, ErrorUri.LIMIT_EXCEEDED)).toContain("no memory is left");
    const { request: invocation } = await callee.expect(M.INVOCATION);
    callee.yield(invocation);
    await caller.expect(M.RESULT);
    caller.sendCall(PROCEDURE);
    await caller.expectNothing();
    await expectNoTrace(router, [callee, caller]);
    expect([budget.bytes, budget.pieces]).toEqual([0, 0]);
  });

  it("a second subscription to the same topic costs nothing, and one UNSUBSCRIBE refunds it", async () => {
    const budget = new Budget();
    const { router } = await routerWith(budget);
    const client = await router.join();
    const subscription = await client.subscribe("com.example.topic");
    const held = budget.bytes;
    expect(held).toBeGreaterThan(0);
    await client.subscribe("com.example.topic");
    expect(budget.bytes).toBe(held);
    await client.unsubscribe(subscription);
    expect(budget.bytes).toBe(0);
  });
});

describe("When the budget is exceeded", () => {
  it("the largest holder is cut with ABORT that says why, and leaves its realm as any other", async () => {
    const cuts: string[] = [];
    const budget = new Budget({ maxBytes: 60_000, maxClientBytes: 60_000, onCut: ({ reason }) => cuts.push(reason) });
    const { router, probe } = await routerWith(budget);
    const [large, small] = [await router.join(), await router.join()];
    for (let count = 0; count < 30; count++) await large.subscribe(`com.example.topic${count}`);
    await small.subscribe("com.example.topic");
    // Others in this process fill the budget.
    for (let count = 0; count < 12; count++) {
      const other = budget.open({ cut: () => {} });
      other.authenticated = true;
      other.charge(4000);
    }
    await settle();
    expect(await expectAbort(large, ErrorUri.LIMIT_EXCEEDED)).toContain("60000 bytes");
    expect(cuts[0]).toBe("largest-holder");
    expect(router.metrics.get("limit_memory")).toBe(1);
    expect(await probe.realm.sessions.count()).toBe(1);
    await expectAlive(small);
    await expectNoTrace(router, [large, small]);
  });

  it("a transport that keeps the account lets the router say why before it closes, and the cause is memory", async () => {
    const budget = new Budget({ maxClientBytes: 20_000 });
    const { router, probe } = await routerWith(budget);
    const causes: unknown[] = [];
    probe.realm.on("sessionLeft", (_session, { cause }) => void causes.push(cause));
    const [reader, sleeper] = [await router.join({ budget }), await router.join({ budget })];
    // Both hold too much; one of them does not read either.
    probe.realm.account(reader.id)!.charge(30_000);
    await settle();
    expect(await expectAbort(reader, ErrorUri.LIMIT_EXCEEDED)).toContain("20000 bytes");
    sleeper.connection.pause();
    for (let count = 0; count < 10; count++)
      sleeper.send({ type: M.SUBSCRIBE, request: sleeper.nextRequest(), options: {}, topic: "com.example.topic" });
    await settle();
    probe.realm.account(sleeper.id)!.charge(30_000);
    await sleeper.expectClosed();
    expect(causes).toEqual(["memory", "memory"]);
    expect(router.metrics.get("limit_memory")).toBe(2);
    await expectNoTrace(router, [reader, sleeper]);
    expect([budget.bytes, budget.clients]).toEqual([0, 0]);
  });

  it("clients that have not logged in go first", async () => {
    const cuts: string[] = [];
    const budget = new Budget({ maxBytes: 10_000, maxClientBytes: 10_000, onCut: ({ reason }) => cuts.push(reason) });
    const { router } = await routerWith(budget);
    const member = await router.join();
    for (let count = 0; count < 15; count++) await member.subscribe(`com.example.topic${count}`);
    const stranger = budget.open({ cut: () => {} });
    stranger.charge(5000);
    await settle();
    expect(cuts).toEqual(["unauthenticated"]);
    await expectAlive(member);
  });
});
