import { ErrorUri, isId, MAX_ID, MAX_URI_LENGTH, MessageType as M, type Id } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  callerAndCallee,
  createTestRouter,
  expectAbort,
  expectError,
  FAILURE,
  MATCH_POLICIES,
  Probe,
  PROCEDURE,
  REALM,
  sendText,
  textOf,
} from "../support/index.js";

describe("Registering: REGISTER and REGISTERED", () => {
  it("REGISTERED repeats the request id and returns the registration id", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, `[64,25349185,{},"${PROCEDURE}"]`);
    const { registration } = await client.expect(M.REGISTERED);
    expect(isId(registration)).toBe(true);
    expect(textOf(client.frames.at(-1))).toBe(`[65,25349185,${registration}]`);
  });

  it("Register ERROR: procedure_already_exists for a second callee, also in the same session", async () => {
    const { caller, callee } = await callerAndCallee();
    for (const client of [caller, callee]) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: {}, procedure: PROCEDURE });
      expect(await expectError(client, M.REGISTER, request, ErrorUri.PROCEDURE_ALREADY_EXISTS)).toContain(PROCEDURE);
    }
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
  });

  it("the same URI can be registered once for each match policy", async () => {
    const client = await (await createTestRouter()).join();
    const ids = [];
    for (const match of MATCH_POLICIES) ids.push(await client.register(PROCEDURE, { match }));
    expect(new Set(ids).size).toBe(3);
    for (const match of MATCH_POLICIES) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: { match }, procedure: PROCEDURE });
      await expectError(client, M.REGISTER, request, ErrorUri.PROCEDURE_ALREADY_EXISTS);
    }
  });

  it.each(MATCH_POLICIES)("Register ERROR: invalid_uri for a procedure that is invalid for match %s", async (match) => {
    const client = await (await createTestRouter()).join();
    const more = { exact: ["", ".", "a..b", "a."], prefix: [".", "a..b", ".a"], wildcard: ["a.#"] };
    for (const procedure of ["a b", "a#b", "x".repeat(MAX_URI_LENGTH + 1), ...more[match]]) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: { match }, procedure });
      await expectError(client, M.REGISTER, request, ErrorUri.INVALID_URI);
    }
  });

  it.each(MATCH_POLICIES)("Reserved URIs: clients cannot register under wamp. with match %s", async (match) => {
    const client = await (await createTestRouter()).join();
    for (const procedure of [
      "wamp",
      "wamp.session.count",
      ...(match === "prefix" ? ["wamp."] : []),
      ...(match === "wildcard" ? ["wamp.."] : []),
    ]) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: { match }, procedure });
      await expectError(client, M.REGISTER, request, ErrorUri.INVALID_URI);
    }
    await client.register("wampum.procedure", { match });
  });
});

