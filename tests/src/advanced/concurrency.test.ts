// Not in the specification: the option `concurrency` of REGISTER, as in Crossbar.io, with a bounded queue.
import { ErrorUri, MessageType as M, type RegisterOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  AUTOBAHN_ROLES,
  cancel,
  createTestRouter,
  expectError,
  expectNoTrace,
  type JoinOptions,
  PROCEDURE,
  readAll,
  rolesWithout,
  type TestRouter,
  type TestRouterOptions,
  unreadInvocations,
} from "../support/index.js";

interface Setup {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
}

async function setUp(
  register: RegisterOptions,
  options: TestRouterOptions = {},
  peer: JoinOptions = {},
): Promise<Setup> {
  const router = await createTestRouter(options);
  const [caller, callee] = [await router.join(), await router.join(peer)];
  await callee.register(PROCEDURE, register);
  return { router, caller, callee };
}

/** Makes `count` calls with the arguments 1, 2, … @returns their request ids. */
function callTimes(caller: WireSession, count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, index) => caller.sendCall(PROCEDURE, { args: [first + index] }));
}

describe("Concurrency: order of calls", () => {
  it.each([{}, { concurrency: 0 }])("%j: no limit", async (register) => {
    const { caller, callee } = await setUp(register);
    callTimes(caller, 20);
    await settle();
    expect(unreadInvocations(callee)).toHaveLength(20);
  });

  it("sends a callee this many calls at a time, and the rest in order as it answers", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 2 });
    const requests = callTimes(caller, 5);
    await settle();
    expect(unreadInvocations(callee)).toEqual([1, 2]);
    const first = await callee.expect(M.INVOCATION);
    const second = await callee.expect(M.INVOCATION);
    callee.yield(second.request, { args: ["b"] });
    expect((await caller.expect(M.RESULT)).request).toBe(requests[1]);
    const third = await callee.expect(M.INVOCATION);
    expect(argsOf(third)).toEqual([3]);
    await callee.expectNothing();
    callee.fail(first.request, "com.example.error");
    callee.yield(third.request);
    await settle();
    expect(unreadInvocations(callee)).toEqual([4, 5]);
    await expectNoTrace(router, [caller, callee]);
  });

  it("progressive results do not make room", async () => {
    const { caller, callee } = await setUp({ concurrency: 1 });
    caller.sendCall(PROCEDURE, { args: [1] }, { receive_progress: true });
    callTimes(caller, 1, 2);
    const { request } = await callee.expect(M.INVOCATION);
    callee.yield(request, {}, { progress: true });
    await callee.expectNothing();
    callee.yield(request);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([2]);
  });

  it("serves calls in order, across callers", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const other = await router.join();
    callTimes(caller, 1);
    const { request } = await callee.expect(M.INVOCATION);
    other.sendCall(PROCEDURE, { args: [2] });
    await settle();
    caller.sendCall(PROCEDURE, { args: [3] });
    await settle();
    other.sendCall(PROCEDURE, { args: [4] });
    await settle();
    let invocation = request;
    for (const expected of [2, 3, 4]) {
      callee.yield(invocation);
      const next = await callee.expect(M.INVOCATION);
      expect(argsOf(next)).toEqual([expected]);
      invocation = next.request;
    }
  });

  it("skips busy callees of a shared registration", async () => {
    const { router, caller, callee } = await setUp({ invoke: "first", concurrency: 1 });
    const second = await router.join();
    await second.register(PROCEDURE, { invoke: "first", concurrency: 1 });
    callTimes(caller, 3);
    await settle();
    expect([unreadInvocations(callee), unreadInvocations(second)]).toEqual([[1], [2]]);
    second.yield((await second.expect(M.INVOCATION)).request);
    expect(argsOf(await second.expect(M.INVOCATION))).toEqual([3]);
  });

  it("counts each registration separately", async () => {
    const { caller, callee } = await setUp({ concurrency: 1 });
    await callee.register("com.example.other", { concurrency: 1 });
    callTimes(caller, 2);
    caller.sendCall("com.example.other", { args: ["other"] });
    await settle();
    expect(unreadInvocations(callee)).toEqual([1, "other"]);
  });
});

