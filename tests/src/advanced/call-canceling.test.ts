// Spec: advanced/rpc_call_canceling.md
import { ErrorUri, MessageType as M, type CancelMode, type Id } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  AUTOBAHN_ROLES,
  cancel,
  createTestRouter,
  expectAbort,
  expectAlive,
  expectError,
  expectNoTrace,
  type JoinOptions,
  PROCEDURE,
  rolesWith,
  type TestRouter,
} from "../support/index.js";

interface Running {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly request: Id;
  readonly invocation: Id;
}

/** Calls and waits for INVOCATION. */
async function run(peer: JoinOptions = {}): Promise<Running> {
  const router = await createTestRouter();
  const [caller, callee] = [await router.join(), await router.join(peer)];
  await callee.register(PROCEDURE);
  const request = caller.sendCall(PROCEDURE, {}, { receive_progress: true });
  return { router, caller, callee, request, invocation: (await callee.expect(M.INVOCATION)).request };
}

const MODES = ["skip", "kill", "killnowait"] as const;

describe("Call Canceling: modes", () => {
  it("skip: sends ERROR at once and no INTERRUPT, and discards the result", async () => {
    const { router, caller, callee, request, invocation } = await run();
    cancel(caller, request, "skip");
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await callee.expectNothing();
    callee.yield(invocation, {}, { progress: true });
    callee.yield(invocation, { args: ["late"] });
    await expectAlive(callee);
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it.each(["killnowait", undefined] as const)(
    "%s: sends ERROR at once and INTERRUPT, and discards any answer (killnowait is the default)",
    async (mode) => {
      for (const answer of [
        (callee: WireSession, invocation: Id) => callee.yield(invocation),
        (callee: WireSession, invocation: Id) => callee.fail(invocation, ErrorUri.CANCELED),
        () => {},
      ]) {
        const { router, caller, callee, request, invocation } = await run();
        cancel(caller, request, mode);
        await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
        expect(await callee.expect(M.INTERRUPT)).toEqual({
          type: M.INTERRUPT,
          request: invocation,
          options: { mode: "killnowait" },
        });
        answer(callee, invocation);
        await expectAlive(callee);
        await caller.expectNothing();
        await expectNoTrace(router, [caller, callee]);
      }
    },
  );

  it("kill: sends INTERRUPT, and the caller gets the callee's ERROR when it comes", async () => {
    const { caller, callee, request, invocation } = await run();
    cancel(caller, request, "kill");
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: invocation, options: { mode: "kill" } });
    await caller.expectNothing();
    callee.fail(invocation, "com.example.stopped", { args: ["half done"] });
    expect(await expectError(caller, M.CALL, request, "com.example.stopped")).toBe("half done");
    await caller.expectNothing();
  });

  it("kill: the caller gets the RESULT of a callee that had finished before", async () => {
    const { caller, callee, request, invocation } = await run();
    cancel(caller, request, "kill");
    await callee.expect(M.INTERRUPT);
    callee.yield(invocation, { args: ["last progress"] }, { progress: true });
    callee.yield(invocation, { args: ["done"] });
    expect((await caller.expect(M.RESULT)).details.progress).toBe(true);
    expect(await caller.expect(M.RESULT)).toMatchObject({ request, details: {}, payload: { args: ["done"] } });
    callee.fail(invocation, ErrorUri.CANCELED);
    await expectAlive(callee);
    await caller.expectNothing();
  });

  it("kill: the call ends when the callee leaves instead of answering", async () => {
    const { router, caller, callee, request } = await run();
    cancel(caller, request, "kill");
    await callee.expect(M.INTERRUPT);
    callee.disconnect();
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await expectNoTrace(router, [caller, callee]);
  });

  it("an unknown mode is a protocol violation", async () => {
    const { caller, request } = await run();
    caller.send({ type: M.CANCEL, request, options: { mode: "abort" as CancelMode } });
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });
});

describe("Call Canceling: callees that did not announce it", () => {
  it.each([...MODES, undefined])("mode %s behaves as skip: no INTERRUPT, ERROR at once", async (mode) => {
    const { caller, callee, request, invocation } = await run({ roles: AUTOBAHN_ROLES });
    cancel(caller, request, mode);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await callee.expectNothing();
    callee.yield(invocation, { args: ["late"] });
    await expectAlive(callee);
    await caller.expectNothing();
  });

  it("call_cancelling is accepted as the name of the feature", async () => {
    const { caller, callee, request } = await run({ roles: rolesWith("callee.call_cancelling") });
    cancel(caller, request, "kill");
    expect((await callee.expect(M.INTERRUPT)).options.mode).toBe("kill");
  });
});

