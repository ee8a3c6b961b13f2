// Spec: advanced/rpc_registration_revocation.md; `force_reregister` as users of Crossbar.io know it
import { ErrorUri, MessageType as M, type Id, type RegisterOptions } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  createTestRouter,
  expectAlive,
  expectError,
  expectNoTrace,
  type JoinOptions,
  Probe,
  PROCEDURE,
  rolesWithout,
  type TestRouter,
  textOf,
} from "../support/index.js";

interface Setup {
  readonly router: TestRouter;
  readonly probe: Probe;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly registration: Id;
}

async function setUp(register: RegisterOptions = {}, peer: JoinOptions = {}): Promise<Setup> {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe] } });
  const [caller, callee] = [await router.join(), await router.join(peer)];
  return { router, probe, caller, callee, registration: await callee.register(PROCEDURE, register) };
}

describe("Registration Revocation", () => {
  it("sends UNREGISTERED with request 0, the registration and the reason, and no more invocations", async () => {
    const { router, probe, caller, callee, registration } = await setUp();
    expect(await probe.realm.registrations.remove(registration, callee.id, "moving endpoint to other callee")).toBe(
      true,
    );
    const { request, details } = await callee.expect(M.UNREGISTERED);
    expect([request, details]).toEqual([0, { registration, reason: "moving endpoint to other callee" }]);
    const call = caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, call, ErrorUri.NO_SUCH_PROCEDURE);
    await expectAlive(callee);
    await expectNoTrace(router, [caller, callee]);
  });

  it("omits the reason if there is none, and does not change the answer to UNREGISTER", async () => {
    const { probe, callee, registration } = await setUp();
    await probe.realm.registrations.remove(registration, callee.id);
    await callee.expect(M.UNREGISTERED);
    expect(textOf(callee.frames.at(-1))).toBe(`[67,0,{"registration":${registration}}]`);
    await callee.unregister(await callee.register(PROCEDURE));
    expect(textOf(callee.frames.at(-1))).toMatch(/^\[67,\d+\]$/);
  });

  it("revokes silently if the callee did not announce the feature", async () => {
    const { probe, caller, callee, registration } = await setUp(
      {},
      { roles: rolesWithout("callee.registration_revocation") },
    );
    await probe.realm.registrations.remove(registration, callee.id, "no");
    await callee.expectNothing();
    const call = caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, call, ErrorUri.NO_SUCH_PROCEDURE);
  });

  it("calls in progress are still answered", async () => {
    const { probe, caller, callee, registration } = await setUp();
    const call = caller.sendCall(PROCEDURE, {}, { receive_progress: true });
    const { request } = await callee.expect(M.INVOCATION);
    await probe.realm.registrations.remove(registration, callee.id);
    await callee.expect(M.UNREGISTERED);
    callee.yield(request, { args: [1] }, { progress: true });
    callee.yield(request, { args: [2] });
    expect(argsOf(await caller.expect(M.RESULT))).toEqual([1]);
    expect(await caller.expect(M.RESULT)).toMatchObject({ request: call, payload: { args: [2] } });
  });

  it("removes one callee from a shared registration, and no others", async () => {
    const { router, probe, caller, callee, registration } = await setUp({ invoke: "first" });
    const other = await router.join();
    await other.register(PROCEDURE, { invoke: "first" });
    await probe.realm.registrations.remove(registration, callee.id);
    await callee.expect(M.UNREGISTERED);
    caller.sendCall(PROCEDURE);
    expect((await other.expect(M.INVOCATION)).registration).toBe(registration);
    await callee.expectNothing();
  });

  it("returns whether there was anything to revoke", async () => {
    const { probe, caller, callee, registration } = await setUp();
    const { registrations } = probe.realm;
    expect(await registrations.remove(registration + 1, callee.id)).toBe(false);
    expect(await registrations.remove(registration, caller.id)).toBe(false);
    expect(await registrations.remove(registration, callee.id)).toBe(true);
    expect(await registrations.remove(registration, callee.id)).toBe(false);
  });

  it("a later UNREGISTER fails with wamp.error.no_such_registration", async () => {
    const { probe, callee, registration } = await setUp();
    await probe.realm.registrations.remove(registration, callee.id);
    const request = callee.nextRequest();
    callee.send({ type: M.UNREGISTER, request, registration });
    await callee.expect(M.UNREGISTERED);
    await expectError(callee, M.UNREGISTER, request, ErrorUri.NO_SUCH_REGISTRATION);
  });
});

