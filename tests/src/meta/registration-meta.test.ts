// Spec: advanced/meta_api_registrations.md, advanced/rpc_registration_revocation.md
import { ErrorUri, MessageType as M, type RegisterOptions } from "@kreuz/codec";
import { authorizeByRole } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  call,
  CODECS,
  createTestRouter,
  testRealm,
  expectEvents,
  REALM,
  type TestRouter,
  type TestRouterOptions,
} from "../support/index.js";

const ON = {
  create: "wamp.registration.on_create",
  register: "wamp.registration.on_register",
  unregister: "wamp.registration.on_unregister",
  delete: "wamp.registration.on_delete",
};
const PROCEDURE = "com.example.procedure";

const open = (options: TestRouterOptions = {}): Promise<TestRouter> =>
  createTestRouter({
    ...options,
    realm: { plugins: [registryMeta()], ...options.realm },
  });

/** Subscribes to all four topics. */
async function watch(client: WireSession) {
  return {
    create: await client.subscribe(ON.create),
    register: await client.subscribe(ON.register),
    unregister: await client.subscribe(ON.unregister),
    delete: await client.subscribe(ON.delete),
  };
}

describe("Registration Meta API: feature announcement", () => {
  it("is announced by the dealer, and goes away with the plugin", async () => {
    const { details } = await (await open()).connectClient().join(REALM);
    expect(details.roles.dealer?.features?.["registration_meta_api"]).toBe(true);
    const client = (await open({ realm: { plugins: [] } })).connectClient();
    const welcome = await client.join(REALM);
    expect(welcome.details.roles.dealer?.features).not.toHaveProperty("registration_meta_api");
    await expect(call(client, "wamp.registration.list")).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });
});

