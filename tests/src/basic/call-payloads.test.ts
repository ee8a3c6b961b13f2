import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { describe, expect, it } from "vitest";
import {
  ARGS,
  callerAndCallee,
  CODEC_PAIRS,
  expectError,
  FAILURE,
  KWARGS,
  pickyCodec,
  PROCEDURE,
  REALM,
  sendText,
  textOf,
} from "../support/index.js";

describe("Calling: payloads", () => {
  it.each([
    ["nothing", "", ""],
    ["arguments", ',["Hello, world!"]', ',["Hello, world!"]'],
    ["both kinds", ',["johnny"],{"firstname":"John"}', ',["johnny"],{"firstname":"John"}'],
    ["keyword arguments", ',[],{"userid":123}', ',[],{"userid":123}'],
    ["empty arguments", ",[]", ""],
    ["empty arguments and keyword arguments", ",[],{}", ""],
    ["arguments and empty keyword arguments", ",[30],{}", ",[30]"],
    ["numbers beyond every double", ",[12345678901234567890123,1.00]", ",[12345678901234567890123,1.00]"],
    ["text beyond ASCII", ',["ü€😀"],{"ß":"é"}', ',["ü€😀"],{"ß":"é"}'],
  ])(
    "%s in CALL, YIELD and ERROR is passed on byte for byte, without empty elements",
    async (_what, sent, received) => {
      const { caller, callee, registration } = await callerAndCallee();
      sendText(caller, `[48,1,{},"${PROCEDURE}"${sent}]`);
      await callee.expect(M.INVOCATION);
      expect(textOf(callee.frames.at(-1))).toBe(`[68,1,${registration},{}${received}]`);
      sendText(callee, `[70,1,{}${sent}]`);
      await caller.expect(M.RESULT);
      expect(textOf(caller.frames.at(-1))).toBe(`[50,1,{}${received}]`);
      sendText(caller, `[48,2,{},"${PROCEDURE}"]`);
      await callee.expect(M.INVOCATION);
      sendText(callee, `[8,68,2,{},"${FAILURE}"${sent}]`);
      await caller.expect(M.ERROR);
      expect(textOf(caller.frames.at(-1))).toBe(`[8,48,2,{},"${FAILURE}"${received}]`);
    },
  );

  it.each(CODEC_PAIRS)(
    "caller with %s, callee with %s: both get the same values",
    async (_from, _to, callers, callees) => {
      const { caller, callee } = await callerAndCallee(callers, callees);
      caller.sendCall(PROCEDURE, { args: ARGS, kwargs: KWARGS });
      const invocation = await callee.expect(M.INVOCATION);
      expect([invocation.payload.args, invocation.payload.kwargs]).toEqual([ARGS, KWARGS]);
      callee.yield(invocation.request, { args: ARGS, kwargs: KWARGS });
      const { payload } = await caller.expect(M.RESULT);
      expect([payload.args, payload.kwargs]).toEqual([ARGS, KWARGS]);
      caller.sendCall(PROCEDURE);
      callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, { args: ARGS, kwargs: KWARGS });
      const failed = await caller.expect(M.ERROR);
      expect([failed.payload.args, failed.payload.kwargs]).toEqual([ARGS, KWARGS]);
    },
  );

  it("arguments that the callee's codec cannot encode: the caller gets ERROR invalid_argument, the callee nothing", async () => {
    const { router, caller, callee } = await callerAndCallee(json, pickyCodec);
    const request = caller.sendCall(PROCEDURE, { args: ["unencodable"] });
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    await callee.expectNothing();
    expect(router.stats(REALM)!.undeliverable).toBe(1);
    caller.sendCall(PROCEDURE, { args: ["bread"] });
    const invocation = await callee.expect(M.INVOCATION);
    // The request ids of a callee have no gaps, although one INVOCATION was not sent (spec: IDs, session scope).
    expect(invocation.request).toBe(1);
    callee.yield(invocation.request);
    await caller.expect(M.RESULT);
  });

  it("more arguments that the callee's codec cannot encode: ERROR invalid_argument ends the call", async () => {
    const { caller, callee } = await callerAndCallee(json, pickyCodec);
    sendText(caller, `[48,1,{"progress":true},"${PROCEDURE}",["bread"]]`);
    await callee.expect(M.INVOCATION);
    sendText(caller, `[48,1,{"progress":true},"${PROCEDURE}",["unencodable"]]`);
    await expectError(caller, M.CALL, 1, ErrorUri.INVALID_ARGUMENT);
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: 1, options: { mode: "killnowait" } });
    callee.yield(1);
    await caller.expectNothing();
  });

  it("a result that the caller's codec cannot encode: ERROR invalid_argument ends the call", async () => {
    const { caller, callee } = await callerAndCallee(pickyCodec, json);
    const request = caller.sendCall(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: ["unencodable"] });
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    callee.yield(1);
    await caller.expectNothing();
    await callee.expectNothing();
    expect(callee.closed).toBe(false);
  });

  it("an error that the caller's codec cannot encode: ERROR with the same URI", async () => {
    const { caller, callee } = await callerAndCallee(pickyCodec, json);
    const request = caller.sendCall(PROCEDURE);
    callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, { args: ["unencodable"] });
    await expectError(caller, M.CALL, request, FAILURE);
  });
});
