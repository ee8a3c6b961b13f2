import {
  ErrorUri,
  isId,
  MAX_ID,
  MAX_URI_LENGTH,
  MessageType as M,
  type Codec,
  type Id,
  type MatchPolicy,
} from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  ARGS,
  CODEC_PAIRS,
  expectAbort,
  expectError,
  expectNoTrace,
  KWARGS,
  openStage,
  picky,
  Probe,
  REALM,
  say,
  textOf,
  type Stage,
} from "./harness.js";

const PROCEDURE = "com.example.procedure";
const FAILURE = "com.example.error.failure";
const POLICIES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

interface Parties {
  readonly stage: Stage;
  readonly probe: Probe;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly registration: Id;
}

/** A stage with a caller and a callee of the procedure. */
async function pair(callers: Codec = json, callees: Codec = json): Promise<Parties> {
  const probe = new Probe();
  const stage = await openStage({ realm: { plugins: [probe] } });
  const [caller, callee] = [await stage.join(REALM, callers), await stage.join(REALM, callees)];
  return { stage, probe, caller, callee, registration: await callee.register(PROCEDURE) };
}

describe("Registering: REGISTER and REGISTERED", () => {
  it("REGISTERED mirrors the request id and gives the registration's id", async () => {
    const client = await (await openStage()).join();
    say(client, `[64,25349185,{},"${PROCEDURE}"]`);
    const { registration } = await client.expect(M.REGISTERED);
    expect(isId(registration)).toBe(true);
    expect(textOf(client.frames.at(-1))).toBe(`[65,25349185,${registration}]`);
  });

  it("Register ERROR: procedure_already_exists for the second one, be it the same session", async () => {
    const { caller, callee } = await pair();
    for (const client of [caller, callee]) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: {}, procedure: PROCEDURE });
      expect(await expectError(client, M.REGISTER, request, ErrorUri.PROCEDURE_ALREADY_EXISTS)).toContain(PROCEDURE);
    }
    caller.call(PROCEDURE);
    await callee.expect(M.INVOCATION);
  });

  it("match policies do not get in one another's way: the same URI once for each", async () => {
    const client = await (await openStage()).join();
    const ids = [];
    for (const match of POLICIES) ids.push(await client.register(PROCEDURE, { match }));
    expect(new Set(ids).size).toBe(3);
    for (const match of POLICIES) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: { match }, procedure: PROCEDURE });
      await expectError(client, M.REGISTER, request, ErrorUri.PROCEDURE_ALREADY_EXISTS);
    }
  });

  it.each(POLICIES)("Register ERROR: invalid_uri for a procedure that is no URI to match %s", async (match) => {
    const client = await (await openStage()).join();
    const more = { exact: ["", ".", "a..b", "a."], prefix: [".", "a..b", ".a"], wildcard: ["a.#"] };
    for (const procedure of ["a b", "a#b", "x".repeat(MAX_URI_LENGTH + 1), ...more[match]]) {
      const request = client.nextRequest();
      client.send({ type: M.REGISTER, request, options: { match }, procedure });
      await expectError(client, M.REGISTER, request, ErrorUri.INVALID_URI);
    }
  });

  it.each(POLICIES)("Reserved URIs: clients do not register under wamp, to match %s", async (match) => {
    const client = await (await openStage()).join();
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
  it("UNREGISTERED mirrors the request id, the procedure is gone and free for others", async () => {
    const { caller, callee, registration } = await pair();
    say(callee, `[66,788923562,${registration}]`);
    await callee.expect(M.UNREGISTERED);
    expect(textOf(callee.frames.at(-1))).toBe("[67,788923562]");
    await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
    expect(await caller.register(PROCEDURE)).not.toBe(registration);
  });

  it("Unregister ERROR: no_such_registration for an id that nobody has, twice, and that of a stranger", async () => {
    const { stage, caller, callee, registration } = await pair();
    const stranger = await stage.join();
    const refused = async (client: WireSession, id: Id): Promise<void> => {
      const request = client.nextRequest();
      client.send({ type: M.UNREGISTER, request, registration: id });
      await expectError(client, M.UNREGISTER, request, ErrorUri.NO_SUCH_REGISTRATION);
    };
    for (const id of [registration + 1, MAX_ID]) await refused(callee, id);
    await refused(stranger, registration);
    caller.call(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    await callee.unregister(registration);
    await refused(callee, registration);
  });

  it("calls that are under way are still answered", async () => {
    const { caller, callee, registration } = await pair();
    caller.call(PROCEDURE);
    caller.call(PROCEDURE);
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
  it("CALL becomes INVOCATION, YIELD becomes RESULT, each under its own request id", async () => {
    const { caller, callee, registration } = await pair();
    say(caller, `[48,7814135,{},"${PROCEDURE}"]`);
    const { request } = await callee.expect(M.INVOCATION);
    expect(textOf(callee.frames.at(-1))).toBe(`[68,${request},${registration},{}]`);
    say(callee, `[70,${request},{}]`);
    await caller.expect(M.RESULT);
    expect(textOf(caller.frames.at(-1))).toBe("[50,7814135,{}]");
    await callee.expectNothing();
    await caller.expectNothing();
  });

  it("IDs: INVOCATION request ids count from 1 by one for each callee, whoever calls", async () => {
    const { stage, caller, callee } = await pair();
    const [second, other] = [await stage.join(), await stage.join()];
    await second.register("com.example.second");
    for (let turn = 1; turn <= 5; turn++) {
      for (const client of [caller, other]) client.call(PROCEDURE);
      caller.call("com.example.second");
      expect((await callee.expect(M.INVOCATION)).request).toBe(2 * turn - 1);
      expect((await callee.expect(M.INVOCATION)).request).toBe(2 * turn);
      expect((await second.expect(M.INVOCATION)).request).toBe(turn);
    }
  });

  it("IDs: a callee that joins again on the same transport counts from 1 again", async () => {
    const { caller, callee } = await pair();
    caller.call(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.leave();
    await callee.join(REALM);
    await callee.register(PROCEDURE);
    await caller.expect(M.ERROR);
    caller.call(PROCEDURE);
    expect((await callee.expect(M.INVOCATION)).request).toBe(1);
  });

  it("many calls may be outstanding, and each answer finds its caller, in whatever order they come", async () => {
    const { stage, caller, callee } = await pair();
    const other = await stage.join();
    const calls = Array.from({ length: 20 }, (_, index) => {
      const client = index % 2 === 0 ? caller : other;
      return { client, request: client.call(PROCEDURE, { args: [index] }) };
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
    const { callee } = await pair();
    const request = callee.call(PROCEDURE, { args: [1] });
    const invocation = await callee.expect(M.INVOCATION);
    expect(invocation.payload.args).toEqual([1]);
    callee.yield(invocation.request, { args: [2] });
    expect(await callee.expect(M.RESULT)).toMatchObject({ request, payload: { args: [2] } });
  });

  it("a RESULT is final: the caller may use the request id again", async () => {
    const { caller, callee } = await pair();
    for (let turn = 0; turn < 3; turn++) {
      say(caller, `[48,1,{},"${PROCEDURE}"]`);
      callee.yield((await callee.expect(M.INVOCATION)).request, { args: [turn] });
      expect((await caller.expect(M.RESULT)).payload.args).toEqual([turn]);
    }
  });

  it("a request id that is in use by a call without an answer: ABORT protocol_violation", async () => {
    const { caller, callee } = await pair();
    say(caller, `[48,1,{},"${PROCEDURE}"]`);
    say(caller, `[48,1,{},"${PROCEDURE}"]`);
    expect(await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION)).toContain("CALL.Request");
    await callee.expect(M.INVOCATION);
    callee.yield(1);
    await settle();
    expect(callee.closed).toBe(false);
  });

  it("the caller is not disclosed unless somebody asks for it: Details are empty for an exact registration", async () => {
    const { caller, callee } = await pair();
    caller.call(PROCEDURE, {}, { _custom: 1, made_up: "x" });
    expect((await callee.expect(M.INVOCATION)).details).toEqual({});
  });
});

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
    "%s in CALL, YIELD and ERROR goes through byte for byte, and empty elements are not sent",
    async (_what, sent, received) => {
      const { caller, callee, registration } = await pair();
      say(caller, `[48,1,{},"${PROCEDURE}"${sent}]`);
      await callee.expect(M.INVOCATION);
      expect(textOf(callee.frames.at(-1))).toBe(`[68,1,${registration},{}${received}]`);
      say(callee, `[70,1,{}${sent}]`);
      await caller.expect(M.RESULT);
      expect(textOf(caller.frames.at(-1))).toBe(`[50,1,{}${received}]`);
      say(caller, `[48,2,{},"${PROCEDURE}"]`);
      await callee.expect(M.INVOCATION);
      say(callee, `[8,68,2,{},"${FAILURE}"${sent}]`);
      await caller.expect(M.ERROR);
      expect(textOf(caller.frames.at(-1))).toBe(`[8,48,2,{},"${FAILURE}"${received}]`);
    },
  );

  it.each(CODEC_PAIRS)(
    "caller with %s, callee with %s: the same values both ways",
    async (_from, _to, callers, callees) => {
      const { caller, callee } = await pair(callers, callees);
      caller.call(PROCEDURE, { args: ARGS, kwargs: KWARGS });
      const invocation = await callee.expect(M.INVOCATION);
      expect([invocation.payload.args, invocation.payload.kwargs]).toEqual([ARGS, KWARGS]);
      callee.yield(invocation.request, { args: ARGS, kwargs: KWARGS });
      const { payload } = await caller.expect(M.RESULT);
      expect([payload.args, payload.kwargs]).toEqual([ARGS, KWARGS]);
      caller.call(PROCEDURE);
      callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, { args: ARGS, kwargs: KWARGS });
      const failed = await caller.expect(M.ERROR);
      expect([failed.payload.args, failed.payload.kwargs]).toEqual([ARGS, KWARGS]);
    },
  );

  it("arguments that the callee's codec cannot carry: ERROR invalid_argument, and the callee hears nothing", async () => {
    const { stage, caller, callee } = await pair(json, picky);
    const request = caller.call(PROCEDURE, { args: ["poison"] });
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    await callee.expectNothing();
    expect(stage.metrics.get("messages_undeliverable")).toBe(1);
    caller.call(PROCEDURE, { args: ["bread"] });
    const invocation = await callee.expect(M.INVOCATION);
    // The ids that the callee sees count by one, whatever it did not see (spec: IDs, session scope).
    expect(invocation.request).toBe(1);
    callee.yield(invocation.request);
    await caller.expect(M.RESULT);
  });

  it("more arguments that the callee's codec cannot carry: ERROR invalid_argument, once, and the call is over", async () => {
    const { caller, callee } = await pair(json, picky);
    say(caller, `[48,1,{"progress":true},"${PROCEDURE}",["bread"]]`);
    await callee.expect(M.INVOCATION);
    say(caller, `[48,1,{"progress":true},"${PROCEDURE}",["poison"]]`);
    await expectError(caller, M.CALL, 1, ErrorUri.INVALID_ARGUMENT);
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: 1, options: { mode: "killnowait" } });
    callee.yield(1);
    await caller.expectNothing();
  });

  it("a result that the caller's codec cannot carry: ERROR invalid_argument, and the call is over", async () => {
    const { caller, callee } = await pair(picky, json);
    const request = caller.call(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: ["poison"] });
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
    callee.yield(1);
    await caller.expectNothing();
    await callee.expectNothing();
    expect(callee.closed).toBe(false);
  });

  it("an error that the caller's codec cannot carry: ERROR with the same URI", async () => {
    const { caller, callee } = await pair(picky, json);
    const request = caller.call(PROCEDURE);
    callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, { args: ["poison"] });
    await expectError(caller, M.CALL, request, FAILURE);
  });
});

