// Spec: advanced/rpc_progressive_call_results.md
import { ErrorUri, MessageType as M, type Id, type YieldOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  AUTOBAHN_ROLES,
  createTestRouter,
  expectAbort,
  expectAlive,
  expectError,
  expectNoTrace,
  type JoinOptions,
  PROCEDURE,
  rolesWithout,
  type TestRouter,
  type TestRouterOptions,
  WAMPY_ROLES,
} from "../support/index.js";

const PROGRESS: YieldOptions = { progress: true };

interface Running {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly request: Id;
  readonly invocation: Id;
  /** INVOCATION.Details.receive_progress. */
  readonly receiveProgress: boolean | undefined;
}

/** Calls with receive_progress and waits for INVOCATION. */
async function run(options: TestRouterOptions = {}, peer: JoinOptions = {}, receive_progress = true): Promise<Running> {
  const router = await createTestRouter(options);
  const [caller, callee] = [await router.join(), await router.join(peer)];
  await callee.register(PROCEDURE);
  const request = caller.sendCall(PROCEDURE, { args: [2010] }, { receive_progress });
  const { request: invocation, details } = await callee.expect(M.INVOCATION);
  return { router, caller, callee, request, invocation, receiveProgress: details.receive_progress };
}

describe("Progressive Call Results: message flow", () => {
  it("forwards receive_progress, and every progressive YIELD at once as a RESULT with progress", async () => {
    const { router, caller, callee, request, invocation, receiveProgress } = await run();
    expect(receiveProgress).toBe(true);
    for (const part of [
      ["Y2010", 120],
      ["Y2011", 205],
    ]) {
      callee.yield(invocation, { args: part }, PROGRESS);
      expect(await caller.expect(M.RESULT)).toMatchObject({
        request,
        details: { progress: true },
        payload: { args: part },
      });
    }
    callee.yield(invocation, { args: ["Total", 490] });
    const final = await caller.expect(M.RESULT);
    expect(final).toMatchObject({ request, details: {}, payload: { args: ["Total", 490] } });
    expect(final.details).not.toHaveProperty("progress");
    await expectNoTrace(router, [caller, callee]);
  });

  it("may end with an ERROR", async () => {
    const { caller, callee, request, invocation } = await run();
    callee.yield(invocation, { args: ["Y2010", 120] }, PROGRESS);
    await caller.expect(M.RESULT);
    callee.fail(invocation, "com.myapp.invalid_revenue_year", { args: [1830] });
    await expectError(caller, M.CALL, request, "com.myapp.invalid_revenue_year");
  });

  it("progress: false marks the final result", async () => {
    const { caller, callee, invocation } = await run();
    callee.yield(invocation, { args: [1] }, { progress: false });
    expect((await caller.expect(M.RESULT)).details).toEqual({});
    callee.yield(invocation, { args: [2] }, PROGRESS);
    await caller.expectNothing();
  });

  it("progressive and final results may be empty and differ in structure", async () => {
    const { caller, callee, invocation } = await run();
    const parts = [{}, { args: ["partial 1", 10] }, { args: [], kwargs: { foo: 10, bar: "partial 1" } }];
    for (const part of parts) callee.yield(invocation, part, PROGRESS);
    callee.yield(invocation, {});
    for (const { args, kwargs } of parts as Array<{ args?: unknown[]; kwargs?: object }>) {
      const { details, payload } = await caller.expect(M.RESULT);
      expect([details.progress, payload.args ?? [], payload.kwargs]).toEqual([true, args ?? [], kwargs]);
    }
    const final = await caller.expect(M.RESULT);
    expect([final.details.progress, argsOf(final), final.payload.kwargs]).toEqual([undefined, undefined, undefined]);
  });

  it("the callee need not send progress", async () => {
    const { caller, callee, request, invocation } = await run();
    callee.yield(invocation, { args: [1] });
    expect(await caller.expect(M.RESULT)).toMatchObject({ request, details: {} });
    await caller.expectNothing();
  });

  it("keeps the results of several calls apart", async () => {
    const { caller, callee, request, invocation } = await run();
    const other = caller.sendCall(PROCEDURE, {}, { receive_progress: true });
    const { request: second } = await callee.expect(M.INVOCATION);
    callee.yield(second, { args: ["b1"] }, PROGRESS);
    callee.yield(invocation, { args: ["a1"] }, PROGRESS);
    callee.yield(second, { args: ["b2"] });
    callee.yield(invocation, { args: ["a2"] });
    const seen = [];
    for (let count = 0; count < 4; count++) {
      const { request: id, payload } = await caller.expect(M.RESULT);
      seen.push([id, payload.args?.[0]]);
    }
    expect(seen).toEqual([
      [other, "b1"],
      [request, "a1"],
      [other, "b2"],
      [request, "a2"],
    ]);
  });
});

