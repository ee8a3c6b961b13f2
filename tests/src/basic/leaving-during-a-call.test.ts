import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  callerAndCallee,
  expectError,
  expectNoTrace,
  FAILURE,
  type Probe,
  PROCEDURE,
  REALM,
  sendText,
  textOf,
} from "../support/index.js";

describe("Caller Leaving During an RPC Invocation", () => {
  const endings: ReadonlyArray<readonly [how: string, end: (client: WireSession) => unknown]> = [
    ["GOODBYE", (client) => client.leave()],
    ["a lost transport", (client) => client.disconnect()],
    ["ABORT", (client) => sendText(client, '[3,{},"com.example.enough"]')],
  ];

  it.each(endings)("after %s: YIELD and ERROR for its calls are discarded", async (_how, end) => {
    const { router, probe, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.expect(M.INVOCATION);
    await end(caller);
    await settle();
    callee.yield(1);
    callee.fail(2, FAILURE);
    callee.yield(1, {}, { progress: true });
    await settle();
    expect(callee.closed).toBe(false);
    expect((await probe.counts()).sessions).toBe(1);
    const next = await router.join();
    next.sendCall(PROCEDURE);
    await settle();
    expect(textOf(callee.frames.at(-1))).toMatch(/^\[68,3,/);
    callee.yield(3);
    await next.expect(M.RESULT);
  });

  it("sends INTERRUPT killnowait to a callee that announced call canceling, and to no other", async () => {
    const { router, caller, callee } = await callerAndCallee();
    const plain = router.connectClient();
    await plain.join(REALM, { roles: { callee: {} } });
    await plain.register("com.example.plain");
    caller.sendCall(PROCEDURE);
    caller.sendCall("com.example.plain");
    await callee.expect(M.INVOCATION);
    await plain.expect(M.INVOCATION);
    await caller.leave();
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: 1, options: { mode: "killnowait" } });
    await plain.expectNothing();
  });

  it("sends no answer to a later session on the same transport", async () => {
    const { caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    const { request } = await callee.expect(M.INVOCATION);
    await caller.leave();
    await caller.join(REALM);
    callee.yield(request);
    await caller.expectNothing();
  });
});

describe("Callee Leaving During an RPC Invocation", () => {
  const endings: ReadonlyArray<readonly [how: string, end: (client: WireSession, probe: Probe) => unknown]> = [
    ["GOODBYE", (client) => client.leave()],
    ["a lost transport", (client) => client.disconnect()],
    ["ABORT", (client) => sendText(client, '[3,{},"com.example.enough"]')],
    ["a protocol violation", (client) => sendText(client, "[]")],
    ["a kill", (client, probe) => probe.realm.sessions.kill(client.id, { reason: "com.example.out" })],
  ];

  it.each(endings)("after %s: its callers get ERROR wamp.error.canceled once", async (_how, end) => {
    const { probe, caller, callee, router } = await callerAndCallee();
    const other = await router.join();
    const requests = [caller.sendCall(PROCEDURE), caller.sendCall(PROCEDURE)];
    const others = other.sendCall(PROCEDURE);
    for (let index = 0; index < 3; index++) await callee.expect(M.INVOCATION);
    await end(callee, probe);
    for (const request of requests) await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await expectError(other, M.CALL, others, ErrorUri.CANCELED);
    await caller.expectNothing();
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
    await expectNoTrace(router, [caller, other, callee]);
  });

  it("applies to a callee that unregistered before it left", async () => {
    const { caller, callee, registration } = await callerAndCallee();
    const request = caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    await callee.leave();
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
  });

  it("a session that called itself gets nothing after GOODBYE, and the call is gone", async () => {
    const { router, caller, callee } = await callerAndCallee();
    callee.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    expect((await callee.leave()).reason).toBe("wamp.close.goodbye_and_out");
    await callee.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it("two sessions that called each other: only the one that stays is told", async () => {
    const { caller, callee } = await callerAndCallee();
    await caller.register("com.example.other");
    const request = caller.sendCall(PROCEDURE);
    callee.sendCall("com.example.other");
    await callee.expect(M.INVOCATION);
    const { request: theirs } = await caller.expect(M.INVOCATION);
    await callee.leave();
    expect(await caller.expect(M.INTERRUPT)).toMatchObject({ request: theirs });
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    caller.yield(theirs);
    await caller.expectNothing();
    await callee.expectNothing();
  });
});
