// Spec: advanced/rpc_caller_identification.md, advanced/rpc_call_trustlevels.md
import { ErrorUri, MessageType as M, type CallOptions, type Dict, type RegisterOptions } from "@kreuz/codec";
import type { Authorizer, Permit } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, type JoinOptions, PROCEDURE, rolesWith } from "../support/index.js";

/** Allows everything with this permit. */
const permitting = (permit: Partial<Permit>): Authorizer => ({ authorize: () => ({ ...permit, allow: true }) });

interface Setup {
  readonly caller: WireSession;
  readonly callee: WireSession;
}

async function setUp(permit: Partial<Permit>, register: RegisterOptions = {}, peer: JoinOptions = {}): Promise<Setup> {
  const router = await createTestRouter({ realm: { authorizer: permitting(permit) } });
  const caller = await router.join({ authid: "alice", authrole: "staff" });
  const callee = await router.join({ authid: "bob", ...peer });
  await callee.register(PROCEDURE, register);
  return { caller, callee };
}

/** Calls with these options. @returns INVOCATION.Details. */
async function detailsOf({ caller, callee }: Setup, options: CallOptions = {}): Promise<Dict> {
  caller.sendCall(PROCEDURE, {}, options);
  return (await callee.expect(M.INVOCATION)).details;
}

const identityOf = ({ caller }: Setup) => ({ caller: caller.id, caller_authid: "alice", caller_authrole: "staff" });

describe("Caller Identification: on request", () => {
  it.each([{}, { disclose_me: false }])("%j does not disclose the caller", async (options) => {
    expect(await detailsOf(await setUp({}), options)).toEqual({});
  });

  it("disclose_me tells the callee the caller's session id, authid and authrole", async () => {
    const setup = await setUp({});
    expect(await detailsOf(setup, { disclose_me: true })).toEqual(identityOf(setup));
  });

  it("disclose_caller on the registration discloses every caller, whatever it asks for", async () => {
    const setup = await setUp({}, { disclose_caller: true });
    for (const options of [{}, { disclose_me: false }, { disclose_me: true }])
      expect(await detailsOf(setup, options)).toEqual(identityOf(setup));
  });

  it("disclose_caller is a setting of each callee of a shared registration", async () => {
    const router = await createTestRouter();
    const [caller, curious, other] = [await router.join(), await router.join(), await router.join()];
    await curious.register(PROCEDURE, { invoke: "roundrobin", disclose_caller: true });
    await other.register(PROCEDURE, { invoke: "roundrobin" });
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    expect((await curious.expect(M.INVOCATION)).details.caller).toBe(caller.id);
    expect((await other.expect(M.INVOCATION)).details).toEqual({});
  });

  it("cannot be forged: a caller's options about itself are not passed on", async () => {
    const setup = await setUp({});
    const forged: Dict = {
      caller: 1,
      caller_authid: "root",
      caller_authrole: "admin",
      trustlevel: 9,
      procedure: "com.example.x",
    };
    expect(await detailsOf(setup, forged)).toEqual({});
    expect(await detailsOf(setup, { ...forged, disclose_me: true })).toEqual(identityOf(setup));
  });
});

describe("Caller Identification: by configuration", () => {
  it("policy always discloses every caller, also to a callee that did not announce the feature", async () => {
    const setup = await setUp({ disclose: "always" }, {}, { roles: rolesWith() });
    expect(await detailsOf(setup)).toEqual(identityOf(setup));
    expect(await detailsOf(setup, { disclose_me: false })).toEqual(identityOf(setup));
  });

  it("policy never refuses disclose_me with wamp.error.option_disallowed.disclose_me, without an INVOCATION", async () => {
    const { caller, callee } = await setUp({ disclose: "never" });
    const request = caller.sendCall(PROCEDURE, {}, { disclose_me: true });
    await expectError(caller, M.CALL, request, ErrorUri.DISCLOSE_ME_DISALLOWED);
    expect(ErrorUri.DISCLOSE_ME_DISALLOWED).toBe("wamp.error.option_disallowed.disclose_me");
    await callee.expectNothing();
  });

  it("policy never overrides disclose_caller, and allows the call", async () => {
    const setup = await setUp({ disclose: "never" }, { disclose_caller: true });
    expect(await detailsOf(setup)).toEqual({});
    expect(await detailsOf(setup, { disclose_me: false })).toEqual({});
  });

  it("depends on caller and procedure", async () => {
    const authorizer: Authorizer = {
      authorize: ({ authrole }, { type, uri }) =>
        type === "call" && authrole === "staff" && uri.startsWith("com.example.open")
          ? { allow: true, disclose: "always" }
          : { allow: true },
    };
    const router = await createTestRouter({ realm: { authorizer } });
    const [staff, guest] = [await router.join({ authrole: "staff" }), await router.join({ authrole: "guest" })];
    const callee = await router.join();
    await callee.register("com.example", { match: "prefix" });
    const told = async (caller: WireSession, procedure: string) => {
      caller.sendCall(procedure);
      return (await callee.expect(M.INVOCATION)).details.caller;
    };
    expect(await told(staff, "com.example.open.a")).toBe(staff.id);
    expect(await told(staff, "com.example.closed")).toBeUndefined();
    expect(await told(guest, "com.example.open.a")).toBeUndefined();
  });
});

describe("Call Trust Levels", () => {
  it.each([0, 2])("a trustlevel of %i is in INVOCATION.Details", async (trustlevel) => {
    expect(await detailsOf(await setUp({ trustlevel }))).toEqual({ trustlevel });
  });

  it("depends on caller and procedure, and is absent by default", async () => {
    const authorizer: Authorizer = {
      authorize: ({ authrole }, { type }) =>
        type === "call" && authrole === "admin" ? { allow: true, trustlevel: 7 } : true,
    };
    const router = await createTestRouter({ realm: { authorizer } });
    const [admin, user, callee] = [await router.join({ authrole: "admin" }), await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    admin.sendCall(PROCEDURE);
    expect((await callee.expect(M.INVOCATION)).details.trustlevel).toBe(7);
    user.sendCall(PROCEDURE);
    expect((await callee.expect(M.INVOCATION)).details).toEqual({});
  });

  it("works with an asynchronous authorizer", async () => {
    const authorizer: Authorizer = { authorize: async () => ({ allow: true, trustlevel: 3, disclose: "always" }) };
    const router = await createTestRouter({ realm: { authorizer } });
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    caller.sendCall(PROCEDURE);
    expect((await callee.expect(M.INVOCATION)).details).toMatchObject({ trustlevel: 3, caller: caller.id });
  });
});