describe("force_reregister", () => {
  it("takes over the procedure: the old callee is told, and the new one gets the calls", async () => {
    const { router, caller, callee, registration } = await setUp();
    const other = await router.join();
    const taken = await other.register(PROCEDURE, { force_reregister: true });
    expect(taken).not.toBe(registration);
    const { request, details } = await callee.expect(M.UNREGISTERED);
    expect([request, details?.registration]).toEqual([0, registration]);
    caller.sendCall(PROCEDURE);
    await other.expect(M.INVOCATION);
    await callee.expectNothing();
    await expectNoTrace(router, [caller, callee, other]);
  });

  it("takes over a shared registration from all callees, with any invocation policy", async () => {
    const { router, callee, registration } = await setUp({ invoke: "roundrobin" });
    const [second, third] = [await router.join(), await router.join()];
    await second.register(PROCEDURE, { invoke: "roundrobin" });
    await third.register(PROCEDURE, { invoke: "last", force_reregister: true });
    for (const old of [callee, second])
      expect((await old.expect(M.UNREGISTERED)).details?.registration).toBe(registration);
    await callee.register(PROCEDURE, { invoke: "last" });
  });

  it("works for a free procedure and for one's own", async () => {
    const { callee, registration } = await setUp({ force_reregister: true });
    callee.send({ type: M.REGISTER, request: 9, options: { force_reregister: true }, procedure: PROCEDURE });
    expect(await callee.expect(M.UNREGISTERED)).toMatchObject({ request: 0, details: { registration } });
    expect((await callee.expect(M.REGISTERED)).registration).not.toBe(registration);
  });

  it("false is the default", async () => {
    const { router } = await setUp();
    const other = await router.join();
    other.send({ type: M.REGISTER, request: 1, options: { force_reregister: false }, procedure: PROCEDURE });
    await expectError(other, M.REGISTER, 1, ErrorUri.PROCEDURE_ALREADY_EXISTS);
  });

  it("the old callee finishes its calls; waiting calls fail", async () => {
    const { router, caller, callee } = await setUp({ concurrency: 1 });
    const [running, queued] = [caller.sendCall(PROCEDURE), caller.sendCall(PROCEDURE)];
    const { request } = await callee.expect(M.INVOCATION);
    const other = await router.join();
    await other.register(PROCEDURE, { force_reregister: true });
    await expectError(caller, M.CALL, queued, ErrorUri.CANCELED);
    await callee.expect(M.UNREGISTERED);
    callee.yield(request);
    expect((await caller.expect(M.RESULT)).request).toBe(running);
    await expectNoTrace(router, [caller, callee, other]);
  });

  it("never takes over a procedure of the router", async () => {
    const { router, probe } = await setUp();
    probe.realm.procedure("com.example.own", () => 1);
    const thief = await router.join();
    thief.send({ type: M.REGISTER, request: 1, options: { force_reregister: true }, procedure: "com.example.own" });
    await expectError(thief, M.REGISTER, 1, ErrorUri.NOT_AUTHORIZED);
    expect((await thief.call("com.example.own")).args).toEqual([1]);
  });

  it("takes nothing over when the new callee has reached registrationsPerSession", async () => {
    const router = await createTestRouter({ limits: { registrationsPerSession: 1 } });
    const [owner, greedy] = [await router.join(), await router.join()];
    await owner.register(PROCEDURE);
    await greedy.register("com.example.other");
    greedy.send({ type: M.REGISTER, request: 9, options: { force_reregister: true }, procedure: PROCEDURE });
    await expectError(greedy, M.REGISTER, 9, ErrorUri.LIMIT_EXCEEDED);
    greedy.sendCall(PROCEDURE);
    await owner.expect(M.INVOCATION);
  });
});
