// Spec: advanced/rpc_progressive_call_invocations.md
import { ErrorUri, MessageType as M, type CallOptions, type Id, type Invocation } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { Authorizer } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  cancel,
  continueCall,
  createTestRouter,
  expectAbort,
  expectAlive,
  expectError,
  expectNoTrace,
  jsonVariant,
  type JoinOptions,
  PROCEDURE,
  rolesWith,
  rolesWithout,
  type TestRouter,
  type TestRouterOptions,
  WAMPY_ROLES,
} from "../support/index.js";

const MORE = { progress: true };

interface Stream {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly request: Id;
  readonly first: Invocation;
}

/** Starts a progressive call and waits for INVOCATION. */
async function begin(options: TestRouterOptions = {}, peer: JoinOptions = {}, call: CallOptions = {}): Promise<Stream> {
  const router = await createTestRouter(options);
  const [caller, callee] = [await router.join(), await router.join(peer)];
  await callee.register(PROCEDURE);
  const request = caller.sendCall(PROCEDURE, { args: ["first"] }, { ...call, ...MORE });
  return { router, caller, callee, request, first: await callee.expect(M.INVOCATION) };
}

describe("Progressive Call Invocations: message flow", () => {
  it("sends every part with the request id of the first INVOCATION, and all but the last with progress", async () => {
    const { router, caller, callee, request, first } = await begin();
    expect(first).toMatchObject({ details: { progress: true }, payload: { args: ["first"] } });
    continueCall(caller, request, { args: ["second"] }, MORE);
    continueCall(caller, request, { args: ["third"], kwargs: { a: 1 } }, MORE);
    continueCall(caller, request, {});
    const parts = [];
    for (let count = 0; count < 3; count++) parts.push(await callee.expect(M.INVOCATION));
    expect(parts.map((part) => [part.request, part.registration])).toEqual(
      parts.map(() => [first.request, first.registration]),
    );
    expect(parts.map(({ details }) => details.progress)).toEqual([true, true, undefined]);
    expect(parts.map(argsOf)).toEqual([["second"], ["third"], undefined]);
    expect(parts[1]?.payload.kwargs).toEqual({ a: 1 });
    callee.yield(first.request, { args: ["done"] });
    expect(await caller.expect(M.RESULT)).toMatchObject({ request, details: {}, payload: { args: ["done"] } });
    await expectNoTrace(router, [caller, callee]);
  });

  it("progress: false marks the last part", async () => {
    const { caller, callee, request } = await begin();
    continueCall(caller, request, {}, { progress: false });
    expect((await callee.expect(M.INVOCATION)).details).toEqual({});
    continueCall(caller, request, {}, MORE);
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });

  it("the callee may answer before the last part", async () => {
    const { caller, callee, request, first } = await begin();
    callee.fail(first.request, "com.example.enough");
    await expectError(caller, M.CALL, request, "com.example.enough");
  });

  it("works with progressive results, in any number", async () => {
    const { caller, callee, request, first } = await begin({}, {}, { receive_progress: true });
    expect(first.details).toEqual({ progress: true, receive_progress: true });
    callee.yield(first.request, { args: ["r1"] }, MORE);
    continueCall(caller, request, { args: [2] }, MORE);
    continueCall(caller, request, { args: [3] }, MORE);
    expect(argsOf(await caller.expect(M.RESULT))).toEqual(["r1"]);
    for (const part of [2, 3]) expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([part]);
    callee.yield(first.request, { args: ["r2"] }, MORE);
    continueCall(caller, request, {});
    expect((await callee.expect(M.INVOCATION)).details).toEqual({ receive_progress: true });
    callee.yield(first.request, { args: ["r3"] });
    expect((await caller.expect(M.RESULT)).details).toEqual({ progress: true });
    expect((await caller.expect(M.RESULT)).details).toEqual({});
  });
});

