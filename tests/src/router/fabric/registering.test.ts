// REGISTER, and the callees of several nodes
import { ErrorUri, MessageType as M, WampError, type Id } from "@kreuz/codec";
import type { RegistrationGrant } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  call,
  createTestRouter,
  Deferred,
  expectNoTrace,
  PROCEDURE,
  rolesWithout,
  ScriptedFabric,
  type TestRouter,
} from "../../support/index.js";

interface Setup {
  readonly fabric: ScriptedFabric;
  readonly router: TestRouter;
  readonly callee: WireSession;
}

async function setUp(): Promise<Setup> {
  const fabric = new ScriptedFabric();
  const limits = { registrationsPerSession: 2 };
  const router = await createTestRouter({ fabric, limits, realm: { plugins: [registryMeta()] } });
  const callee = await router.join();
  fabric.told.length = 0;
  return { fabric, router, callee };
}

const ID = new ScriptedFabric().registrationId(PROCEDURE);

describe("REGISTER on one of several nodes", () => {
  it("REGISTERED waits for the grant, then until the other nodes know", async () => {
    const { fabric, router, callee } = await setUp();
    const [granted, known] = [new Deferred<RegistrationGrant>(), new Deferred<void>()];
    fabric.onRegister = () => granted.promise;
    const registering = callee.register(PROCEDURE);
    await callee.expectNothing();
    granted.resolve(fabric.grant(known.promise));
    await callee.expectNothing();
    known.resolve();
    expect(await registering).toBe(ID);
    expect(await call(callee, "wamp.registration.get", [ID])).toMatchObject({
      created: new Date(5000).toISOString(),
      uri: PROCEDURE,
    });
    await callee.unregister(ID);
    expect(fabric.told).toEqual([`registers ${PROCEDURE}`, `unregistered ${PROCEDURE} ${callee.id}`]);
    await expectNoTrace(router, [callee]);
  });

  it.each(["at once", "later"])("is refused with the error that the fabric gives %s", async (when) => {
    const { fabric, router, callee } = await setUp();
    fabric.onRegister = () => {
      const error = new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, "another node has it");
      if (when === "later") return Promise.reject(error);
      throw error;
    };
    await expect(callee.register(PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.PROCEDURE_ALREADY_EXISTS });
    expect(fabric.told).toEqual([`registers ${PROCEDURE}`]);
    await expectNoTrace(router, [callee]);
  });

  it("what this node cannot grant is refused before the others are asked", async () => {
    const { fabric, router, callee } = await setUp();
    await callee.register("com.example.one", { invoke: "roundrobin" });
    await callee.register("com.example.two");
    fabric.told.length = 0;
    await expect(callee.register(PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.LIMIT_EXCEEDED });
    const other = await router.join();
    fabric.told.length = 0;
    await expect(other.register("com.example.one")).rejects.toMatchObject({
      uri: ErrorUri.PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT,
    });
    await expect(other.register("com.example.two")).rejects.toMatchObject({ uri: ErrorUri.PROCEDURE_ALREADY_EXISTS });
    expect(fabric.told).toEqual([]);
  });

  it.each(["while it asks", "while they are told"])("a session that leaves %s gives the grant back", async (when) => {
    const { fabric, router, callee } = await setUp();
    const [granted, known] = [new Deferred<RegistrationGrant>(), new Deferred<void>()];
    fabric.onRegister = () => granted.promise;
    void callee.register(PROCEDURE).catch(() => {});
    await settle();
    if (when === "while they are told") granted.resolve(fabric.grant(known.promise));
    await settle();
    void fabric.realm.sessions.kill(callee.id, { reason: "wamp.close.killed" });
    granted.resolve(fabric.grant(known.promise));
    known.resolve();
    await settle();
    expect(fabric.told.at(-1)).toBe(`unregistered ${PROCEDURE} ${callee.id}`);
    expect(fabric.told.filter((line) => line.startsWith("unregistered"))).toHaveLength(1);
    await expectNoTrace(router, [callee]);
  });

  it("a call of another node that was told already completes the registration first", async () => {
    const { fabric, callee } = await setUp();
    const known = new Deferred<void>();
    fabric.onRegister = () => fabric.grant(known.promise);
    const registering = callee.register(PROCEDURE);
    await settle();
    const caller = fabric.session(77);
    fabric.realm.serve(caller, {
      request: 1,
      registration: ID,
      callee: callee.id,
      procedure: PROCEDURE,
      details: {},
      payload: { args: ["early"] },
      receiveProgress: false,
      mayQueue: false,
    });
    expect(await registering).toBe(ID);
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["early"]);
    expect(caller.bounces).toEqual([]);
    known.resolve();
    await callee.expectNothing();
  });

  it("one that is revoked meanwhile is told so after its REGISTERED", async () => {
    const { fabric, router, callee } = await setUp();
    const known = new Deferred<void>();
    fabric.onRegister = () => fabric.grant(known.promise);
    const registering = callee.register(PROCEDURE);
    await settle();
    expect(fabric.realm.revokeCallee(ID, callee.id, "another node took it over")).toBe(true);
    expect(await registering).toBe(ID);
    expect(await callee.expect(M.UNREGISTERED)).toMatchObject({ request: 0 });
    known.resolve();
    await callee.expectNothing();
    expect(fabric.told.filter((line) => line.startsWith("unregistered"))).toHaveLength(1);
    await expectNoTrace(router, [callee]);
  });

  it("local sessions register on their node alone, unless they ask for the realm", async () => {
    const { fabric, router, callee } = await setUp();
    const near = router.connect(fabric.realm.uri);
    await near.register(PROCEDURE, () => "near");
    expect(fabric.told).toEqual([]);
    expect(await call(callee, PROCEDURE)).toBe("near");
    const far = router.connect(fabric.realm.uri, {}, { reach: "realm" });
    await far.register("com.example.far", () => "far");
    expect(fabric.told).toEqual(["registers com.example.far"]);
    await far.close();
    expect(fabric.told.at(-2)).toMatch(/^unregistered com.example.far/);
    expect(fabric.told.at(-1)).toBe(`left ${far.id}`);
  });
});

