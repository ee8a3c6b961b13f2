// Spec: advanced/rpc_call_rerouting.md
import { ErrorUri, MessageType as M, type Id, type InvocationPolicy, type RegisterOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  cancel,
  createTestRouter,
  expectError,
  expectNoTrace,
  PROCEDURE,
  rolesWithout,
  type TestRouter,
} from "../support/index.js";

interface Setup {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callees: readonly WireSession[];
}

async function setUp(invoke: InvocationPolicy, count = 4, register: RegisterOptions = {}): Promise<Setup> {
  const router = await createTestRouter();
  const [caller, callees] = [
    await router.join(),
    await Promise.all(Array.from({ length: count }, () => router.join())),
  ];
  for (const callee of callees) await callee.register(PROCEDURE, { ...register, invoke });
  return { router, caller, callees };
}

/** Waits until one callee has got INVOCATION. @returns it with the request id. */
async function invoked(callees: readonly WireSession[]): Promise<{ index: number; callee: WireSession; request: Id }> {
  await settle();
  const index = callees.findIndex(({ unread }) => unread.length > 0);
  expect(callees.filter(({ unread }) => unread.length > 0)).toHaveLength(1);
  const callee = callees[index]!;
  return { index, callee, request: (await callee.expect(M.INVOCATION)).request };
}

/** Calls, and lets every callee answer that it is unavailable. @returns the callees in the order of their invocations. */
async function refusals({ caller, callees }: Setup): Promise<number[]> {
  const request = caller.sendCall(PROCEDURE, { args: ["a"], kwargs: { b: 1 } });
  const asked: number[] = [];
  for (const _ of callees) {
    const { index, callee, request: invocation } = await invoked(callees);
    asked.push(index);
    callee.fail(invocation, ErrorUri.UNAVAILABLE);
  }
  await expectError(caller, M.CALL, request, ErrorUri.NO_AVAILABLE_CALLEE);
  for (const callee of callees) await callee.expectNothing(1);
  return asked;
}