describe("Call Canceling: CANCEL more than once", () => {
  it("kill twice sends one INTERRUPT", async () => {
    const { caller, callee, request, invocation } = await run();
    cancel(caller, request, "kill");
    cancel(caller, request, "kill");
    await callee.expect(M.INTERRUPT);
    await callee.expectNothing();
    callee.fail(invocation, ErrorUri.CANCELED);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await caller.expectNothing();
  });

  it.each(["killnowait", "skip", undefined] as const)("kill and then %s: the call ends at once", async (mode) => {
    const { router, caller, callee, request, invocation } = await run();
    cancel(caller, request, "kill");
    cancel(caller, request, mode);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    callee.yield(invocation);
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it.each(MODES)("%s after the final answer does nothing", async (mode) => {
    const { caller, callee, request, invocation } = await run();
    callee.yield(invocation, { args: [1] });
    await caller.expect(M.RESULT);
    cancel(caller, request, mode);
    cancel(caller, request, mode);
    await expectAlive(caller);
    await callee.expectNothing();
  });
});

describe("Call Canceling: races, and other clients' calls", () => {
  it.each(MODES)("CANCEL (%s) and YIELD at the same time cause exactly one final answer", async (mode) => {
    for (const calleeFirst of [true, false]) {
      const { router, caller, callee, request, invocation } = await run();
      if (calleeFirst) callee.yield(invocation, { args: ["done"] });
      cancel(caller, request, mode);
      if (!calleeFirst) callee.yield(invocation, { args: ["done"] });
      await settle();
      const finals = caller.unread.filter(
        (message) => !(message instanceof Error) && (message.type === M.RESULT || message.type === M.ERROR),
      );
      expect(finals).toHaveLength(1);
      expect(finals[0]).toMatchObject({ request });
      await expectNoTrace(router, [caller, callee]);
    }
  });

  it.each(MODES)("CANCEL (%s) of an unknown call is ignored", async (mode) => {
    const caller = await (await createTestRouter()).join();
    cancel(caller, 1, mode);
    cancel(caller, 99, mode);
    await expectAlive(caller);
  });

  it.each(MODES)("CANCEL (%s) does not affect another client's call with the same request id", async (mode) => {
    const { router, caller, callee, request, invocation } = await run();
    const stranger = await router.join();
    cancel(stranger, request, mode);
    cancel(callee, request, mode);
    cancel(stranger, invocation, mode);
    await expectAlive(stranger);
    await callee.expectNothing();
    callee.yield(invocation, { args: ["done"] });
    expect(argsOf(await caller.expect(M.RESULT))).toEqual(["done"]);
  });

  it("cancels one call, and no other of the same caller", async () => {
    const { caller, callee, request, invocation } = await run();
    const other = caller.sendCall(PROCEDURE);
    const { request: second } = await callee.expect(M.INVOCATION);
    cancel(caller, other);
    await expectError(caller, M.CALL, other, ErrorUri.CANCELED);
    expect((await callee.expect(M.INTERRUPT)).request).toBe(second);
    callee.yield(invocation);
    expect((await caller.expect(M.RESULT)).request).toBe(request);
  });

  it("INTERRUPT from a client is a protocol violation: clients send CANCEL", async () => {
    const { caller, callee, invocation } = await run();
    caller.send({ type: M.INTERRUPT, request: invocation, options: {} });
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
    await callee.expect(M.INTERRUPT);
  });
});

describe("Caller Leaving and Callee Leaving During an RPC Invocation", () => {
  it("interrupts with killnowait all invocations of a caller that leaves, and no others", async () => {
    const { router, caller, callee, invocation } = await run();
    const other = await router.join();
    caller.sendCall(PROCEDURE);
    const kept = other.sendCall(PROCEDURE);
    const [second, third] = [await callee.expect(M.INVOCATION), await callee.expect(M.INVOCATION)];
    caller.disconnect();
    for (const request of [invocation, second.request])
      expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request, options: { mode: "killnowait" } });
    await callee.expectNothing();
    callee.yield(invocation);
    callee.yield(third.request);
    expect((await other.expect(M.RESULT)).request).toBe(kept);
  });

  it("interrupts no callee that did not announce call canceling", async () => {
    const { caller, callee, invocation } = await run({ roles: AUTOBAHN_ROLES });
    caller.disconnect();
    await callee.expectNothing();
    callee.yield(invocation);
    await expectAlive(callee);
  });

  it("answers wamp.error.canceled to all callers of a callee that leaves, even if it had unregistered", async () => {
    const router = await createTestRouter();
    const [a, b, callee] = [await router.join(), await router.join(), await router.join()];
    const registration = await callee.register(PROCEDURE);
    const requests = [a.sendCall(PROCEDURE), b.sendCall(PROCEDURE), b.sendCall(PROCEDURE)] as const;
    for (const _ of requests) await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    await a.expectNothing();
    callee.disconnect();
    await expectError(a, M.CALL, requests[0], ErrorUri.CANCELED);
    await expectError(b, M.CALL, requests[1], ErrorUri.CANCELED);
    await expectError(b, M.CALL, requests[2], ErrorUri.CANCELED);
    await expectNoTrace(router, [a, b, callee]);
  });
});