describe("Unregistering: UNREGISTER and UNREGISTERED", () => {
  it("UNREGISTERED repeats the request id, and the procedure is free for others", async () => {
    const { caller, callee, registration } = await callerAndCallee();
    sendText(callee, `[66,788923562,${registration}]`);
    await callee.expect(M.UNREGISTERED);
    expect(textOf(callee.frames.at(-1))).toBe("[67,788923562]");
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
    expect(await caller.register(PROCEDURE)).not.toBe(registration);
  });

  it("Unregister ERROR: no_such_registration for an unknown id, an id of another session, and the second time", async () => {
    const { router, caller, callee, registration } = await callerAndCallee();
    const stranger = await router.join();
    const refused = async (client: WireSession, id: Id): Promise<void> => {
      const request = client.nextRequest();
      client.send({ type: M.UNREGISTER, request, registration: id });
      await expectError(client, M.UNREGISTER, request, ErrorUri.NO_SUCH_REGISTRATION);
    };
    for (const id of [registration + 1, MAX_ID]) await refused(callee, id);
    await refused(stranger, registration);
    caller.sendCall(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    await callee.unregister(registration);
    await refused(callee, registration);
  });

  it("calls in progress are still answered", async () => {
    const { caller, callee, registration } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    callee.yield(1, { args: ["late"] });
    callee.fail(2, FAILURE);
    expect((await caller.expect(M.RESULT)).payload.args).toEqual(["late"]);
    expect((await caller.expect(M.ERROR)).error).toBe(FAILURE);
  });
});

describe("Calling: CALL, INVOCATION, YIELD, RESULT", () => {
  it("CALL becomes INVOCATION, YIELD becomes RESULT, each with its own request id", async () => {
    const { caller, callee, registration } = await callerAndCallee();
    sendText(caller, `[48,7814135,{},"${PROCEDURE}"]`);
    const { request } = await callee.expect(M.INVOCATION);
    expect(textOf(callee.frames.at(-1))).toBe(`[68,${request},${registration},{}]`);
    sendText(callee, `[70,${request},{}]`);
    await caller.expect(M.RESULT);
    expect(textOf(caller.frames.at(-1))).toBe("[50,7814135,{}]");
    await callee.expectNothing();
    await caller.expectNothing();
  });

  it("IDs: INVOCATION request ids count up from 1 for each callee", async () => {
    const { router, caller, callee } = await callerAndCallee();
    const [second, other] = [await router.join(), await router.join()];
    await second.register("com.example.second");
    for (let turn = 1; turn <= 5; turn++) {
      for (const client of [caller, other]) client.sendCall(PROCEDURE);
      caller.sendCall("com.example.second");
      expect((await callee.expect(M.INVOCATION)).request).toBe(2 * turn - 1);
      expect((await callee.expect(M.INVOCATION)).request).toBe(2 * turn);
      expect((await second.expect(M.INVOCATION)).request).toBe(turn);
    }
  });

  it("IDs: INVOCATION request ids count from 1 again after a new HELLO on the same transport", async () => {
    const { caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.leave();
    await callee.join(REALM);
    await callee.register(PROCEDURE);
    await caller.expect(M.ERROR);
    caller.sendCall(PROCEDURE);
    expect((await callee.expect(M.INVOCATION)).request).toBe(1);
  });

  it("many calls can be in progress, and each answer reaches its caller in any order", async () => {
    const { router, caller, callee } = await callerAndCallee();
    const other = await router.join();
    const calls = Array.from({ length: 20 }, (_, index) => {
      const client = index % 2 === 0 ? caller : other;
      return { client, request: client.sendCall(PROCEDURE, { args: [index] }) };
    });
    const invocations = [];
    for (const _call of calls) invocations.push(await callee.expect(M.INVOCATION));
    for (const { request, payload } of invocations.toReversed())
      callee.yield(request, { args: [`result ${payload.args?.[0]}`] });
    await settle();
    for (const client of [caller, other]) {
      const expected = calls
        .map((call, index) => [call.request, `result ${index}`, call.client] as const)
        .filter(([, , who]) => who === client);
      for (const [request, result] of expected.toReversed())
        expect(await client.expect(M.RESULT)).toMatchObject({ request, payload: { args: [result] } });
    }
  });

  it("a callee may call itself", async () => {
    const { callee } = await callerAndCallee();
    const request = callee.sendCall(PROCEDURE, { args: [1] });
    const invocation = await callee.expect(M.INVOCATION);
    expect(invocation.payload.args).toEqual([1]);
    callee.yield(invocation.request, { args: [2] });
    expect(await callee.expect(M.RESULT)).toMatchObject({ request, payload: { args: [2] } });
  });

  it("after a RESULT the caller may use the request id again", async () => {
    const { caller, callee } = await callerAndCallee();
    for (let turn = 0; turn < 3; turn++) {
      sendText(caller, `[48,1,{},"${PROCEDURE}"]`);
      callee.yield((await callee.expect(M.INVOCATION)).request, { args: [turn] });
      expect((await caller.expect(M.RESULT)).payload.args).toEqual([turn]);
    }
  });

  it("a request id of a call in progress: ABORT protocol_violation", async () => {
    const { caller, callee } = await callerAndCallee();
    sendText(caller, `[48,1,{},"${PROCEDURE}"]`);
    sendText(caller, `[48,1,{},"${PROCEDURE}"]`);
    expect(await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION)).toContain("CALL.Request");
    await callee.expect(M.INVOCATION);
    callee.yield(1);
    await settle();
    expect(callee.closed).toBe(false);
  });

  it("the caller is not disclosed by default: Details are empty for an exact registration", async () => {
    const { caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE, {}, { _custom: 1, made_up: "x" });
    expect((await callee.expect(M.INVOCATION)).details).toEqual({});
  });
});

describe("Calling: ERROR", () => {
  it("Invocation ERROR becomes Call ERROR with the callee's URI, details and payload", async () => {
    const { caller, callee } = await callerAndCallee();
    const request = caller.sendCall(PROCEDURE);
    const payload = { args: ["Object is write protected."], kwargs: { severity: 3 } };
    callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, payload, { hint: "ask" });
    const answer = await caller.expect(M.ERROR);
    expect(answer).toMatchObject({ requestType: M.CALL, request, details: { hint: "ask" }, error: FAILURE, payload });
  });

  it("Call ERROR: no_such_procedure, without an INVOCATION", async () => {
    const { caller, callee } = await callerAndCallee();
    for (const procedure of [`${PROCEDURE}.sub`, "com.example", "com.example.Procedure", "wamp.session.count"])
      expect(await expectError(caller, M.CALL, caller.sendCall(procedure), ErrorUri.NO_SUCH_PROCEDURE)).toContain(
        procedure,
      );
    await callee.expectNothing();
  });

  it("Call ERROR: invalid_uri for an invalid procedure", async () => {
    const { caller } = await callerAndCallee();
    for (const procedure of ["", ".", "a..b", "a.", "a b", "a#b", "x".repeat(MAX_URI_LENGTH + 1)])
      await expectError(caller, M.CALL, caller.sendCall(procedure), ErrorUri.INVALID_URI);
  });

  it("an Invocation ERROR with an invalid URI becomes invalid_uri for the caller (spec: Incorrect URIs)", async () => {
    const { caller, callee } = await callerAndCallee();
    for (const error of ["", "not a uri", "a..b", "x".repeat(MAX_URI_LENGTH + 1)]) {
      const request = caller.sendCall(PROCEDURE);
      callee.fail((await callee.expect(M.INVOCATION)).request, error, { args: ["why"] });
      const answer = await caller.expect(M.ERROR);
      expect(answer).toMatchObject({ request, error: ErrorUri.INVALID_URI });
    }
  });
});