describe("Registration Meta API: events", () => {
  it("on_create with RegistrationDetails, then on_register; on_unregister, then on_delete", async () => {
    const router = await open();
    const [watcher, callee] = [await router.join(), await router.join()];
    const on = await watch(watcher);
    router.clock.advance(1_234);
    const id = await callee.register(PROCEDURE);
    const details = { id, created: "1970-01-01T00:00:01.234Z", uri: PROCEDURE, match: "exact", invoke: "single" };
    expect(await expectEvents(watcher, on.create, on.register)).toEqual([
      [callee.id, details],
      [callee.id, id],
    ]);
    await callee.unregister(id);
    expect(await expectEvents(watcher, on.unregister, on.delete)).toEqual([
      [callee.id, id],
      [callee.id, id],
    ]);
  });

  it.each([
    [{ match: "prefix" }, { match: "prefix", invoke: "single" }],
    [
      { match: "wildcard", invoke: "roundrobin" },
      { match: "wildcard", invoke: "roundrobin" },
    ],
    [{ invoke: "last" }, { match: "exact", invoke: "last" }],
  ] as const)("on_create tells match and invoke of %j", async (options, expected) => {
    const router = await open();
    const [watcher, callee] = [await router.join(), await router.join()];
    const on = await watch(watcher);
    await callee.register(PROCEDURE, options);
    const [created] = await expectEvents(watcher, on.create, on.register);
    expect(created).toMatchObject([callee.id, expected]);
  });

  it("shared registration: only the first and the last callee create and delete it", async () => {
    const router = await open();
    const [watcher, a, b] = [await router.join(), await router.join(), await router.join()];
    const on = await watch(watcher);
    const id = await a.register(PROCEDURE, { invoke: "roundrobin" });
    expect(await b.register(PROCEDURE, { invoke: "roundrobin" })).toBe(id);
    expect((await expectEvents(watcher, on.create, on.register, on.register)).slice(1)).toEqual([
      [a.id, id],
      [b.id, id],
    ]);
    await a.unregister(id);
    await b.unregister(id);
    expect(await expectEvents(watcher, on.unregister, on.unregister, on.delete)).toEqual([
      [a.id, id],
      [b.id, id],
      [b.id, id],
    ]);
  });

  const leavings: ReadonlyArray<readonly [how: string, leave: (client: WireSession, router: TestRouter) => unknown]> = [
    ["says GOODBYE", (client) => client.leave()],
    ["loses its transport", (client) => client.disconnect()],
    ["breaks the protocol", (client) => client.sendFrame(Uint8Array.of(1, 2, 3))],
  ];
  it.each(leavings)("a callee that %s unregisters exact, prefix and wildcard ones", async (_how, leave) => {
    const router = await open();
    const [watcher, callee] = [await router.join(), await router.join()];
    const exact = await callee.register(PROCEDURE);
    const prefix = await callee.register("com.example.", { match: "prefix" });
    const wildcard = await callee.register("com..x", { match: "wildcard" });
    const on = await watch(watcher);
    await leave(callee, router);
    const told = await expectEvents(
      watcher,
      on.unregister,
      on.delete,
      on.unregister,
      on.delete,
      on.unregister,
      on.delete,
    );
    expect(told).toEqual([exact, exact, prefix, prefix, wildcard, wildcard].map((id) => [callee.id, id]));
    expect(await call(watcher, "wamp.registration.list")).toEqual({ exact: [], prefix: [], wildcard: [] });
  });

  it("force_reregister: the old one is deleted before the new one is created", async () => {
    const router = await open();
    const [watcher, a, b] = [await router.join(), await router.join(), await router.join()];
    const before = await a.register(PROCEDURE);
    const on = await watch(watcher);
    const after = await b.register(PROCEDURE, { force_reregister: true });
    const [unregistered, deleted, created, registered] = await expectEvents(
      watcher,
      on.unregister,
      on.delete,
      on.create,
      on.register,
    );
    expect([unregistered, deleted, registered]).toEqual([
      [a.id, before],
      [a.id, before],
      [b.id, after],
    ]);
    expect(created).toMatchObject([b.id, { id: after }]);
  });

  it("REGISTERED goes first to a callee that watches its own registrations", async () => {
    const client = await (await open()).join();
    const on = await watch(client);
    const id = await client.register(PROCEDURE);
    expect(await expectEvents(client, on.create, on.register)).toMatchObject([
      [client.id, { id }],
      [client.id, id],
    ]);
  });

  it("stay in the realm of the session that caused them", async () => {
    const realms = [REALM, "com.example.other"].map((uri) => testRealm({ uri, plugins: [registryMeta()] }));
    const router = await createTestRouter({ realms });
    const watcher = await router.join();
    await watch(watcher);
    const stranger = await router.join({ realm: "com.example.other" });
    await stranger.register(PROCEDURE);
    stranger.disconnect();
    await watcher.expectNothing();
  });

  it("tell of callees inside the router's process too, and not of the router's own procedures", async () => {
    const router = await open();
    const watcher = await router.join();
    const on = await watch(watcher);
    const local = router.connect(REALM);
    const unregister = local.register(PROCEDURE, () => {});
    const [created] = await expectEvents(watcher, on.create, on.register);
    expect(created).toMatchObject([local.id, { uri: PROCEDURE }]);
    unregister();
    await expectEvents(watcher, on.unregister, on.delete);
  });
});

