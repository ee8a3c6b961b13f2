// Spec: advanced/meta_api_registrations.md: the clauses that the Subscription Meta API does not share (registry-meta.test.ts)
import { ErrorUri } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { call, expectEvents, PROCEDURE, REALM } from "../support/index.js";
import { createRegistryRouter, REGISTRATIONS, watch } from "./registry-api.js";

describe("Registration Meta API: events", () => {
  it.each([
    [{}, { match: "exact", invoke: "single" }],
    [{ match: "prefix" }, { match: "prefix", invoke: "single" }],
    [
      { match: "wildcard", invoke: "roundrobin" },
      { match: "wildcard", invoke: "roundrobin" },
    ],
    [{ invoke: "last" }, { match: "exact", invoke: "last" }],
  ] as const)("on_create tells match and invoke of %j", async (options, expected) => {
    const router = await createRegistryRouter();
    const [watcher, callee] = [await router.join(), await router.join()];
    const on = await watch(watcher, REGISTRATIONS);
    await callee.register(PROCEDURE, options);
    const [created] = await expectEvents(watcher, on.create, on.add);
    expect(created).toMatchObject([callee.id, expected]);
  });

  it("force_reregister: the old registration is deleted before the new one is created", async () => {
    const router = await createRegistryRouter();
    const [watcher, a, b] = [await router.join(), await router.join(), await router.join()];
    const before = await a.register(PROCEDURE);
    const on = await watch(watcher, REGISTRATIONS);
    const after = await b.register(PROCEDURE, { force_reregister: true });
    const [unregistered, deleted, created, registered] = await expectEvents(
      watcher,
      on.remove,
      on.delete,
      on.create,
      on.add,
    );
    expect([unregistered, deleted, registered]).toEqual([
      [a.id, before],
      [a.id, before],
      [b.id, after],
    ]);
    expect(created).toMatchObject([b.id, { id: after }]);
  });

  it("a callee that watches its own registrations gets REGISTERED first", async () => {
    const client = await (await createRegistryRouter()).join();
    const on = await watch(client, REGISTRATIONS);
    const id = await client.register(PROCEDURE);
    expect(await expectEvents(client, on.create, on.add)).toMatchObject([
      [client.id, { id }],
      [client.id, id],
    ]);
  });

  it("include local callees, but not the router's own procedures", async () => {
    const router = await createRegistryRouter();
    const watcher = await router.join();
    const on = await watch(watcher, REGISTRATIONS);
    const local = router.connect(REALM);
    const registration = await local.register(PROCEDURE, () => {});
    const [created] = await expectEvents(watcher, on.create, on.add);
    expect(created).toMatchObject([local.id, { uri: PROCEDURE }]);
    await registration.unregister();
    await expectEvents(watcher, on.remove, on.delete);
  });

  it("a callee that leaves is in no list any more", async () => {
    const router = await createRegistryRouter();
    const [watcher, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    await callee.register("com.example.", { match: "prefix" });
    await callee.register("com..x", { match: "wildcard" });
    await callee.leave();
    expect(await call(watcher, "wamp.registration.list")).toEqual({ exact: [], prefix: [], wildcard: [] });
  });
});

describe("Registration Meta API: wamp.registration.list and match", () => {
  async function registered() {
    const client = await (await createRegistryRouter()).join();
    const ids = {
      exact: await client.register("com.example.add"),
      prefix: await client.register("com.example", { match: "prefix" }),
      longer: await client.register("com.example.a", { match: "prefix" }),
      wildcard: await client.register("com..add", { match: "wildcard" }),
    };
    return { client, ids };
  }

  it("list returns the ids by match policy", async () => {
    const { client, ids } = await registered();
    expect(await call(client, "wamp.registration.list")).toEqual({
      exact: [ids.exact],
      prefix: [ids.prefix, ids.longer],
      wildcard: [ids.wildcard],
    });
  });

  it("match returns the registration that a call would go to, or null", async () => {
    const { client, ids } = await registered();
    const match = (uri: string) => call(client, "wamp.registration.match", [uri]);
    expect(await match("com.example.add")).toBe(ids.exact);
    expect(await match("com.example.abc")).toBe(ids.longer);
    expect(await match("com.example.x")).toBe(ids.prefix);
    expect(await match("com.other.add")).toBe(ids.wildcard);
    expect(await match("org.nobody")).toBeNull();
  });

  it("no procedure shows the router's own registrations, which belong to no session", async () => {
    const client = await (await createRegistryRouter()).join();
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

describe("Registration Revocation: wamp.registration.remove_callee", () => {
  it("removes the procedure with its last callee", async () => {
    const router = await createRegistryRouter();
    const [admin, callee] = [await router.join(), await router.join()];
    const id = await callee.register(PROCEDURE);
    await call(admin, "wamp.registration.remove_callee", [id, callee.id]);
    await expect(call(admin, PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
  });

  it("does not touch the registrations of local sessions and of the router", async () => {
    const router = await createRegistryRouter();
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