describe("Registrations: events for plugins", () => {
  it("registrationCreated, calleeAdded, calleeRemoved, registrationDeleted, in this order", async () => {
    const order: string[] = [];
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    for (const event of ["registrationCreated", "calleeAdded", "calleeRemoved", "registrationDeleted"] as const)
      probe.realm.on(event, (registration, session) => order.push(`${event} ${registration.uri} ${session.session}`));
    const client = await router.join();
    const id = await client.register(PROCEDURE);
    const { registrations } = probe.realm;
    expect(await registrations.get(id)).toMatchObject({
      id,
      uri: PROCEDURE,
      match: "exact",
      invoke: "single",
      created: 0,
    });
    expect(await registrations.members(id)).toEqual([client.id]);
    expect(await registrations.match(PROCEDURE)).toHaveLength(1);
    await client.unregister(id);
    expect(order).toEqual([
      `registrationCreated ${PROCEDURE} ${client.id}`,
      `calleeAdded ${PROCEDURE} ${client.id}`,
      `calleeRemoved ${PROCEDURE} ${client.id}`,
      `registrationDeleted ${PROCEDURE} ${client.id}`,
    ]);
    expect(await registrations.members(id)).toBeUndefined();
    expect(await registrations.match(PROCEDURE)).toEqual([]);
  });
});