describe("Registration Meta API: wamp.registration.list, lookup and match", () => {
  async function registered() {
    const router = await open();
    const client = await router.join();
    const ids = {
      exact: await client.register("com.example.add"),
      prefix: await client.register("com.example", { match: "prefix" }),
      longer: await client.register("com.example.a", { match: "prefix" }),
      wildcard: await client.register("com..add", { match: "wildcard" }),
    };
    return { router, client, ids };
  }

  it("list gives the ids by match policy", async () => {
    const { client, ids } = await registered();
    expect(await call(client, "wamp.registration.list")).toEqual({
      exact: [ids.exact],
      prefix: [ids.prefix, ids.longer],
      wildcard: [ids.wildcard],
    });
  });

  it("lookup finds the one with this URI and this policy, exact by default, or null", async () => {
    const { client, ids } = await registered();
    const lookup = (...args: unknown[]) => call(client, "wamp.registration.lookup", args);
    expect(await lookup("com.example.add")).toBe(ids.exact);
    expect(await lookup("com.example.add", {})).toBe(ids.exact);
    expect(await lookup("com.example.add", null)).toBe(ids.exact);
    expect(await lookup("com.example.add", { match: "exact", invoke: "single" })).toBe(ids.exact);
    expect(await lookup("com.example", { match: "prefix" })).toBe(ids.prefix);
    expect(await lookup("com..add", { match: "wildcard" })).toBe(ids.wildcard);
    expect(await lookup("com.example")).toBeNull();
    expect(await lookup("com.example.add", { match: "prefix" })).toBeNull();
    expect(await lookup("com.nobody")).toBeNull();
  });

  it("match finds the best one, as a call would, or null", async () => {
    const { client, ids } = await registered();
    const match = (uri: string) => call(client, "wamp.registration.match", [uri]);
    expect(await match("com.example.add")).toBe(ids.exact);
    expect(await match("com.example.abc")).toBe(ids.longer);
    expect(await match("com.example.x")).toBe(ids.prefix);
    expect(await match("com.other.add")).toBe(ids.wildcard);
    expect(await match("org.nobody")).toBeNull();
  });

  it("none of them sees the router's own procedures, which are no session's", async () => {
    const client = await (await open()).join();
    expect(await call(client, "wamp.registration.list")).toEqual({ exact: [], prefix: [], wildcard: [] });
    expect(await call(client, "wamp.registration.lookup", ["wamp.registration.list"])).toBeNull();
    expect(await call(client, "wamp.registration.match", ["wamp.registration.list"])).toBeNull();
    // Ids count up from 1, and the router's own registrations were the first.
    for (const procedure of ["get", "list_callees", "count_callees"])
      await expect(call(client, `wamp.registration.${procedure}`, [1])).rejects.toMatchObject({
        uri: ErrorUri.NO_SUCH_REGISTRATION,
      });
  });
});

describe("Registration Meta API: wamp.registration.get, list_callees and count_callees", () => {
  it.each(CODECS)("give the details and the callees of one registration (%s)", async (_id, codec) => {
    const router = await open();
    const [client, other] = [await router.join({ codec }), await router.join()];
    router.clock.advance(60_000);
    const shared: RegisterOptions = { invoke: "random", match: "prefix" };
    const id = await client.register(PROCEDURE, shared);
    await other.register(PROCEDURE, shared);
    expect(await call(client, "wamp.registration.get", [id])).toEqual({
      id,
      created: "1970-01-01T00:01:00.000Z",
      uri: PROCEDURE,
      match: "prefix",
      invoke: "random",
    });
    expect(await call(client, "wamp.registration.list_callees", [id])).toEqual([client.id, other.id]);
    expect(await call(client, "wamp.registration.count_callees", [id])).toBe(2);
    other.disconnect();
    await client.expectNothing();
    expect(await call(client, "wamp.registration.list_callees", [id])).toEqual([client.id]);
  });

  it.each(["get", "list_callees", "count_callees"])("%s fails with no_such_registration", async (procedure) => {
    const client = await (await open()).join();
    const failure = call(client, `wamp.registration.${procedure}`, [999]);
    await expect(failure).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REGISTRATION });
  });
});

