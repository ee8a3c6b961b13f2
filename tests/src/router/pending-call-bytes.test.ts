import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, expectNoTrace, PROCEDURE } from "../support/index.js";

const payload = { args: ["x".repeat(400)] };
const open = () => createTestRouter({ limits: { pendingCallBytesPerSession: 1000 } });

describe("pendingCallBytesPerSession", () => {
  it("waiting calls: one more gets ERROR; a served call makes room; each session has its own limit", async () => {
    const router = await open();
    const [caller, other, callee] = [await router.join(), await router.join(), await router.join()];
    await callee.register(PROCEDURE, { concurrency: 1 });
    for (let call = 0; call < 3; call++) caller.sendCall(PROCEDURE, payload);
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE, payload), ErrorUri.LIMIT_EXCEEDED);
    other.sendCall(PROCEDURE, payload);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    caller.sendCall(PROCEDURE, payload);
    for (let call = 0; call < 4; call++) {
      const invocation = await callee.expect(M.INVOCATION);
      expect(invocation.payload.args).toEqual(payload.args);
      callee.yield(invocation.request);
    }
    for (let call = 0; call < 3; call++) await caller.expect(M.RESULT);
    await other.expect(M.RESULT);
    expect(router.metrics.get("limit_pending_call_bytes_per_session")).toBe(1);
    await expectNoTrace(router, [caller, other, callee]);
  });

  it("invoked calls do not count", async () => {
    const router = await open();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    for (let call = 0; call < 10; call++) caller.sendCall(PROCEDURE, payload);
    for (let call = 0; call < 10; call++) callee.yield((await callee.expect(M.INVOCATION)).request);
    for (let call = 0; call < 10; call++) await caller.expect(M.RESULT);
  });

  it("options count as long as the call", async () => {
    const router = await open();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    const options = { rkey: "x".repeat(600) };
    caller.sendCall(PROCEDURE, {}, options);
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE, {}, options), ErrorUri.LIMIT_EXCEEDED);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    caller.sendCall(PROCEDURE, {}, options);
    await callee.expect(M.INVOCATION);
  });

  it("a call beyond the limit is still made, but cannot be re-routed", async () => {
    const router = await open();
    const [caller, first, second] = [await router.join(), await router.join(), await router.join()];
    for (const callee of [first, second]) await callee.register(PROCEDURE, { invoke: "first" });
    for (let call = 0; call < 3; call++) caller.sendCall(PROCEDURE, payload);
    await settle();
    for (let call = 0; call < 3; call++) first.fail((await first.expect(M.INVOCATION)).request, ErrorUri.UNAVAILABLE);
    for (let call = 0; call < 2; call++) second.yield((await second.expect(M.INVOCATION)).request);
    const answers = [await caller.next(), await caller.next(), await caller.next()];
    expect(answers.map(({ type }) => type).toSorted((a, b) => a - b)).toEqual([M.ERROR, M.RESULT, M.RESULT]);
    expect(answers.find(({ type }) => type === M.ERROR)).toMatchObject({ error: ErrorUri.NO_AVAILABLE_CALLEE });
    await expectNoTrace(router, [caller, first, second]);
  });

  it("a caller that leaves removes its calls", async () => {
    const router = await open();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE, { concurrency: 1 });
    for (let call = 0; call < 3; call++) caller.sendCall(PROCEDURE, payload);
    await settle();
    await expectNoTrace(router, [caller, callee]);
  });
});