describe("Call Re-Routing: rules by invocation policy", () => {
  it("single: wamp.error.no_available_callee", async () => {
    const setup = await setUp("single", 1);
    expect(await refusals(setup)).toEqual([0]);
    await expectNoTrace(setup.router, [setup.caller, ...setup.callees]);
  });

  it("roundrobin: the next callee; a new call begins where the last one ended", async () => {
    const setup = await setUp("roundrobin");
    expect(await refusals(setup)).toEqual([0, 1, 2, 3]);
    setup.caller.sendCall(PROCEDURE);
    const { index, callee, request } = await invoked(setup.callees);
    expect(index).toBe(0);
    callee.yield(request);
    await setup.caller.expect(M.RESULT);
    expect(await refusals(setup)).toEqual([1, 2, 3, 0]);
  });

  it("random: another callee, never the same one", async () => {
    const setup = await setUp("random");
    const orders = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const asked = await refusals(setup);
      expect(asked.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      orders.add(asked.join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it("first: the callee that registered after it", async () => {
    expect(await refusals(await setUp("first"))).toEqual([0, 1, 2, 3]);
  });

  it("last: the callee that registered before it", async () => {
    expect(await refusals(await setUp("last"))).toEqual([3, 2, 1, 0]);
  });

  it("partitioned calls: the shard that would own the key if the first one did not exist", async () => {
    const { caller, callees } = await setUp("random", 3);
    const request = caller.sendCall(PROCEDURE, {}, { runmode: "partition", rkey: "k" });
    const asked = new Set<number>();
    for (const _ of callees) {
      const { index, callee, request: invocation } = await invoked(callees);
      asked.add(index);
      callee.fail(invocation, ErrorUri.UNAVAILABLE);
    }
    expect(asked.size).toBe(3);
    await expectError(caller, M.CALL, request, ErrorUri.NO_AVAILABLE_CALLEE);
  });
});

describe("Call Re-Routing: unnoticed by the caller", () => {
  it("passes the same arguments and options to the next callee, and its answer to the caller", async () => {
    const { router, caller, callees } = await setUp("first", 2);
    const [busy, free] = [callees[0]!, callees[1]!];
    const request = caller.sendCall(
      PROCEDURE,
      { args: [1], kwargs: { a: "ü" } },
      { disclose_me: true, receive_progress: true },
    );
    const first = await busy.expect(M.INVOCATION);
    busy.fail(first.request, ErrorUri.UNAVAILABLE, { args: ["busy"] });
    const second = await free.expect(M.INVOCATION);
    expect(second).toMatchObject({ details: first.details, payload: { args: [1], kwargs: { a: "ü" } } });
    free.yield(second.request, { args: ["part"] }, { progress: true });
    free.yield(second.request, { args: ["done"] });
    expect((await caller.expect(M.RESULT)).details.progress).toBe(true);
    expect(await caller.expect(M.RESULT)).toMatchObject({ request, payload: { args: ["done"] } });
    busy.yield(first.request, { args: ["after all"] });
    await caller.expectNothing();
    await expectNoTrace(router, [caller, ...callees]);
  });

  it("reaches a callee that registered after the call", async () => {
    const { router, caller, callees } = await setUp("first", 1);
    caller.sendCall(PROCEDURE, { args: ["kept"] });
    const { request } = await callees[0]!.expect(M.INVOCATION);
    const late = await router.join();
    await late.register(PROCEDURE, { invoke: "first" });
    callees[0]!.fail(request, ErrorUri.UNAVAILABLE);
    expect(argsOf(await late.expect(M.INVOCATION))).toEqual(["kept"]);
  });

  it("reaches a new registration after the last callee has unregistered", async () => {
    const { router, caller, callees } = await setUp("roundrobin", 1);
    const request = caller.sendCall(PROCEDURE, { args: ["kept"] });
    const first = await callees[0]!.expect(M.INVOCATION);
    await callees[0]!.unregister(first.registration);
    const successor = await router.join();
    const registration = await successor.register(PROCEDURE, { invoke: "roundrobin" });
    callees[0]!.fail(first.request, ErrorUri.UNAVAILABLE);
    const second = await successor.expect(M.INVOCATION);
    expect(second).toMatchObject({ registration, payload: { args: ["kept"] } });
    successor.yield(second.request);
    expect((await caller.expect(M.RESULT)).request).toBe(request);
  });

  it("passes any other error to the caller", async () => {
    const { caller, callees } = await setUp("first", 2);
    const request = caller.sendCall(PROCEDURE);
    callees[0]!.fail((await callees[0]!.expect(M.INVOCATION)).request, "com.example.error");
    await expectError(caller, M.CALL, request, "com.example.error");
    await callees[1]!.expectNothing();
  });

  it("passes wamp.error.unavailable to the caller if the callee did not announce call_reroute", async () => {
    const router = await createTestRouter();
    const [caller, plain, other] = [
      await router.join(),
      await router.join({ roles: rolesWithout("callee.call_reroute") }),
      await router.join(),
    ];
    await plain.register(PROCEDURE, { invoke: "first" });
    await other.register(PROCEDURE, { invoke: "first" });
    const request = caller.sendCall(PROCEDURE);
    plain.fail((await plain.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    await expectError(caller, M.CALL, request, ErrorUri.UNAVAILABLE);
    await other.expectNothing();
  });
});

describe("Call Re-Routing: with other features", () => {
  it("waits for busy callees that have not refused", async () => {
    const { caller, callees } = await setUp("first", 2, { concurrency: 1 });
    const [a, b] = [callees[0]!, callees[1]!];
    const requests = [caller.sendCall(PROCEDURE, { args: [1] }), caller.sendCall(PROCEDURE, { args: [2] })];
    const [atA, atB] = [await a.expect(M.INVOCATION), await b.expect(M.INVOCATION)];
    a.fail(atA.request, ErrorUri.UNAVAILABLE);
    await caller.expectNothing();
    b.yield(atB.request);
    expect((await caller.expect(M.RESULT)).request).toBe(requests[1]);
    const again = await b.expect(M.INVOCATION);
    expect(argsOf(again)).toEqual([1]);
    b.yield(again.request);
    expect((await caller.expect(M.RESULT)).request).toBe(requests[0]);
    await a.expectNothing();
  });

  it("fails when the callees that it waits for leave", async () => {
    const { router, caller, callees } = await setUp("first", 2, { concurrency: 1 });
    const [a, b] = [callees[0]!, callees[1]!];
    const requests = [caller.sendCall(PROCEDURE), caller.sendCall(PROCEDURE)] as const;
    a.fail((await a.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    await b.expect(M.INVOCATION);
    b.disconnect();
    const answers = [await caller.expect(M.ERROR), await caller.expect(M.ERROR)];
    expect(answers.find(({ request }) => request === requests[0])?.error).toBe(ErrorUri.NO_AVAILABLE_CALLEE);
    expect(answers.find(({ request }) => request === requests[1])?.error).toBe(ErrorUri.CANCELED);
    await expectNoTrace(router, [caller, a, b]);
  });

  it("fails at once when they unregister, even if other calls wait before it", async () => {
    const { router, caller, callees } = await setUp("first", 2, { concurrency: 1 });
    const [a, b] = [callees[0]!, callees[1]!];
    const requests = [1, 2, 3, 4].map((value) => caller.sendCall(PROCEDURE, { args: [value] }));
    const [atA, atB] = [await a.expect(M.INVOCATION), await b.expect(M.INVOCATION)];
    a.fail(atA.request, ErrorUri.UNAVAILABLE);
    expect(argsOf(await a.expect(M.INVOCATION))).toEqual([3]);
    await b.unregister(atB.registration);
    await expectError(caller, M.CALL, requests[0]!, ErrorUri.NO_AVAILABLE_CALLEE);
    await caller.expectNothing();
    cancel(caller, requests[3]!);
    await expectError(caller, M.CALL, requests[3]!, ErrorUri.CANCELED);
    await expectNoTrace(router, [caller, a, b]);
  });

  it("does not restart the timeout", async () => {
    const { router, caller, callees } = await setUp("first", 2);
    const request = caller.sendCall(PROCEDURE, {}, { timeout: 100 });
    const first = await callees[0]!.expect(M.INVOCATION);
    router.clock.advance(60);
    callees[0]!.fail(first.request, ErrorUri.UNAVAILABLE);
    const second = await callees[1]!.expect(M.INVOCATION);
    router.clock.advance(40);
    await expectError(caller, M.CALL, request, ErrorUri.TIMEOUT);
    expect((await callees[1]!.expect(M.INTERRUPT)).request).toBe(second.request);
    await callees[0]!.expectNothing();
  });

  it("CANCEL interrupts the current callee", async () => {
    const { caller, callees } = await setUp("first", 2);
    const request = caller.sendCall(PROCEDURE);
    callees[0]!.fail((await callees[0]!.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    const { request: invocation } = await callees[1]!.expect(M.INVOCATION);
    cancel(caller, request, "kill");
    expect((await callees[1]!.expect(M.INTERRUPT)).request).toBe(invocation);
    await callees[0]!.expectNothing();
    callees[1]!.fail(invocation, ErrorUri.UNAVAILABLE);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
  });

  it("re-routes a progressive call until its second part was sent", async () => {
    const { caller, callees } = await setUp("first", 2);
    const request = caller.sendCall(PROCEDURE, { args: [1] }, { progress: true });
    callees[0]!.fail((await callees[0]!.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    const { request: invocation, details } = await callees[1]!.expect(M.INVOCATION);
    expect(details.progress).toBe(true);
    caller.send({ type: M.CALL, request, options: {}, procedure: PROCEDURE, payload: { args: [2] } });
    expect(argsOf(await callees[1]!.expect(M.INVOCATION))).toEqual([2]);
    callees[1]!.fail(invocation, ErrorUri.UNAVAILABLE);
    await expectError(caller, M.CALL, request, ErrorUri.NO_AVAILABLE_CALLEE);
    await callees[0]!.expectNothing();
  });

  it("fails with feature_not_supported if the next callee lacks a feature", async () => {
    const router = await createTestRouter();
    const [caller, able] = [await router.join(), await router.join()];
    const plain = await router.join({ roles: rolesWithout("callee.payload_passthru_mode") });
    await able.register(PROCEDURE, { invoke: "first" });
    await plain.register(PROCEDURE, { invoke: "first" });
    const request = caller.sendCall(PROCEDURE, {}, { ppt_scheme: "x_test" });
    able.fail((await able.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
    await plain.expectNothing();
  });
});
