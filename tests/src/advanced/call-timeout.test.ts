// Spec: advanced/rpc_call_timeout.md
import { ErrorUri, MessageType as M, type CallOptions, type Id, type RegisterOptions } from "@kreuz/codec";
import type { Permit } from "@kreuz/router";
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
  type TestRouter,
} from "../support/index.js";

interface Running {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly request: Id;
  readonly invocation: Id;
  /** INVOCATION.Details.timeout. */
  readonly told: number | undefined;
}

interface RunOptions {
  readonly call?: CallOptions;
  readonly register?: RegisterOptions;
  readonly peer?: JoinOptions;
  /** The permit of every request. */
  readonly permit?: Partial<Permit>;
}

/** Calls and waits for INVOCATION. */
async function run({ call = {}, register = {}, peer = {}, permit = {} }: RunOptions): Promise<Running> {
  const router = await createTestRouter({ realm: { authorizer: { authorize: () => ({ ...permit, allow: true }) } } });
  const [caller, callee] = [await router.join(), await router.join(peer)];
  await callee.register(PROCEDURE, register);
  const request = caller.sendCall(PROCEDURE, {}, call);
  const { request: invocation, details } = await callee.expect(M.INVOCATION);
  return { router, caller, callee, request, invocation, told: details.timeout };
}

/** Expects that the call times out after `ms` milliseconds, and not one earlier. */
async function expectTimeout({ router, caller, request }: Running, ms: number): Promise<void> {
  router.clock.advance(ms - 1);
  await caller.expectNothing();
  router.clock.advance(1);
  await expectError(caller, M.CALL, request, ErrorUri.TIMEOUT);
}