describe("Registration Meta API: arguments", () => {
  it.each([
    ["list", [1], "takes no positional arguments, got 1"],
    ["lookup", [], "procedure: expected a string, got nothing"],
    ["lookup", [7], "procedure: expected a string, got the number 7"],
    ["lookup", ["com.x", "prefix"], "options: expected a dict, got a string"],
    [
      "lookup",
      ["com.x", { match: "fuzzy" }],
      'options.match: expected one of "exact", "prefix", "wildcard", got a string',
    ],
    ["lookup", ["com.x", {}, 1], "takes at most 2 positional arguments, got 3"],
    ["match", [{}], "procedure: expected a string, got a dict"],
    ["get", [], "registration: expected an id (integer from 1 to 2^53), got nothing"],
    ["get", ["1"], "registration: expected an id"],
    ["list_callees", [0], "registration: expected an id"],
    ["count_callees", [1.5], "registration: expected an id"],
    ["remove_callee", [1], "callee: expected an id (integer from 1 to 2^53), got nothing"],
  ])("wamp.registration.%s(%j) → invalid_argument that names the argument", async (procedure, args, message) => {
    const client = await (await open()).join();
    await expect(call(client, `wamp.registration.${procedure}`, args)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["lookup", ["com.not a uri"]],
    ["lookup", ["com..x"]],
    ["lookup", ["com#", { match: "wildcard" }]],
    ["match", [""]],
    ["match", ["com..x"]],
  ])("wamp.registration.%s(%j) → invalid_uri", async (procedure, args) => {
    const client = await (await open()).join();
    const failure = call(client, `wamp.registration.${procedure}`, args);
    await expect(failure).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });

  it("calls and subscriptions need permission like any other", async () => {
    const router = await open({ realm: { authorizer: authorizeByRole({ admin: "allow" }) } });
    const user = await router.join({ authid: "joe", authrole: "user" });
    await expect(call(user, "wamp.registration.list")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });
});

describe("Registration Revocation: wamp.registration.remove_callee", () => {
  it("UNREGISTERED with request 0 and the reason, meta events, and gone before the RESULT", async () => {
    const router = await open();
    const [admin, callee] = [await router.join(), await router.join()];
    const id = await callee.register(PROCEDURE);
    const on = await watch(admin);
    admin.call("wamp.registration.remove_callee", { args: [id, callee.id], kwargs: { reason: "moving" } });
    expect(await callee.expect(M.UNREGISTERED)).toEqual({
      type: M.UNREGISTERED,
      request: 0,
      details: { registration: id, reason: "moving" },
    });
    expect(await expectEvents(admin, on.unregister, on.delete)).toEqual([
      [callee.id, id],
      [callee.id, id],
    ]);
    expect((await admin.expect(M.RESULT)).payload.args).toBeUndefined();
    expect(await call(admin, "wamp.registration.lookup", [PROCEDURE])).toBeNull();
    await expect(call(admin, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });

  it("takes one of several callees off, and tells nothing to one that did not announce the feature", async () => {
    const router = await open();
    const [admin, a] = [await router.join(), await router.join()];
    const b = router.connectClient();
    await b.join(REALM, { roles: { callee: {} } });
    const id = await a.register(PROCEDURE, { invoke: "first" });
    await b.register(PROCEDURE, { invoke: "first" });
    await call(admin, "wamp.registration.remove_callee", [id, b.id]);
    await b.expectNothing();
    expect(await call(admin, "wamp.registration.list_callees", [id])).toEqual([a.id]);
  });

  it("no_such_registration, no_such_session, and no_such_registration for a session that is not on it", async () => {
    const router = await open();
    const [admin, callee] = [await router.join(), await router.join()];
    const id = await callee.register(PROCEDURE);
    const remove = (...args: unknown[]) => call(admin, "wamp.registration.remove_callee", args);
    await expect(remove(999, callee.id)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REGISTRATION });
    await expect(remove(id, 999)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
    await expect(remove(id, admin.id)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REGISTRATION });
    expect(await call(admin, "wamp.registration.count_callees", [id])).toBe(1);
  });

  it("leaves alone what sessions inside the router's process registered, and the router's own", async () => {
    const router = await open();
    const admin = await router.join();
    const local = router.connect(REALM);
    local.register(PROCEDURE, () => "still there");
    const id = await call(admin, "wamp.registration.lookup", [PROCEDURE]);
    expect(await call(admin, "wamp.registration.list_callees", [id])).toEqual([local.id]);
    const remove = (...args: unknown[]) => call(admin, "wamp.registration.remove_callee", args);
    await expect(remove(id, local.id)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
    await expect(remove(1, local.id)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_REGISTRATION });
    expect(await call(admin, PROCEDURE)).toBe("still there");
  });
});
