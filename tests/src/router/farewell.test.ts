// How a stopping router takes leave: Router.close with farewell, graceMs and spreadMs.
import { CloseUri, MessageType as M, PeerClosedError } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { callerAndCallee, createTestRouter, expectNoTrace, Probe, PROCEDURE } from "../support/index.js";

describe("Router.close: farewell close, the default", () => {
  it("closes transports as going away, without GOODBYE or ABORT, so that clients reconnect", async () => {
    const router = await createTestRouter();
    const [member, stranger] = [await router.join(), router.connectClient()];
    await router.close();
    for (const client of [member, stranger]) {
      // A close as going away is no complaint: WebSocket's 1001.
      expect(await client.expectClosed()).toBeUndefined();
      expect(client.unread).toEqual([]);
    }
    await expectNoTrace(router, []);
  });

  it("plugins see why sessions left, and nobody is told by meta events", async () => {
    const causes: unknown[] = [];
    const probe = new Probe();
    const watch = {
      name: "watch",
      setup: (realm: Probe["realm"]) =>
        void realm.on("sessionLeft", (_session, { cause, silent }) => causes.push([cause, silent])),
    };
    const router = await createTestRouter({ realm: { plugins: [probe, watch] } });
    await router.join();
    await router.close();
    expect(causes).toEqual([["shutdown", true]]);
  });

  it("a kill and a closed realm say GOODBYE all the same", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const [killed, other] = [await router.join(), await router.join()];
    await probe.realm.sessions.kill(killed.id, { reason: CloseUri.KILLED });
    await killed.expect(M.GOODBYE);
    await router.removeRealm(probe.realm.uri);
    expect((await other.expect(M.GOODBYE)).reason).toBe(CloseUri.CLOSE_REALM);
  });
});

describe("Router.close: graceMs", () => {
  it("pending calls may be answered before connections are closed", async () => {
    const { router, caller, callee } = await callerAndCallee();
    const request = caller.sendCall(PROCEDURE);
    const { request: invocation } = await callee.expect(M.INVOCATION);
    const closed = router.close({ graceMs: 1000 });
    router.clock.advance(500);
    await settle();
    expect(caller.closed).toBe(false);
    callee.yield(invocation);
    expect((await caller.expect(M.RESULT)).request).toBe(request);
    router.clock.advance(10);
    await settle();
    router.clock.advance(10);
    await closed;
    await caller.expectClosed();
  });

  it("ends with the time, whatever is pending", async () => {
    const { router, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    const closed = router.close({ graceMs: 100 });
    for (let step = 0; step < 12; step++) {
      router.clock.advance(10);
      await settle(1);
    }
    await closed;
    await caller.expectClosed();
  });

  it("nobody joins meanwhile", async () => {
    const { router, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    const closed = router.close({ graceMs: 100 });
    const late = router.connectClient();
    await late.expectClosed();
    for (let step = 0; step < 12; step++) {
      router.clock.advance(10);
      await settle(1);
    }
    await closed;
  });
});

describe("Router.close: spreadMs", () => {
  it("closes connections over that time, in an order of chance", async () => {
    const router = await createTestRouter();
    const clients = await Promise.all(Array.from({ length: 100 }, () => router.join()));
    const closed = router.close({ spreadMs: 1000 });
    const open = (): number => clients.filter((client) => !client.closed).length;
    await settle();
    expect(open()).toBe(98);
    for (let step = 0; step < 24; step++) {
      router.clock.advance(20);
      await settle(2);
    }
    expect(open()).toBe(50);
    const firstHalf = clients.slice(0, 50).filter((client) => client.closed).length;
    expect(firstHalf).toBeGreaterThan(5);
    expect(firstHalf).toBeLessThan(45);
    for (let step = 0; step < 60; step++) {
      router.clock.advance(20);
      await settle(2);
    }
    await closed;
    expect(open()).toBe(0);
    expect(clients[0]!.closeError).not.toBeInstanceOf(PeerClosedError);
  });
});