describe("callees of other nodes", () => {
  async function callees(callee: WireSession, id: Id = ID): Promise<unknown> {
    return call(callee, "wamp.registration.list_callees", [id]);
  }

  it("stand in the order of their ranks, wherever they are", async () => {
    const { fabric, callee } = await setUp();
    fabric.onRegister = () => fabric.grant(undefined, "5");
    await callee.register(PROCEDURE, { invoke: "first" });
    const [early, late] = [fabric.session(1), fabric.session(9)];
    fabric.realm.addCallee(late, fabric.registration(PROCEDURE, { invoke: "first" }, "7"));
    fabric.realm.addCallee(early, fabric.registration(PROCEDURE, { invoke: "first" }, "3"));
    expect(await callees(callee)).toEqual([1, callee.id, 9]);
    callee.sendCall(PROCEDURE);
    await settle();
    expect(early.invocations).toHaveLength(1);
    // Again: another place.
    fabric.realm.addCallee(early, fabric.registration(PROCEDURE, { invoke: "first" }, "8"));
    expect(await callees(callee)).toEqual([callee.id, 9, 1]);
    fabric.realm.removeCallee(late, ID);
    fabric.realm.removeCallee(late, ID);
    expect(await callees(callee)).toEqual([callee.id, 1]);
  });

  it("are seen by the meta API, created when the first node says so, and told of once", async () => {
    const { fabric, router, callee } = await setUp();
    const observer = await router.join();
    for (const topic of ["create", "register", "unregister", "delete"])
      await observer.subscribe(`wamp.registration.on_${topic}`);
    const far = fabric.session(77);
    fabric.realm.addCallee(far, fabric.registration(PROCEDURE, { invoke: "random" }));
    expect(argsOf(await observer.expect(M.EVENT))).toMatchObject([
      77,
      { id: ID, uri: PROCEDURE, invoke: "random", created: new Date(4000).toISOString() },
    ]);
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([77, ID]);
    await callee.register(PROCEDURE, { invoke: "random" });
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([callee.id, ID]);
    expect(fabric.realm.remove(far, new WampError(ErrorUri.NETWORK_FAILURE))).toBeUndefined();
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([77, ID]);
    await callee.unregister(ID);
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([callee.id, ID]);
    expect(argsOf(await observer.expect(M.EVENT))).toEqual([callee.id, ID]);
    await observer.expectNothing();
  });

  it("do not stand in the way of a grant: another node may have given the procedure up already", async () => {
    const { fabric, callee } = await setUp();
    const far = fabric.session(77);
    fabric.realm.addCallee(far, fabric.registration(PROCEDURE, { invoke: "random" }));
    await callee.register(PROCEDURE);
    expect(await call(callee, "wamp.registration.get", [ID])).toMatchObject({ invoke: "single" });
    fabric.realm.removeCallee(far, ID);
    expect(await callees(callee)).toEqual([callee.id]);
  });

  it("force_reregister leaves the callees of other nodes to those, which may have newer ones", async () => {
    const { fabric, callee } = await setUp();
    const far = fabric.session(77);
    fabric.realm.addCallee(far, fabric.registration(PROCEDURE));
    await callee.register(PROCEDURE, { force_reregister: true });
    expect(await callees(callee)).toEqual([far.id, callee.id]);
    fabric.realm.removeCallee(far, fabric.ids.registration(PROCEDURE, "exact"));
    expect(await callees(callee)).toEqual([callee.id]);
  });

  it("are revoked by their own node", async () => {
    const { fabric, callee } = await setUp();
    const far = fabric.session(callee.id);
    fabric.realm.addCallee(far, fabric.registration(PROCEDURE));
    await call(callee, "wamp.registration.remove_callee", [ID, callee.id]);
    expect(far.revoked).toEqual([ID]);
  });

  it("revokes one of this node for the others, and ends a session that would not understand if asked to", async () => {
    const { fabric, router, callee } = await setUp();
    const old = await router.join({ roles: rolesWithout("callee.registration_revocation") });
    await callee.register(PROCEDURE, { invoke: "random" });
    await old.register(PROCEDURE, { invoke: "random" });
    expect(fabric.realm.revokeCallee(ID, callee.id, "another node has it", "end")).toBe(true);
    expect(await callee.expect(M.UNREGISTERED)).toMatchObject({ details: { reason: "another node has it" } });
    expect(fabric.realm.revokeCallee(ID, callee.id)).toBe(false);
    expect(fabric.realm.revokeCallee(ID, old.id, "another node has it", "end")).toBe(true);
    expect((await old.expect(M.GOODBYE)).details["message"]).toMatch(/was revoked: another node has it/);
    await expectNoTrace(router, [callee, old]);
  });
});