describe("Progressive Call Results: only for callers that ask", () => {
  it.each([undefined, false] as const)(
    "receive_progress: %s is not forwarded, and progress is not passed on",
    async (asked) => {
      const { caller, callee, request, invocation, receiveProgress } = await run({}, {}, asked ?? false);
      expect(receiveProgress).toBeUndefined();
      callee.yield(invocation, { args: [1] }, PROGRESS);
      callee.yield(invocation, { args: [2] }, PROGRESS);
      await caller.expectNothing();
      callee.yield(invocation, { args: [3] });
      expect(await caller.expect(M.RESULT)).toMatchObject({ request, details: {}, payload: { args: [3] } });
    },
  );

  it("progress after the final answer is ignored", async () => {
    const { caller, callee, invocation } = await run();
    callee.yield(invocation, { args: [1] });
    await caller.expect(M.RESULT);
    callee.yield(invocation, { args: [2] }, PROGRESS);
    callee.yield(invocation, { args: [3] });
    callee.fail(invocation, "com.example.error");
    await expectAlive(callee);
    await caller.expectNothing();
  });

  it("progress from another session is a protocol violation", async () => {
    const { router, caller, callee, request, invocation } = await run();
    const stranger = await router.join();
    stranger.yield(invocation, { args: ["forged"] }, PROGRESS);
    await expectAbort(stranger, ErrorUri.PROTOCOL_VIOLATION);
    await caller.expectNothing();
    callee.yield(invocation, { args: ["true"] });
    expect(await caller.expect(M.RESULT)).toMatchObject({ request, payload: { args: ["true"] } });
  });
});

describe("Progressive Call Results: feature announcement", () => {
  it("forwards receive_progress only to a callee that announced progressive_call_results", async () => {
    const { receiveProgress } = await run({}, { roles: rolesWithout("callee.progressive_call_results") });
    expect(receiveProgress).toBeUndefined();
  });

  it("forwards it to Autobahn|JS, which does not announce call canceling (a stated deviation)", async () => {
    const { caller, callee, invocation, receiveProgress } = await run({}, { roles: AUTOBAHN_ROLES });
    expect(receiveProgress).toBe(true);
    callee.yield(invocation, { args: [1] }, PROGRESS);
    expect((await caller.expect(M.RESULT)).details.progress).toBe(true);
  });

  it("with strictProgressiveResults does not forward it to a callee without call canceling", async () => {
    const { receiveProgress } = await run({ strictProgressiveResults: true }, { roles: AUTOBAHN_ROLES });
    expect(receiveProgress).toBeUndefined();
    const letter = await run({ strictProgressiveResults: true });
    expect(letter.receiveProgress).toBe(true);
  });

  it("does not forward it to Wampy, which does not announce the feature", async () => {
    const { receiveProgress } = await run({}, { roles: WAMPY_ROLES });
    expect(receiveProgress).toBeUndefined();
  });
});

describe("Progressive Call Results: sessions that leave", () => {
  const leavings = [
    ["says GOODBYE", (client: WireSession) => client.leave()],
    ["loses its transport", (client: WireSession) => client.disconnect()],
    ["breaks the protocol", (client: WireSession) => client.sendFrame(Uint8Array.of(1))],
  ] as const;

  it.each(leavings)("a caller that %s: INTERRUPT with mode killnowait (spec: Caller Leaving)", async (_how, leave) => {
    const { router, caller, callee, invocation } = await run();
    callee.yield(invocation, { args: [1] }, PROGRESS);
    await caller.expect(M.RESULT);
    await leave(caller);
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: invocation, options: { mode: "killnowait" } });
    callee.yield(invocation, { args: [2] }, PROGRESS);
    callee.yield(invocation, { args: [3] });
    await expectAlive(callee);
    await expectNoTrace(router, [caller, callee]);
  });

  it("a caller: no INTERRUPT to a callee that did not announce call canceling", async () => {
    const { caller, callee, invocation } = await run({}, { roles: AUTOBAHN_ROLES });
    caller.disconnect();
    await settle();
    callee.yield(invocation, { args: [2] }, PROGRESS);
    callee.yield(invocation, { args: [3] });
    await expectAlive(callee);
  });

  it.each(leavings)("a callee that %s: ERROR wamp.error.canceled (spec: Callee Leaving)", async (_how, leave) => {
    const { router, caller, callee, request, invocation } = await run();
    callee.yield(invocation, { args: [1] }, PROGRESS);
    await caller.expect(M.RESULT);
    await leave(callee);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it("a session that calls itself leaves nothing behind", async () => {
    const router = await createTestRouter();
    const both = await router.join();
    await both.register(PROCEDURE);
    both.sendCall(PROCEDURE, {}, { receive_progress: true, timeout: 1000 });
    await both.expect(M.INVOCATION);
    await expectNoTrace(router, [both]);
    expect(router.errors()).toEqual([]);
  });
});