describe("Progressive Call Invocations: feature announcement", () => {
  it("accepts parts from Wampy, which does not announce the feature (a stated deviation)", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join({ roles: WAMPY_ROLES }), await router.join()];
    await callee.register(PROCEDURE);
    const request = caller.sendCall(PROCEDURE, { args: [1] }, MORE);
    continueCall(caller, request, { args: [2] });
    for (const part of [1, 2]) expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([part]);
  });

  it("with strictProgressiveInvocations aborts a caller that did not announce it, even without a callee", async () => {
    const router = await createTestRouter({ strictProgressiveInvocations: true });
    const caller = await router.join({ roles: rolesWithout("caller.progressive_call_invocations") });
    caller.sendCall(PROCEDURE, {}, MORE);
    expect(await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION)).toContain("progressive_call_invocations");
  });

  it("progress: false does not need the feature", async () => {
    const router = await createTestRouter({ strictProgressiveInvocations: true });
    const [caller, callee] = [await router.join({ roles: rolesWith() }), await router.join()];
    await callee.register(PROCEDURE);
    caller.sendCall(PROCEDURE, {}, { progress: false });
    expect((await callee.expect(M.INVOCATION)).details).toEqual({});
  });

  it.each([["callee.progressive_call_invocations"], ["callee.call_canceling"]] as const)(
    "answers wamp.error.feature_not_supported for a callee without %s",
    async (missing) => {
      const router = await createTestRouter();
      const [caller, callee] = [await router.join(), await router.join({ roles: rolesWithout(missing) })];
      await callee.register(PROCEDURE);
      const request = caller.sendCall(PROCEDURE, {}, MORE);
      await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
      await callee.expectNothing();
    },
  );

  it("accepts the spelling call_cancelling of this section", async () => {
    const roles = rolesWith("callee.progressive_call_invocations", "callee.call_cancelling");
    const { caller, callee } = await begin({}, { roles });
    caller.disconnect();
    expect((await callee.expect(M.INTERRUPT)).options.mode).toBe("killnowait");
  });
});

describe("Progressive Call Invocations: shared registration", () => {
  it("sends all parts to the callee of the first one, whatever the policy", async () => {
    for (const invoke of ["first", "last", "roundrobin", "random"] as const) {
      const router = await createTestRouter();
      const [caller, ...callees] = [await router.join(), await router.join(), await router.join(), await router.join()];
      for (const callee of callees) await callee.register(PROCEDURE, { invoke });
      const request = caller.sendCall(PROCEDURE, { args: [0] }, MORE);
      for (let part = 1; part < 6; part++) continueCall(caller, request, { args: [part] }, part < 5 ? MORE : {});
      await settle();
      expect(callees.map(({ unread }) => unread.length).toSorted()).toEqual([0, 0, 6]);
    }
  });

  it("sends parts to that callee after it has unregistered", async () => {
    const { caller, callee, request, first } = await begin();
    await callee.unregister(first.registration);
    continueCall(caller, request, { args: [2] });
    expect(await callee.expect(M.INVOCATION)).toMatchObject({ request: first.request, payload: { args: [2] } });
    callee.yield(first.request);
    await caller.expect(M.RESULT);
  });
});