describe("Call Timeouts: Dealer-Initiated", () => {
  it("fails a call with wamp.error.timeout after the given milliseconds, and interrupts with killnowait", async () => {
    const running = await run({ call: { timeout: 100 } });
    const { router, caller, callee, invocation, told } = running;
    expect(told).toBeUndefined();
    await expectTimeout(running, 100);
    const { request, options } = await callee.expect(M.INTERRUPT);
    expect([request, options]).toEqual([invocation, { mode: "killnowait", reason: ErrorUri.TIMEOUT }]);
    callee.yield(invocation, { args: ["late"] });
    await expectAlive(callee);
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it("cancels with mode skip if the callee did not announce call canceling", async () => {
    const running = await run({ call: { timeout: 100 }, peer: { roles: AUTOBAHN_ROLES } });
    await expectTimeout(running, 100);
    await running.callee.expectNothing();
    running.callee.yield(running.invocation);
    await expectAlive(running.callee);
    await running.caller.expectNothing();
  });

  it.each([undefined, 0])("timeout %s: no timeout", async (timeout) => {
    const { router, caller, callee, invocation } = await run({ call: timeout === undefined ? {} : { timeout } });
    expect(router.clock.pending).toBe(0);
    router.clock.advance(1e9);
    await caller.expectNothing();
    callee.yield(invocation);
    await caller.expect(M.RESULT);
  });

  it.each([-1, 1.5, "100", null, 2 ** 60])("timeout %j is a protocol violation", async (timeout) => {
    const router = await createTestRouter();
    const caller = await router.join();
    caller.send({ type: M.CALL, request: 1, options: { timeout } as CallOptions, procedure: PROCEDURE, payload: {} });
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });

  it.each([
    ["a result", ({ callee, invocation }: Running) => callee.yield(invocation)],
    ["an error", ({ callee, invocation }: Running) => callee.fail(invocation, "com.example.error")],
    ["CANCEL", ({ caller, request }: Running) => cancel(caller, request)],
    ["the callee's leaving", ({ callee }: Running) => callee.disconnect()],
  ])("ends with %s: no second answer, no timer left", async (_how, end) => {
    const running = await run({ call: { timeout: 100 } });
    expect(running.router.clock.pending).toBe(1);
    end(running);
    await running.caller.next();
    expect(running.router.clock.pending).toBe(0);
    running.router.clock.advance(1000);
    await running.caller.expectNothing();
  });

  it("ends a call that was canceled with kill and never answered", async () => {
    const running = await run({ call: { timeout: 100 } });
    cancel(running.caller, running.request, "kill");
    await running.callee.expect(M.INTERRUPT);
    await expectTimeout(running, 100);
  });

  it("takes a timeout of any length", async () => {
    const running = await run({ call: { timeout: 2 ** 40 } });
    await expectTimeout(running, 2 ** 40);
  });
});

describe("Call Timeouts: with Progressive Call Results", () => {
  it("limits the time to the first result and between results, not that of the whole call", async () => {
    const running = await run({ call: { timeout: 100, receive_progress: true } });
    const { router, caller, callee, invocation } = running;
    for (let part = 0; part < 5; part++) {
      router.clock.advance(99);
      callee.yield(invocation, { args: [part] }, { progress: true });
      expect(argsOf(await caller.expect(M.RESULT))).toEqual([part]);
    }
    await expectTimeout(running, 100);
    expect((await callee.expect(M.INTERRUPT)).options.mode).toBe("killnowait");
  });

  it("restarts with every progressive YIELD, even if it is not passed on", async () => {
    const running = await run({ call: { timeout: 100 } });
    running.router.clock.advance(99);
    running.callee.yield(running.invocation, {}, { progress: true });
    await settle();
    await expectTimeout(running, 100);
  });
});

describe("Call Timeouts: Callee-Initiated", () => {
  it("forwards the timeout to a callee that registered with forward_timeout, and sets none itself", async () => {
    const running = await run({ call: { timeout: 100 }, register: { forward_timeout: true } });
    const { router, caller, callee, request, invocation, told } = running;
    expect(told).toBe(100);
    expect(router.clock.pending).toBe(0);
    router.clock.advance(10_000);
    await caller.expectNothing();
    callee.fail(invocation, ErrorUri.TIMEOUT, { args: ["too slow"] });
    expect(await expectError(caller, M.CALL, request, ErrorUri.TIMEOUT)).toBe("too slow");
  });

  it.each([{}, { timeout: 0 }])("forwards nothing for a call with %j", async (call) => {
    const { told } = await run({ call, register: { forward_timeout: true } });
    expect(told).toBeUndefined();
  });

  it("forwards it to callees of a shared registration that ask for it, and sets it for the others", async () => {
    const router = await createTestRouter();
    const [caller, one, other] = [await router.join(), await router.join(), await router.join()];
    await one.register(PROCEDURE, { invoke: "roundrobin", forward_timeout: true });
    await other.register(PROCEDURE, { invoke: "roundrobin" });
    caller.sendCall(PROCEDURE, {}, { timeout: 100 });
    const second = caller.sendCall(PROCEDURE, {}, { timeout: 100 });
    expect((await one.expect(M.INVOCATION)).details.timeout).toBe(100);
    expect((await other.expect(M.INVOCATION)).details).toEqual({});
    router.clock.advance(100);
    await expectError(caller, M.CALL, second, ErrorUri.TIMEOUT);
    await caller.expectNothing();
  });
});

describe("Call Timeouts: maxCallTimeout of a permission", () => {
  it.each([
    ["stands in for a timeout that was not asked for", {}, 100],
    ["stands in for 0", { timeout: 0 }, 100],
    ["caps a longer one", { timeout: 1000 }, 100],
    ["leaves a shorter one", { timeout: 40 }, 40],
  ])("maxCallTimeout %s", async (_what, call, ms) => {
    await expectTimeout(await run({ call, permit: { maxCallTimeout: 100 } }), ms);
  });

  it("is forwarded to a callee that takes care of timeouts, and set as well", async () => {
    const running = await run({
      call: { timeout: 1000 },
      register: { forward_timeout: true },
      permit: { maxCallTimeout: 100 },
    });
    expect(running.told).toBe(100);
    await expectTimeout(running, 100);
    expect((await running.callee.expect(M.INTERRUPT)).options.mode).toBe("killnowait");
  });
});

describe("Call Timeouts: calls that wait for a busy callee", () => {
  interface Waiting extends Running {
    readonly callee: WireSession;
  }
  /** Makes a second call that waits, since the callee is busy with the first one. */
  async function wait(register: RegisterOptions): Promise<Waiting> {
    const running = await run({ register: { concurrency: 1, ...register } });
    const request = running.caller.sendCall(PROCEDURE, {}, { timeout: 100 });
    await settle();
    return { ...running, request };
  }

  it("counts from the CALL, including the time in the queue", async () => {
    const waiting = await wait({});
    waiting.router.clock.advance(60);
    waiting.callee.yield(waiting.invocation);
    await waiting.caller.expect(M.RESULT);
    await waiting.callee.expect(M.INVOCATION);
    await expectTimeout(waiting, 40);
    await waiting.callee.expect(M.INTERRUPT);
  });

  it("ends a waiting call without an INVOCATION", async () => {
    const waiting = await wait({});
    await expectTimeout(waiting, 100);
    waiting.callee.yield(waiting.invocation);
    await waiting.caller.expect(M.RESULT);
    await waiting.callee.expectNothing();
    await expectNoTrace(waiting.router, [waiting.caller, waiting.callee]);
  });

  it("the dealer takes care of it while the call waits; after INVOCATION the callee, if it asked for it", async () => {
    const waiting = await wait({ forward_timeout: true });
    waiting.router.clock.advance(60);
    waiting.callee.yield(waiting.invocation);
    await waiting.caller.expect(M.RESULT);
    expect((await waiting.callee.expect(M.INVOCATION)).details.timeout).toBe(100);
    expect(waiting.router.clock.pending).toBe(0);
    waiting.router.clock.advance(10_000);
    await waiting.caller.expectNothing();
  });
});
