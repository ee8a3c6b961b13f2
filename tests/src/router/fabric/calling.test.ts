// Calls that cross nodes: of callees elsewhere, and from callers elsewhere
import { type CallOptions, ErrorUri, MessageType as M, type RegisterOptions, WampError } from "@kreuz/codec";
import type { InboundCall } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  call,
  cancel,
  continueCall,
  createTestRouter,
  expectError,
  expectNoTrace,
  PROCEDURE,
  ScriptedFabric,
  type ScriptedSession,
  type TestRouter,
} from "../../support/index.js";

interface Setup {
  readonly fabric: ScriptedFabric;
  readonly router: TestRouter;
  /** A client of this node. */
  readonly client: WireSession;
}

async function setUp(limits: object = {}): Promise<Setup> {
  const fabric = new ScriptedFabric();
  const router = await createTestRouter({ fabric, limits });
  return { fabric, router, client: await router.join() };
}

const ID = new ScriptedFabric().registrationId(PROCEDURE);
/** Its node keeps no copies of what it is sent: see `peer-features.ts`. */
const WITHOUT_REROUTE = 1023 - 32;

const LOST = new WampError(ErrorUri.NETWORK_FAILURE, "the link to node other was lost");

describe("a callee on another node", () => {
  /** A client with a callee, or several, on another node. */
  async function withCallees(
    ...all: readonly RegisterOptions[]
  ): Promise<Setup & { readonly callees: readonly ScriptedSession[] }> {
    const setup = await setUp();
    const { fabric } = setup;
    const callees = all.map((options, index) => {
      const callee = fabric.session(900 + index, "far", WITHOUT_REROUTE);
      fabric.realm.addCallee(callee, fabric.registration(PROCEDURE, options));
      return callee;
    });
    return { ...setup, callees };
  }

  async function send(client: WireSession, options: CallOptions = {}): Promise<number> {
    const request = client.sendCall(PROCEDURE, { args: ["question"] }, options);
    await settle();
    return request;
  }

  it("gets INVOCATION with details settled here, and its answer goes to the caller once", async () => {
    const { fabric, router, client, callees } = await withCallees({ disclose_caller: true });
    const [callee] = callees as [ScriptedSession];
    const request = await send(client, { receive_progress: true });
    expect(callee.invocations).toMatchObject([
      {
        invocation: {
          type: M.INVOCATION,
          request: 1,
          registration: ID,
          details: { caller: client.id, receive_progress: true },
          payload: { args: ["question"] },
        },
        // The registration names the procedure, and there is nobody else to ask.
        call: { procedure: "", receiveProgress: true, mayQueue: true },
      },
    ]);
    const answer = { type: M.YIELD, request: 1, options: {}, payload: { args: ["answer"] } } as const;
    fabric.realm.answer(callee, { ...answer, options: { progress: true } });
    expect(await client.expect(M.RESULT)).toMatchObject({ request, details: { progress: true } });
    fabric.realm.answer(callee, answer);
    fabric.realm.answer(callee, answer);
    expect(await client.expect(M.RESULT)).toMatchObject({ request, details: {}, payload: { args: ["answer"] } });
    fabric.realm.failCalls(callee, LOST);
    await client.expectNothing();
    fabric.realm.remove(callee, LOST);
    await expectNoTrace(router, [client]);
  });

  it("its ERROR keeps URI, details and payload", async () => {
    const { fabric, client, callees } = await withCallees({});
    const request = await send(client);
    const payload = { args: ["no"], kwargs: { why: 1 } };
    const error = { type: M.ERROR, requestType: M.INVOCATION, request: 1, details: { a: 1 }, error: "com.no", payload };
    fabric.realm.answer(callees[0]!, error as never);
    expect(await client.expect(M.ERROR)).toMatchObject({ request, error: "com.no", details: { a: 1 }, payload });
  });

  it("is never busy here, whatever its concurrency", async () => {
    const { client, callees } = await withCallees({ concurrency: 1 });
    for (let count = 0; count < 3; count++) await send(client);
    expect(callees[0]!.invocations.map(({ invocation }) => invocation.request)).toEqual([1, 2, 3]);
  });

  it("a call that cannot be sent fails with the fabric's error, and leaves nothing", async () => {
    const { fabric, router, client, callees } = await withCallees({});
    callees[0]!.failure = LOST;
    await expect(call(client, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NETWORK_FAILURE });
    callees[0]!.failure = undefined;
    await send(client);
    expect(callees[0]!.lastRequest).toBe(1);
    fabric.realm.remove(callees[0]!, LOST);
    await expectNoTrace(router, [client]);
  });

  it("is asked only when no callee that can be reached is free", async () => {
    const { client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    callees[0]!.reachable = false;
    await send(client);
    expect(callees.map(({ invocations }) => invocations.length)).toEqual([0, 1]);
    callees[1]!.reachable = false;
    await send(client);
    expect(callees.map(({ invocations }) => invocations.length)).toEqual([1, 1]);
  });

  it("a lost link fails its calls with the error given, not as canceled, and its registration stays", async () => {
    const { fabric, client, callees } = await withCallees({});
    const request = await send(client);
    fabric.realm.failCalls(callees[0]!, LOST);
    await expectError(client, M.CALL, request, ErrorUri.NETWORK_FAILURE);
    await send(client);
    expect(callees[0]!.invocations).toHaveLength(2);
  });

  it("a session that is lost takes its calls and its registrations with it", async () => {
    const { fabric, router, client, callees } = await withCallees({});
    const request = await send(client);
    fabric.realm.remove(callees[0]!, LOST);
    await expectError(client, M.CALL, request, ErrorUri.NETWORK_FAILURE);
    await expect(call(client, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    await expectNoTrace(router, [client]);
  });

  it("very many calls end over several turns", async () => {
    const { fabric, router, client, callees } = await withCallees({});
    for (let count = 0; count < 300; count++) client.sendCall(PROCEDURE);
    await settle();
    let done = false;
    void fabric.realm.failCalls(callees[0]!, LOST)?.then(() => (done = true));
    expect([done, router.counts(fabric.realm.uri)?.pendingCalls]).not.toEqual([true, 0]);
    for (let turn = 0; turn < 10; turn++) {
      router.clock.advance(0);
      await settle();
    }
    expect([done, router.counts(fabric.realm.uri)?.pendingCalls]).toEqual([true, 0]);
  });

  it.each([["killnowait"], ["kill"], ["skip"]] as const)("CANCEL %s reaches its node", async (mode) => {
    const { fabric, client, callees } = await withCallees({});
    const [callee] = callees as [ScriptedSession];
    const request = await send(client);
    cancel(client, request, mode);
    if (mode === "kill") {
      await client.expectNothing();
      const error = { type: M.ERROR, requestType: M.INVOCATION, request: 1, details: {}, error: ErrorUri.CANCELED };
      fabric.realm.answer(callee, { ...error, payload: {} } as never);
    }
    await expectError(client, M.CALL, request, ErrorUri.CANCELED);
    // Also that the call is over though the callee goes on: it may not have begun.
    expect(callee.interrupts).toMatchObject([{ request: 1, options: { mode } }]);
  });

  it("the timer runs here, and the node is told even if the callee cannot be", async () => {
    const setup = await setUp();
    const { fabric, router, client } = setup;
    const callee = fabric.session(900, "far", 0);
    fabric.realm.addCallee(callee, fabric.registration(PROCEDURE));
    const request = await send(client, { timeout: 100 });
    router.clock.advance(100);
    await expectError(client, M.CALL, request, ErrorUri.TIMEOUT);
    expect(callee.interrupts).toEqual([{ request: 1, options: { mode: "killnowait", reason: ErrorUri.TIMEOUT } }]);
  });

  it("progress restarts the timer here, also when the caller does not want it", async () => {
    const { fabric, router, client, callees } = await withCallees({});
    const request = await send(client, { timeout: 100 });
    expect(callees[0]!.invocations[0]?.call.receiveProgress).toBe(true);
    router.clock.advance(60);
    fabric.realm.answer(callees[0]!, { type: M.YIELD, request: 1, options: { progress: true }, payload: {} });
    router.clock.advance(60);
    await client.expectNothing();
    router.clock.advance(40);
    await expectError(client, M.CALL, request, ErrorUri.TIMEOUT);
  });

  it("a caller that leaves interrupts it, first what waits there, then what it waits for", async () => {
    const { fabric, router, client, callees } = await withCallees({});
    await send(client);
    await send(client);
    client.disconnect();
    await settle();
    expect(callees[0]!.interrupts).toMatchObject([{ request: 2 }, { request: 1 }]);
    fabric.realm.remove(callees[0]!, LOST);
    await expectNoTrace(router, [client]);
  });

  it("further arguments go to the same callee, and such a call is not asked for elsewhere", async () => {
    const { fabric, client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    const [callee] = callees as [ScriptedSession];
    const request = await send(client, { progress: true });
    continueCall(client, request, { args: [2] }, { progress: true });
    continueCall(client, request, { args: [3] });
    await settle();
    expect(callee.messages).toMatchObject([
      { type: M.INVOCATION, request: 1, details: { progress: true }, payload: { args: [2] } },
      { type: M.INVOCATION, request: 1, details: {}, payload: { args: [3] } },
    ]);
    fabric.realm.bounced(callee, 1, { args: [1] }, "busy");
    await expectError(client, M.CALL, request, ErrorUri.NO_AVAILABLE_CALLEE);
    expect(callees[1]!.invocations).toEqual([]);
  });

  it("bounced calls go to the next callee with their arguments, then wait at the first", async () => {
    const { fabric, router, client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    const [one, two] = callees as [ScriptedSession, ScriptedSession];
    const request = await send(client);
    expect(one.invocations).toMatchObject([{ call: { mayQueue: false } }]);
    fabric.realm.bounced(one, 1, { args: ["question"] }, "busy");
    expect(two.invocations).toMatchObject([
      { invocation: { payload: { args: ["question"] } }, call: { mayQueue: false } },
    ]);
    fabric.realm.bounced(two, 1, { args: ["question"] }, "busy");
    expect(one.invocations).toHaveLength(2);
    expect(one.invocations[1]).toMatchObject({ invocation: { request: 2 }, call: { mayQueue: true } });
    // A late word about the first try changes nothing.
    fabric.realm.bounced(one, 1, {}, "busy");
    fabric.realm.answer(one, { type: M.YIELD, request: 2, options: {}, payload: { args: ["answer"] } });
    expect(await client.expect(M.RESULT)).toMatchObject({ request, payload: { args: ["answer"] } });
    for (const callee of callees) fabric.realm.remove(callee, LOST);
    await expectNoTrace(router, [client]);
  });

  it("a bounced call waits for a callee of this node when there is one", async () => {
    const { fabric, router, client, callees } = await withCallees({ invoke: "first" });
    const near = await router.join();
    await near.register(PROCEDURE, { invoke: "first", concurrency: 1 });
    const [first, second] = [await send(client), await send(client)];
    fabric.realm.bounced(callees[0]!, 1, { args: ["one"] }, "busy");
    fabric.realm.bounced(callees[0]!, 2, { args: ["two"] }, "busy");
    const invocation = await near.expect(M.INVOCATION);
    expect(argsOf(invocation)).toEqual(["one"]);
    await near.expectNothing();
    near.yield(invocation.request);
    expect(argsOf(await near.expect(M.INVOCATION))).toEqual(["two"]);
    expect(await client.expect(M.RESULT)).toMatchObject({ request: first });
    expect(second).toBeGreaterThan(first);
  });

  it("a callee that is gone is not asked again; without another, the procedure is unknown", async () => {
    const { fabric, client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    const [one, two] = callees as [ScriptedSession, ScriptedSession];
    const request = await send(client);
    fabric.realm.removeCallee(one, ID);
    fabric.realm.bounced(one, 1, { args: ["question"] }, "gone");
    fabric.realm.removeCallee(two, ID);
    fabric.realm.bounced(two, 1, { args: ["question"] }, "gone");
    await expectError(client, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
    expect([one.invocations.length, two.invocations.length]).toEqual([1, 1]);
  });

  it("a call that waited for a callee that left fails as canceled, unless another one is there", async () => {
    const { fabric, client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    const [one, two] = callees as [ScriptedSession, ScriptedSession];
    const request = await send(client);
    fabric.realm.removeCallee(one, ID);
    fabric.realm.bounced(one, 1, { args: ["question"] }, "left");
    expect(two.invocations).toHaveLength(1);
    fabric.realm.removeCallee(two, ID);
    fabric.realm.bounced(two, 1, { args: ["question"] }, "left");
    await expectError(client, M.CALL, request, ErrorUri.CANCELED);
  });

  it("a cancelled call that bounces is canceled", async () => {
    const { fabric, client, callees } = await withCallees({ invoke: "first" }, { invoke: "first" });
    const request = await send(client);
    cancel(client, request, "kill");
    await settle();
    fabric.realm.bounced(callees[0]!, 1, { args: ["question"] }, "busy");
    await expectError(client, M.CALL, request, ErrorUri.CANCELED);
    expect(callees[1]!.invocations).toEqual([]);
  });

  it("one that answers `unavailable` is re-routed with the copy that was kept here", async () => {
    const { fabric, client } = await setUp();
    const callees = [fabric.session(900), fabric.session(901)];
    for (const callee of callees) fabric.realm.addCallee(callee, fabric.registration(PROCEDURE, { invoke: "first" }));
    await send(client);
    const error = { type: M.ERROR, requestType: M.INVOCATION, request: 1, details: {}, error: ErrorUri.UNAVAILABLE };
    fabric.realm.answer(callees[0]!, { ...error, payload: {} } as never);
    expect(callees[1]!.invocations).toMatchObject([{ invocation: { payload: { args: ["question"] } } }]);
  });
});

describe("a caller on another node", () => {
  interface Served extends Setup {
    readonly caller: ScriptedSession;
    readonly serve: (differences?: Partial<InboundCall>) => void;
  }

  async function withCallee(options: RegisterOptions = {}, limits: object = {}): Promise<Served> {
    const setup = await setUp(limits);
    const { fabric, client } = setup;
    await client.register(PROCEDURE, options);
    const caller = fabric.session(77);
    let request = 0;
    const serve = (differences: Partial<InboundCall> = {}): void =>
      fabric.realm.serve(caller, {
        request: ++request,
        registration: ID,
        callee: client.id,
        procedure: PROCEDURE,
        details: {},
        payload: { args: [request] },
        receiveProgress: false,
        mayQueue: false,
        ...differences,
      });
    return { ...setup, caller, serve };
  }

  it("its call reaches the named callee with the details given, and the answer goes back once", async () => {
    const { fabric, router, client, caller, serve } = await withCallee();
    const details = { caller: 77, trustlevel: 3, procedure: "com.any" };
    serve({ request: 5, details, receiveProgress: true });
    const invocation = await client.expect(M.INVOCATION);
    expect(invocation).toMatchObject({ registration: ID, details, payload: { args: [1] } });
    client.yield(invocation.request, { args: ["part"] }, { progress: true });
    client.yield(invocation.request, { args: ["answer"] });
    await settle();
    expect(caller.messages).toMatchObject([
      { type: M.RESULT, request: 5, details: { progress: true }, payload: { args: ["part"] } },
      { type: M.RESULT, request: 5, details: {}, payload: { args: ["answer"] } },
    ]);
    // The node of its caller counts it.
    expect(router.stats(fabric.realm.uri)?.calls.get("ok")).toBe(0);
    fabric.realm.remove(caller, LOST);
    await expectNoTrace(router, [client]);
  });

  it("is bounced from a busy callee, or waits when it may, in order", async () => {
    const { client, caller, serve } = await withCallee({ concurrency: 1 });
    serve();
    serve();
    expect(caller.bounces).toEqual([{ request: 2, payload: { args: [2] }, reason: "busy" }]);
    serve({ mayQueue: true });
    serve({ mayQueue: true });
    for (const expected of [1, 3, 4]) {
      const invocation = await client.expect(M.INVOCATION);
      expect(argsOf(invocation)).toEqual([expected]);
      await client.expectNothing();
      client.yield(invocation.request);
    }
    await settle();
    expect(caller.messages.map((message) => message.type)).toEqual([M.RESULT, M.RESULT, M.RESULT]);
  });

  it("waits for its own callee, not for another one of this node", async () => {
    const { router, client, caller, serve } = await withCallee({ concurrency: 1, invoke: "first" });
    const other = await router.join();
    await other.register(PROCEDURE, { invoke: "first" });
    serve();
    serve({ mayQueue: true });
    await other.expectNothing();
    client.yield((await client.expect(M.INVOCATION)).request);
    expect(argsOf(await client.expect(M.INVOCATION))).toEqual([2]);
    expect(caller.bounces).toEqual([]);
  });

  it("is bounced when its callee is gone, also while it waits", async () => {
    const { client, caller, serve } = await withCallee({ concurrency: 1 });
    serve();
    serve({ mayQueue: true });
    const invocation = await client.expect(M.INVOCATION);
    await client.unregister(ID);
    serve();
    expect(caller.bounces).toEqual([
      { request: 2, payload: { args: [2] }, reason: "left" },
      { request: 3, payload: { args: [3] }, reason: "gone" },
    ]);
    client.yield(invocation.request);
    await settle();
    expect(caller.messages).toMatchObject([{ type: M.RESULT, request: 1 }]);
  });

  it("gets ERROR when the queue is full", async () => {
    const { caller, serve } = await withCallee({ concurrency: 1 }, { queuedCallsPerRegistration: 1 });
    serve();
    serve({ mayQueue: true });
    serve({ mayQueue: true });
    expect(caller.messages).toMatchObject([
      { type: M.ERROR, requestType: M.CALL, request: 3, error: ErrorUri.MAX_CONCURRENCY_REACHED },
    ]);
  });

  it("gets ERROR when its callee leaves", async () => {
    const { fabric, router, client, caller, serve } = await withCallee();
    serve();
    await client.expect(M.INVOCATION);
    client.disconnect();
    await settle();
    expect(caller.messages).toMatchObject([{ type: M.ERROR, request: 1, error: ErrorUri.CANCELED }]);
    fabric.realm.remove(caller, LOST);
    await expectNoTrace(router, []);
  });

  it("`unavailable` goes back to its node, which asks the next", async () => {
    const { router, client, caller, serve } = await withCallee({ invoke: "first" });
    const other = await router.join();
    await other.register(PROCEDURE, { invoke: "first" });
    serve();
    client.fail((await client.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    await settle();
    expect(caller.messages).toMatchObject([{ type: M.ERROR, request: 1, error: ErrorUri.UNAVAILABLE }]);
    await other.expectNothing();
  });

  it.each(["killnowait", "kill"] as const)("cancels with mode %s", async (mode) => {
    const { fabric, router, client, caller, serve } = await withCallee();
    serve();
    const { request } = await client.expect(M.INVOCATION);
    fabric.realm.cancel(caller, 1, { mode, reason: "com.why" });
    fabric.realm.cancel(caller, 1, { mode });
    expect(await client.expect(M.INTERRUPT)).toMatchObject({ request, options: { mode } });
    client.fail(request, ErrorUri.CANCELED);
    await settle();
    expect(caller.messages).toMatchObject(mode === "kill" ? [{ type: M.ERROR, error: ErrorUri.CANCELED }] : []);
    await client.expectNothing();
    fabric.realm.remove(caller, LOST);
    await expectNoTrace(router, [client]);
  });

  it.each(["killnowait", "kill", "skip"] as const)("mode %s ends a call that waits", async (mode) => {
    const { fabric, client, caller, serve } = await withCallee({ concurrency: 1 });
    serve();
    serve({ mayQueue: true });
    fabric.realm.cancel(caller, 2, { mode });
    // Only with `kill` does its caller wait for an answer.
    const answers = [{ type: M.ERROR, requestType: M.CALL, request: 2, error: ErrorUri.CANCELED }];
    expect(caller.messages).toMatchObject(mode === "kill" ? answers : []);
    client.yield((await client.expect(M.INVOCATION)).request);
    await client.expectNothing();
  });

  it("mode skip lets its callee go on", async () => {
    const { fabric, client, caller, serve } = await withCallee({ concurrency: 1 });
    serve();
    const { request } = await client.expect(M.INVOCATION);
    fabric.realm.cancel(caller, 1, { mode: "skip" });
    serve({ mayQueue: true });
    await client.expectNothing();
    client.yield(request);
    expect(argsOf(await client.expect(M.INVOCATION))).toEqual([2]);
    expect(caller.messages).toEqual([]);
  });

  it("sends further arguments with their own details; those for a call that is over are discarded", async () => {
    const { fabric, client, caller, serve } = await withCallee();
    serve({ details: { progress: true } });
    const { request } = await client.expect(M.INVOCATION);
    fabric.realm.proceed(caller, { request: 1, details: { progress: true }, payload: { args: ["more"] } });
    fabric.realm.proceed(caller, { request: 1, details: {}, payload: { args: ["last"] } });
    expect(await client.expect(M.INVOCATION)).toMatchObject({ request, details: { progress: true } });
    expect(await client.expect(M.INVOCATION)).toMatchObject({ request, details: {}, payload: { args: ["last"] } });
    client.yield(request);
    await settle();
    fabric.realm.proceed(caller, { request: 1, details: {}, payload: {} });
    fabric.realm.cancel(caller, 1, {});
    await client.expectNothing();
  });

  it("that is lost with its node interrupts its callees, and leaves nothing", async () => {
    const { fabric, router, client, caller, serve } = await withCallee({ concurrency: 1 });
    serve();
    serve({ mayQueue: true });
    const { request } = await client.expect(M.INVOCATION);
    fabric.realm.failCalls(caller, LOST);
    expect(await client.expect(M.INTERRUPT)).toMatchObject({ request });
    await client.expectNothing();
    expect([caller.messages, caller.bounces]).toEqual([[], []]);
    fabric.realm.remove(caller, LOST);
    await expectNoTrace(router, [client]);
  });
});