describe("Concurrency: new callees", () => {
  it("a new callee of a shared registration serves waiting calls, after its REGISTERED and in order", async () => {
    const { router, caller, callee } = await setUp({ invoke: "roundrobin", concurrency: 1 });
    callTimes(caller, 4);
    await callee.expect(M.INVOCATION);
    const second = await router.join();
    await second.register(PROCEDURE, { invoke: "roundrobin", concurrency: 2 });
    await settle();
    expect(unreadInvocations(second)).toEqual([2, 3]);
    await callee.expectNothing();
  });

  it("a new call does not overtake waiting calls", async () => {
    const { router, caller, callee } = await setUp({ invoke: "last", concurrency: 1 });
    callTimes(caller, 2);
    await settle();
    expect(unreadInvocations(callee)).toEqual([1]);
    const second = await router.join();
    await second.register(PROCEDURE, { invoke: "last", concurrency: 1 });
    callTimes(caller, 1, 3);
    await settle();
    expect(unreadInvocations(second)).toEqual([2]);
    second.yield((await second.expect(M.INVOCATION)).request);
    await settle();
    expect(unreadInvocations(second)).toEqual([3]);
  });
});

describe("Concurrency: callees that leave", () => {
  it("a callee that leaves fails its calls; waiting calls go to the others", async () => {
    const { router, caller, callee } = await setUp({ invoke: "roundrobin", concurrency: 1 });
    const second = await router.join();
    await second.register(PROCEDURE, { invoke: "roundrobin", concurrency: 1 });
    const [one, two, three] = callTimes(caller, 3);
    await settle();
    expect([unreadInvocations(callee), unreadInvocations(second)]).toEqual([[1], [2]]);
    callee.disconnect();
    await expectError(caller, M.CALL, one!, ErrorUri.CANCELED);
    await caller.expectNothing();
    second.yield((await second.expect(M.INVOCATION)).request);
    second.yield((await second.expect(M.INVOCATION)).request);
    expect((await caller.expect(M.RESULT)).request).toBe(two);
    expect((await caller.expect(M.RESULT)).request).toBe(three);
    await expectNoTrace(router, [caller, callee, second]);
  });

  it("the last callee that leaves fails all waiting calls", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const requests = callTimes(caller, 4);
    await callee.expect(M.INVOCATION);
    callee.disconnect();
    const answers = await readAll(caller);
    expect(answers).toHaveLength(4);
    expect(new Set(answers.map((answer) => (answer.type === M.ERROR ? answer.request : 0)))).toEqual(new Set(requests));
    for (const answer of answers) expect(answer).toMatchObject({ type: M.ERROR, error: ErrorUri.CANCELED });
    await expectNoTrace(router, [caller, callee]);
  });

  it("the last callee that unregisters finishes its calls; waiting calls fail", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const [one, two] = callTimes(caller, 2);
    const { request, registration } = await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    await expectError(caller, M.CALL, two!, ErrorUri.CANCELED);
    callee.yield(request);
    expect((await caller.expect(M.RESULT)).request).toBe(one);
    await callee.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });
});

describe("Concurrency: callers that cancel or leave", () => {
  it.each(["skip", "kill", "killnowait", undefined] as const)(
    "CANCEL (%s) of a waiting call answers at once, without an INVOCATION",
    async (mode) => {
      const { router, caller, callee } = await setUp({ concurrency: 1 });
      const [one, two, three] = callTimes(caller, 3);
      const { request } = await callee.expect(M.INVOCATION);
      cancel(caller, two!, mode);
      await expectError(caller, M.CALL, two!, ErrorUri.CANCELED);
      callee.yield(request);
      expect((await caller.expect(M.RESULT)).request).toBe(one);
      const next = await callee.expect(M.INVOCATION);
      expect(argsOf(next)).toEqual([3]);
      callee.yield(next.request);
      expect((await caller.expect(M.RESULT)).request).toBe(three);
      await callee.expectNothing();
      await expectNoTrace(router, [caller, callee]);
    },
  );

  it.each(["says GOODBYE", "loses its transport"])("a caller that %s: its waiting calls are removed", async (how) => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const other = await router.join();
    callTimes(caller, 3);
    await settle();
    other.sendCall(PROCEDURE, { args: ["other"] });
    const { request } = await callee.expect(M.INVOCATION);
    if (how === "says GOODBYE") await caller.leave();
    else caller.disconnect();
    expect((await callee.expect(M.INTERRUPT)).request).toBe(request);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["other"]);
    await callee.expectNothing();
    await expectNoTrace(router, [caller, callee, other]);
  });

  it.each(["killnowait", "kill"] as const)("CANCEL (%s) of an invoked call makes room", async (mode) => {
    const { caller, callee } = await setUp({ concurrency: 1 });
    const [one] = callTimes(caller, 2);
    const { request } = await callee.expect(M.INVOCATION);
    cancel(caller, one!, mode);
    await callee.expect(M.INTERRUPT);
    if (mode === "kill") {
      await callee.expectNothing();
      callee.fail(request, ErrorUri.CANCELED);
    }
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([2]);
  });

  it("a callee that was not interrupted is busy until it answers", async () => {
    const endings = [
      [{}, (caller: WireSession, request: number) => cancel(caller, request, "skip")],
      [{ roles: AUTOBAHN_ROLES }, (caller: WireSession, request: number) => cancel(caller, request, "killnowait")],
      [{ roles: AUTOBAHN_ROLES }, (caller: WireSession) => caller.disconnect()],
    ] as const;
    for (const [peer, end] of endings) {
      const { router, caller, callee } = await setUp({ concurrency: 1 }, {}, peer);
      const other = await router.join();
      const [one] = callTimes(caller, 1);
      const { request } = await callee.expect(M.INVOCATION);
      end(caller, one!);
      other.sendCall(PROCEDURE, { args: ["other"] });
      await callee.expectNothing();
      callee.yield(request, {}, { progress: true });
      await callee.expectNothing();
      callee.yield(request, { args: ["too late"] });
      expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["other"]);
      await other.expectNothing();
      await expectNoTrace(router, [caller, callee, other]);
    }
  });
});

