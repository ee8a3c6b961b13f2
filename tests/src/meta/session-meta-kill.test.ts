import { ErrorUri, type Id, isId, MessageType as M, type Payload } from "@kreuz/codec";
import { sessionMeta } from "@kreuz/session-meta";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, createTestRouter, REALM, type TestRouter, type TestRouterOptions } from "../support/index.js";

const open = (options: TestRouterOptions = {}): Promise<TestRouter> =>
  createTestRouter({
    ...options,
    realm: { plugins: [sessionMeta()], ...options.realm },
  });

const payloadOf = (message: { payload: Payload }) => message.payload.args;

describe("Session Meta API: wamp.session.kill", () => {
  it("sends GOODBYE with reason and message, and the session is gone before the RESULT", async () => {
    const router = await open();
    const [killer, victim] = [await router.join(), await router.join()];
    expect(
      await call(killer, "wamp.session.kill", [victim.id], { reason: "because", message: "foobar" }),
    ).toBeUndefined();
    expect(await victim.expect(M.GOODBYE)).toMatchObject({ reason: "because", details: { message: "foobar" } });
    expect(await call(killer, "wamp.session.count")).toBe(1);
  });

  it("defaults to wamp.close.killed, without a message", async () => {
    const router = await open();
    const [killer, victim] = [await router.join(), await router.join()];
    await call(killer, "wamp.session.kill", [victim.id]);
    expect(await victim.expect(M.GOODBYE)).toMatchObject({ reason: "wamp.close.killed", details: {} });
  });

  it("ignores what the session still sends, and its GOODBYE closes the transport", async () => {
    const router = await open();
    const [killer, victim] = [await router.join(), await router.join()];
    await killer.subscribe("com.example.topic");
    await call(killer, "wamp.session.kill", [victim.id]);
    await victim.expect(M.GOODBYE);
    victim.publish("com.example.topic", {}, { acknowledge: true });
    victim.sendCall("wamp.session.kill_all");
    victim.send({ type: M.HELLO, realm: REALM, details: { roles: { caller: {} } } });
    await killer.expectNothing();
    await victim.expectNothing();
    victim.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.goodbye_and_out" });
    expect(await victim.expectClosed()).toBeUndefined();
  });

  it("closes the transport after goodbyeTimeout if the session does not answer", async () => {
    const router = await open({ limits: { goodbyeTimeout: 5000 } });
    const [killer, victim] = [await router.join(), await router.join()];
    await call(killer, "wamp.session.kill", [victim.id]);
    await victim.expect(M.GOODBYE);
    router.clock.advance(4999);
    await settle();
    expect(victim.closed).toBe(false);
    router.clock.advance(1);
    await victim.expectClosed();
  });

  it("fails with no_such_session for the caller's own session and for an unknown id", async () => {
    const client = await (await open()).join();
    for (const id of [client.id, 1])
      await expect(call(client, "wamp.session.kill", [id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });

  it.each([
    ["wamp.session.kill", (id: number) => [id]],
    ["wamp.session.kill_by_authid", () => ["joe"]],
    ["wamp.session.kill_by_authrole", () => ["user"]],
    ["wamp.session.kill_all", () => []],
  ])("%s checks reason and message before it kills a session", async (procedure, args) => {
    const router = await open();
    const [killer, victim] = [await router.join({ authid: "joe" }), await router.join({ authid: "joe" })];
    for (const [reason, uri] of [
      ["not a uri", ErrorUri.INVALID_URI],
      ["", ErrorUri.INVALID_URI],
      [7, ErrorUri.INVALID_ARGUMENT],
    ])
      await expect(call(killer, procedure, args(victim.id), { reason })).rejects.toMatchObject({ uri });
    const withMessage = call(killer, procedure, args(victim.id), { message: ["no"] });
    await expect(withMessage).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    expect(await call(killer, "wamp.session.count")).toBe(2);
    await victim.expectNothing();
  });
});

describe("Session Meta API: kill_by_authid, kill_by_authrole, kill_all", () => {
  it("kill_by_authid does not kill the caller, and returns the ids", async () => {
    const router = await open();
    const caller = await router.join({ authid: "joe" });
    const [b, c, other] = [
      await router.join({ authid: "joe" }),
      await router.join({ authid: "joe" }),
      await router.join({ authid: "ann" }),
    ];
    const killed = (await call(caller, "wamp.session.kill_by_authid", ["joe"], { reason: "com.x" })) as Id[];
    expect(new Set(killed)).toEqual(new Set([b.id, c.id]));
    for (const victim of [b, c]) expect((await victim.expect(M.GOODBYE)).reason).toBe("com.x");
    expect(new Set((await call(caller, "wamp.session.list")) as Id[])).toEqual(new Set([caller.id, other.id]));
    expect(await call(caller, "wamp.session.kill_by_authid", ["nobody"])).toEqual([]);
  });

  it("kill_by_authrole does not kill the caller, and returns a count", async () => {
    const router = await open();
    const caller = await router.join({ authid: "joe", authrole: "user" });
    await router.join({ authid: "a", authrole: "user" });
    await router.join({ authid: "b", authrole: "user" });
    await router.join({ authid: "c", authrole: "admin" });
    expect(await call(caller, "wamp.session.kill_by_authrole", ["user"])).toBe(2);
    expect(await call(caller, "wamp.session.kill_by_authrole", ["user"])).toBe(0);
    expect(await call(caller, "wamp.session.count")).toBe(2);
  });

  it("kill_all does not kill the caller, returns a count, and sends no meta events", async () => {
    const router = await open();
    const caller = await router.join();
    await caller.subscribe("wamp.session.on_leave");
    const others = [await router.join(), await router.join()];
    expect(await call(caller, "wamp.session.kill_all", [], { message: "maintenance" })).toBe(2);
    for (const other of others)
      expect(await other.expect(M.GOODBYE)).toMatchObject({
        reason: "wamp.close.killed",
        details: { message: "maintenance" },
      });
    await caller.expectNothing();
    expect(await call(caller, "wamp.session.count")).toBe(1);
  });

  it("a bounded number of sessions is killed per turn, so that others are served in between", async () => {
    const router = await open();
    const caller = await router.join();
    const others = await Promise.all(
      Array.from({ length: 500 }, () => router.join({ authid: "crowd", authrole: "crowd" })),
    );
    expect(others.every(({ id }) => isId(id))).toBe(true);
    caller.sendCall("wamp.session.kill_by_authrole", { args: ["crowd"] });
    await settle();
    // The clock stands still, so only the sessions of the first turn are gone. Others are answered at once.
    const left = Number(await call(caller, "wamp.session.count"));
    expect(left).toBeGreaterThan(400);
    expect(left).toBeLessThan(501);
    for (let turn = 0; turn < 50; turn++) {
      router.clock.advance(0);
      await settle(1);
    }
    expect(payloadOf(await caller.expect(M.RESULT))).toEqual([500]);
    expect(await call(caller, "wamp.session.count")).toBe(1);
  });
});