describe("Progressive Call Invocations: freezing of options", () => {
  it("applies the options of the first CALL, and ignores later ones", async () => {
    const frozen = { disclose_me: true, receive_progress: true, ppt_scheme: "x_a", ppt_serializer: "cbor" };
    const { caller, callee, request, first } = await begin({}, {}, frozen);
    const { progress: _, ...details } = first.details;
    expect(details).toMatchObject({
      caller: caller.id,
      receive_progress: true,
      ppt_scheme: "x_a",
      ppt_serializer: "cbor",
    });
    const others = {
      disclose_me: false,
      receive_progress: false,
      ppt_scheme: "x_b",
      ppt_keyid: "k",
      timeout: 5,
      _custom: 1,
    };
    continueCall(caller, request, {}, { ...others, ...MORE });
    continueCall(caller, request, {}, others);
    expect((await callee.expect(M.INVOCATION)).details).toEqual({ ...details, progress: true });
    expect((await callee.expect(M.INVOCATION)).details).toEqual(details);
    callee.yield(first.request, {}, MORE);
    expect((await caller.expect(M.RESULT)).details.progress).toBe(true);
  });

  it("a later part neither sets nor restarts a timeout", async () => {
    const { router, caller, callee, request } = await begin({}, {}, { timeout: 100 });
    router.clock.advance(60);
    continueCall(caller, request, {}, { ...MORE, timeout: 10_000 });
    await callee.expect(M.INVOCATION);
    router.clock.advance(40);
    await expectError(caller, M.CALL, request, ErrorUri.TIMEOUT);
    await callee.expect(M.INTERRUPT);
  });

  it("asks for permission once, at the first part", async () => {
    let asked = 0;
    const authorizer: Authorizer = { authorize: (_session, { type }) => type !== "call" || ++asked === 1 };
    const { caller, callee, request, first } = await begin({ realm: { authorizer } });
    continueCall(caller, request, { args: [2] });
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual([2]);
    callee.yield(first.request);
    await caller.expect(M.RESULT);
    await caller.expectNothing();
    expect(asked).toBe(1);
  });
});

describe("Progressive Call Invocations: verification of request ids", () => {
  it.each([
    ["the last part was sent", { first: { progress: true }, last: {} }],
    ["it was not progressive", { first: {}, last: undefined }],
  ])("aborts a caller that continues a call: %s", async (_why, { first, last }) => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    const request = caller.sendCall(PROCEDURE, {}, first);
    if (last !== undefined) continueCall(caller, request, {}, last);
    continueCall(caller, request, {}, MORE);
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });

  it("aborts a caller that continues with another procedure", async () => {
    const { router, caller, callee, request } = await begin();
    await callee.register("com.example.other");
    continueCall(caller, request, {}, MORE, "com.example.other");
    expect(await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION)).toContain(PROCEDURE);
    await callee.expect(M.INTERRUPT);
    await expectNoTrace(router, [callee]);
  });

  it("with strictRequestIds counts new calls only, as in the specification's example", async () => {
    const { caller, callee, request } = await begin({ strictRequestIds: true });
    const other = caller.sendCall(PROCEDURE, { args: ["bar"] });
    expect(other).toBe(request + 1);
    continueCall(caller, request, { args: ["more"] });
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["bar"]);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["more"]);
    caller.send({ type: M.CALL, request: other + 2, options: {}, procedure: PROCEDURE, payload: {} });
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });

  it("with strictRequestIds aborts a caller that continues a call that was not progressive", async () => {
    const { caller, callee, first, request } = await begin({ strictRequestIds: true });
    const plain = caller.sendCall(PROCEDURE);
    callee.yield(first.request);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await settle();
    continueCall(caller, request, {}, MORE);
    await settle();
    expect(caller.closed).toBe(false);
    continueCall(caller, plain, {}, MORE);
    await caller.expectClosed();
  });
});