describe("Concurrency: abandoned calls", () => {
  it("end silently when the callee leaves", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const [one] = callTimes(caller, 1);
    await callee.expect(M.INVOCATION);
    cancel(caller, one!, "skip");
    await expectError(caller, M.CALL, one!, ErrorUri.CANCELED);
    callee.disconnect();
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it("may be answered after the registration is gone", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const [one] = callTimes(caller, 1);
    const { request, registration } = await callee.expect(M.INVOCATION);
    cancel(caller, one!, "skip");
    await expectError(caller, M.CALL, one!, ErrorUri.CANCELED);
    await callee.unregister(registration);
    callee.yield(request);
    callee.fail(request, "com.example.error");
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 1, 2);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([2]);
    await caller.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });
});

describe("Concurrency: bounds", () => {
  it("a call beyond queuedCallsPerRegistration fails and is counted", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 }, { limits: { queuedCallsPerRegistration: 2 } });
    const requests = callTimes(caller, 4);
    await expectError(caller, M.CALL, requests[3]!, ErrorUri.MAX_CONCURRENCY_REACHED);
    expect(router.metrics.get("limit_queued_calls_per_registration")).toBe(1);
    const { request } = await callee.expect(M.INVOCATION);
    callee.yield(request);
    await caller.expect(M.RESULT);
    const [fifth, sixth] = callTimes(caller, 2, 5);
    await expectError(caller, M.CALL, sixth!, ErrorUri.MAX_CONCURRENCY_REACHED);
    await settle();
    expect(unreadInvocations(callee)).toEqual([2]);
    cancel(caller, fifth!);
    await expectError(caller, M.CALL, fifth!, ErrorUri.CANCELED);
    await expectNoTrace(router, [caller, callee]);
  });

  it("waiting calls count for pendingCallsPerSession", async () => {
    const { router, caller } = await setUp({ concurrency: 1 }, { limits: { pendingCallsPerSession: 2 } });
    const requests = callTimes(caller, 3);
    await expectError(caller, M.CALL, requests[2]!, ErrorUri.LIMIT_EXCEEDED);
    expect(router.metrics.get("limit_pending_calls_per_session")).toBe(1);
    await caller.expectNothing();
  });

  it("a progressive call cannot wait: its parts would need unbounded memory", async () => {
    const { caller, callee } = await setUp({ concurrency: 1 });
    callTimes(caller, 1);
    const request = caller.sendCall(PROCEDURE, {}, { progress: true });
    await expectError(caller, M.CALL, request, ErrorUri.MAX_CONCURRENCY_REACHED);
    caller.send({ type: M.CALL, request, options: {}, procedure: PROCEDURE, payload: {} });
    await caller.expectNothing();
    await callee.expect(M.INVOCATION);
    await callee.expectNothing();
  });

  it("waiting calls that the callee does not support fail, and the next one is served", async () => {
    const { caller, callee } = await setUp(
      { concurrency: 1 },
      {},
      { roles: rolesWithout("callee.payload_passthru_mode") },
    );
    callTimes(caller, 1);
    const sealed = [1, 2, 3].map(() => caller.sendCall(PROCEDURE, {}, { ppt_scheme: "x_test" }));
    callTimes(caller, 1, 2);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    for (const request of sealed) await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([2]);
  });
});