describe("Calling: ERROR", () => {
  it("Invocation ERROR becomes Call ERROR with URI, details and payload of the callee", async () => {
    const { caller, callee } = await pair();
    const request = caller.call(PROCEDURE);
    const payload = { args: ["Object is write protected."], kwargs: { severity: 3 } };
    callee.fail((await callee.expect(M.INVOCATION)).request, FAILURE, payload, { hint: "ask" });
    const answer = await caller.expect(M.ERROR);
    expect(answer).toMatchObject({ requestType: M.CALL, request, details: { hint: "ask" }, error: FAILURE, payload });
  });

  it("Call ERROR: no_such_procedure, before anybody is asked", async () => {
    const { caller, callee } = await pair();
    for (const procedure of [`${PROCEDURE}.sub`, "com.example", "com.example.Procedure", "wamp.session.count"])
      expect(await expectError(caller, M.CALL, caller.call(procedure), ErrorUri.NO_SUCH_PROCEDURE)).toContain(
        procedure,
      );
    await callee.expectNothing();
  });

  it("Call ERROR: invalid_uri for a procedure that is no URI", async () => {
    const { caller } = await pair();
    for (const procedure of ["", ".", "a..b", "a.", "a b", "a#b", "x".repeat(MAX_URI_LENGTH + 1)])
      await expectError(caller, M.CALL, caller.call(procedure), ErrorUri.INVALID_URI);
  });

  it("an Invocation ERROR whose URI is none does not reach the caller as it is (spec: Incorrect URIs)", async () => {
    const { caller, callee } = await pair();
    for (const error of ["", "not a uri", "a..b", "x".repeat(MAX_URI_LENGTH + 1)]) {
      const request = caller.call(PROCEDURE);
      callee.fail((await callee.expect(M.INVOCATION)).request, error, { args: ["why"] });
      const answer = await caller.expect(M.ERROR);
      expect(answer).toMatchObject({ request, error: ErrorUri.INVALID_URI });
    }
  });
});