describe("Progressive Call Invocations: continuations on completed calls", () => {
  const endings: ReadonlyArray<readonly [string, (stream: Stream) => void]> = [
    ["a result", ({ callee, first }) => callee.yield(first.request)],
    ["an error", ({ callee, first }) => callee.fail(first.request, "com.example.error")],
    ["the callee's leaving", ({ callee }) => callee.disconnect()],
    ["CANCEL", ({ caller, request }) => cancel(caller, request)],
    ["the timeout", ({ router }) => router.clock.advance(1000)],
  ];
  it.each(endings.flatMap(([how, end]) => [true, false].map((strict) => [how, strict, end] as const)))(
    "after %s: are discarded without an answer (strictRequestIds: %s)",
    async (_how, strictRequestIds, end) => {
      const stream = await begin({ strictRequestIds }, {}, { timeout: 1000 });
      const { router, caller, request } = stream;
      const other = await router.join();
      await other.register("com.example.other");
      end(stream);
      await caller.next();
      continueCall(caller, request, { args: ["late"] }, MORE);
      continueCall(caller, request, { args: ["later"] });
      continueCall(caller, request, { args: ["elsewhere"] }, {}, "com.example.other");
      await expectAlive(caller);
      await other.expectNothing();
    },
  );

  const refusals: ReadonlyArray<readonly [string, string, CallOptions, string]> = [
    ["there was no such procedure", "com.example.nothing", {}, ErrorUri.NO_SUCH_PROCEDURE],
    ["it was not authorized", "com.example.forbidden", {}, ErrorUri.NOT_AUTHORIZED],
    ["the URI was invalid", "com..invalid", {}, ErrorUri.INVALID_URI],
    ["an option was", PROCEDURE, { runmode: "all" }, ErrorUri.OPTION_NOT_ALLOWED],
    ["the callee could not", "com.example.plain", {}, ErrorUri.FEATURE_NOT_SUPPORTED],
  ];
  it.each(refusals.flatMap((refusal) => [true, false].map((strict) => [...refusal, strict] as const)))(
    "after a refusal are discarded: %s",
    async (_why, procedure, options, error, strictRequestIds) => {
      const authorizer: Authorizer = { authorize: async (_session, { uri }) => uri !== "com.example.forbidden" };
      const router = await createTestRouter({ strictRequestIds, realm: { authorizer } });
      const [caller, callee, plain] = [
        await router.join(),
        await router.join(),
        await router.join({ roles: rolesWith() }),
      ];
      await callee.register(PROCEDURE);
      await plain.register("com.example.plain");
      const request = caller.sendCall(procedure, {}, { ...options, ...MORE });
      for (const last of [MORE, MORE, {}]) continueCall(caller, request, { args: ["chunk"] }, last, procedure);
      await expectError(caller, M.CALL, request, error);
      await expectAlive(caller);
      await callee.expectNothing();
      await plain.expectNothing();
    },
  );
});

describe("Progressive Call Invocations: exactly one final answer", () => {
  /** A codec that cannot encode one value. */
  const pickyCodec = jsonVariant({
    encode(message) {
      if (message.type === M.INVOCATION && message.payload.args?.[0] === "too much") throw new Error("does not fit");
      return json.encode(message);
    },
  });

  it("a later part that cannot be encoded for the callee: the call fails, and the callee is interrupted", async () => {
    const { router, caller, callee, request, first } = await begin({}, { codec: pickyCodec });
    continueCall(caller, request, { args: ["too much"] }, MORE);
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: first.request, options: { mode: "killnowait" } });
    callee.yield(first.request);
    continueCall(caller, request, { args: ["more"] });
    await caller.expectNothing();
    await callee.expectNothing();
    await expectNoTrace(router, [caller, callee]);
  });

  it("a first part that cannot be encoded for the callee: the call fails, and nothing is left", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join({ codec: pickyCodec })];
    await callee.register(PROCEDURE, { concurrency: 1 });
    const request = caller.sendCall(PROCEDURE, { args: ["too much"] }, MORE);
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    caller.sendCall(PROCEDURE, { args: ["fits"] });
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["fits"]);
  });

  it("after kill: later parts are discarded, and the callee's answer is passed on", async () => {
    const { caller, callee, request, first } = await begin();
    cancel(caller, request, "kill");
    await callee.expect(M.INTERRUPT);
    continueCall(caller, request, { args: ["late"] }, MORE);
    continueCall(caller, request, { args: ["last"] });
    await callee.expectNothing();
    callee.fail(first.request, ErrorUri.CANCELED);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
  });

  it("the caller leaves: INTERRUPT with mode killnowait", async () => {
    const { router, caller, callee, request, first } = await begin();
    continueCall(caller, request, {}, MORE);
    await callee.expect(M.INVOCATION);
    await caller.leave();
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: first.request, options: { mode: "killnowait" } });
    await expectNoTrace(router, [caller, callee]);
  });

  it("the callee leaves: ERROR wamp.error.canceled", async () => {
    const { router, caller, callee, request } = await begin();
    await callee.leave();
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await expectNoTrace(router, [caller, callee]);
  });
});