describe("Caller Leaving During an RPC Invocation", () => {
  const endings: ReadonlyArray<readonly [how: string, end: (client: WireSession) => unknown]> = [
    ["GOODBYE", (client) => client.leave()],
    ["a lost transport", (client) => client.disconnect()],
    ["ABORT", (client) => say(client, '[3,{},"com.example.enough"]')],
  ];

  it.each(endings)("after %s a YIELD or ERROR for its calls is discarded", async (_how, end) => {
    const { stage, probe, caller, callee } = await pair();
    caller.call(PROCEDURE);
    caller.call(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.expect(M.INVOCATION);
    await end(caller);
    await settle();
    callee.yield(1);
    callee.fail(2, FAILURE);
    callee.yield(1, {}, { progress: true });
    await settle();
    expect(callee.closed).toBe(false);
    expect((await probe.counts()).sessions).toBe(1);
    const next = await stage.join();
    next.call(PROCEDURE);
    await settle();
    expect(textOf(callee.frames.at(-1))).toMatch(/^\[68,3,/);
    callee.yield(3);
    await next.expect(M.RESULT);
  });

  it("INTERRUPT killnowait goes to a callee that announced call canceling, and to no other", async () => {
    const { stage, caller, callee } = await pair();
    const plain = stage.connect();
    await plain.join(REALM, { roles: { callee: {} } });
    await plain.register("com.example.plain");
    caller.call(PROCEDURE);
    caller.call("com.example.plain");
    await callee.expect(M.INVOCATION);
    await plain.expect(M.INVOCATION);
    await caller.leave();
    expect(await callee.expect(M.INTERRUPT)).toMatchObject({ request: 1, options: { mode: "killnowait" } });
    await plain.expectNothing();
  });

  it("an answer never goes to a later session of the same transport", async () => {
    const { caller, callee } = await pair();
    caller.call(PROCEDURE);
    const { request } = await callee.expect(M.INVOCATION);
    await caller.leave();
    await caller.join(REALM);
    callee.yield(request);
    await caller.expectNothing();
  });
});

describe("Callee Leaving During an RPC Invocation", () => {
  const endings: ReadonlyArray<readonly [how: string, end: (client: WireSession, probe: Probe) => unknown]> = [
    ["GOODBYE", (client) => client.leave()],
    ["a lost transport", (client) => client.disconnect()],
    ["ABORT", (client) => say(client, '[3,{},"com.example.enough"]')],
    ["a protocol violation", (client) => say(client, "[]")],
    ["a kill", (client, probe) => probe.realm.sessions.kill(client.id, { reason: "com.example.out" })],
  ];

  it.each(endings)("after %s its callers get ERROR wamp.error.canceled, each once", async (_how, end) => {
    const { probe, caller, callee, stage } = await pair();
    const other = await stage.join();
    const requests = [caller.call(PROCEDURE), caller.call(PROCEDURE)];
    const others = other.call(PROCEDURE);
    for (let index = 0; index < 3; index++) await callee.expect(M.INVOCATION);
    await end(callee, probe);
    for (const request of requests) await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await expectError(other, M.CALL, others, ErrorUri.CANCELED);
    await caller.expectNothing();
    await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
    await expectNoTrace(stage, [caller, other, callee]);
  });

  it("a callee that had unregistered before it left counts as well", async () => {
    const { caller, callee, registration } = await pair();
    const request = caller.call(PROCEDURE);
    await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    await callee.leave();
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
  });

  it("a session that called itself and leaves hears nothing more, and nothing is left of the call", async () => {
    const { stage, caller, callee } = await pair();
    callee.call(PROCEDURE);
    await callee.expect(M.INVOCATION);
    expect((await callee.leave()).reason).toBe("wamp.close.goodbye_and_out");
    await callee.expectNothing();
    await expectNoTrace(stage, [caller, callee]);
  });

  it("two sessions that called one another: the one that stays is told, the one that left is not", async () => {
    const { caller, callee } = await pair();
    await caller.register("com.example.other");
    const request = caller.call(PROCEDURE);
    callee.call("com.example.other");
    await callee.expect(M.INVOCATION);
    const { request: theirs } = await caller.expect(M.INVOCATION);
    await callee.leave();
    expect(await caller.expect(M.INTERRUPT)).toMatchObject({ request: theirs });
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    caller.yield(theirs);
    await caller.expectNothing();
    await callee.expectNothing();
  });
});

describe("Registrations: what plugins see", () => {
  it("created and deleted, callee added and removed, in this order", async () => {
    const order: string[] = [];
    const probe = new Probe();
    const stage = await openStage({ realm: { plugins: [probe] } });
    for (const event of ["registrationCreated", "calleeAdded", "calleeRemoved", "registrationDeleted"] as const)
      probe.realm.on(event, (registration, session) => order.push(`${event} ${registration.uri} ${session.session}`));
    const client = await stage.join();
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
