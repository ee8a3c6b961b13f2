// Spec: advanced/meta_api_registrations.md, advanced/meta_api_subscriptions.md: the clauses that both share
import { ErrorUri, type Id, MessageType as M } from "@kreuz/codec";
import { authorizeByRole } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, CODECS, createTestRouter, expectEvents, REALM, testRealm } from "../support/index.js";
import { createRegistryRouter, REGISTRATIONS, SUBSCRIPTIONS, watch } from "./registry-api.js";

const URI = "com.example.entry";

describe.each([REGISTRATIONS, SUBSCRIPTIONS].map((api) => [api.name, api] as const))("%s Meta API", (_name, api) => {
  const { prefix, member, uriArgument, verb } = api;

  describe("feature announcement", () => {
    it(`is announced by the ${api.role} while the plugin is there`, async () => {
      const { details } = await (await createRegistryRouter()).connectClient().join(REALM);
      expect(details.roles[api.role]?.features?.[api.feature]).toBe(true);
      const client = (await createRegistryRouter({ realm: { plugins: [] } })).connectClient();
      const welcome = await client.join(REALM);
      expect(welcome.details.roles[api.role]?.features).not.toHaveProperty(api.feature);
      await expect(call(client, `${prefix}.list`)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    });
  });

  describe("events", () => {
    it(`on_create with details, then on_${verb}; on_un${verb}, then on_delete`, async () => {
      const router = await createRegistryRouter();
      const [watcher, client] = [await router.join(), await router.join()];
      const on = await watch(watcher, api);
      router.clock.advance(1_234);
      const id = await api.add(client, URI);
      const details = { id, created: "1970-01-01T00:00:01.234Z", uri: URI, match: "exact", ...api.details };
      expect(await expectEvents(watcher, on.create, on.add)).toEqual([
        [client.id, details],
        [client.id, id],
      ]);
      await api.remove(client, id);
      expect(await expectEvents(watcher, on.remove, on.delete)).toEqual([
        [client.id, id],
        [client.id, id],
      ]);
    });

    it.each([
      ["prefix", "com.example."],
      ["wildcard", "com..topic"],
    ] as const)("on_create tells the match policy %s", async (match, uri) => {
      const router = await createRegistryRouter();
      const [watcher, client] = [await router.join(), await router.join()];
      const on = await watch(watcher, api);
      await api.add(client, uri, { match });
      expect((await expectEvents(watcher, on.create, on.add))[0]).toMatchObject([client.id, { uri, match }]);
    });

    it(`only the first ${member} creates it, and only the last one deletes it`, async () => {
      const router = await createRegistryRouter();
      const [watcher, a, b] = [await router.join(), await router.join(), await router.join()];
      const on = await watch(watcher, api);
      const id = await api.add(a, URI);
      expect(await api.add(b, URI)).toBe(id);
      expect((await expectEvents(watcher, on.create, on.add, on.add)).slice(1)).toEqual([
        [a.id, id],
        [b.id, id],
      ]);
      await api.remove(a, id);
      await api.remove(b, id);
      expect(await expectEvents(watcher, on.remove, on.remove, on.delete)).toEqual([
        [a.id, id],
        [b.id, id],
        [b.id, id],
      ]);
    });

    const departures: ReadonlyArray<readonly [how: string, leave: (client: WireSession) => unknown]> = [
      ["says GOODBYE", (client) => client.leave()],
      ["loses its transport", (client) => client.disconnect()],
      ["breaks the protocol", (client) => client.sendFrame(Uint8Array.of(1, 2, 3))],
    ];
    it.each(departures)(`a ${member} that %s is removed from all its entries`, async (_how, leave) => {
      const router = await createRegistryRouter();
      const [watcher, client] = [await router.join(), await router.join()];
      const ids = [
        await api.add(client, URI),
        await api.add(client, "com.example.", { match: "prefix" }),
        await api.add(client, "com..x", { match: "wildcard" }),
      ];
      const on = await watch(watcher, api);
      await leave(client);
      const told = await expectEvents(watcher, ...ids.flatMap(() => [on.remove, on.delete]));
      expect(told).toEqual(ids.flatMap((id) => [id, id]).map((id) => [client.id, id]));
      for (const id of ids)
        await expect(call(watcher, `${prefix}.get`, [id])).rejects.toMatchObject({ uri: api.noSuchEntry });
    });

    it("stay in the realm of the session that caused them", async () => {
      const realms = [REALM, "com.example.other"].map((uri) => testRealm({ uri, plugins: [registryMeta()] }));
      const router = await createTestRouter({ realms });
      const watcher = await router.join();
      await watch(watcher, api);
      const stranger = await router.join({ realm: "com.example.other" });
      await api.add(stranger, URI);
      stranger.disconnect();
      await watcher.expectNothing();
    });
  });

  describe("lookup", () => {
    it("finds the entry with this URI and match policy, exact by default, or returns null", async () => {
      const client = await (await createRegistryRouter()).join();
      const exact = await api.add(client, "com.example.add");
      const prefixed = await api.add(client, "com.example", { match: "prefix" });
      const wildcard = await api.add(client, "com..add", { match: "wildcard" });
      const lookup = (...args: unknown[]) => call(client, `${prefix}.lookup`, args);
      expect(await lookup("com.example.add")).toBe(exact);
      expect(await lookup("com.example.add", {})).toBe(exact);
      expect(await lookup("com.example.add", null)).toBe(exact);
      expect(await lookup("com.example.add", { match: "exact", invoke: "single", get_retained: true })).toBe(exact);
      expect(await lookup("com.example", { match: "prefix" })).toBe(prefixed);
      expect(await lookup("com..add", { match: "wildcard" })).toBe(wildcard);
      expect(await lookup("com.example")).toBeNull();
      expect(await lookup("com.example.add", { match: "prefix" })).toBeNull();
      expect(await lookup("", { match: "prefix" })).toBeNull();
      expect(await lookup("com.nobody")).toBeNull();
    });
  });

  describe(`get, list_${member}s, count_${member}s`, () => {
    it.each(CODECS)(`give the details and the ${member}s of an entry (%s)`, async (_id, codec) => {
      const router = await createRegistryRouter();
      const [client, other] = [await router.join({ codec }), await router.join()];
      router.clock.advance(86_400_000);
      const id = await api.add(client, "com.", { match: "prefix" });
      await api.add(other, "com.", { match: "prefix" });
      const created = "1970-01-02T00:00:00.000Z";
      const details = { id, created, uri: "com.", match: "prefix", ...api.details };
      expect(await call(client, `${prefix}.get`, [id])).toEqual(details);
      expect(await call(client, `${prefix}.list_${member}s`, [id])).toEqual([client.id, other.id]);
      expect(await call(client, `${prefix}.count_${member}s`, [id])).toBe(2);
      await other.leave();
      expect(await call(client, `${prefix}.list_${member}s`, [id])).toEqual([client.id]);
    });

    it.each(["get", `list_${member}s`, `count_${member}s`])("%s fails for an unknown id", async (procedure) => {
      const client = await (await createRegistryRouter()).join();
      await expect(call(client, `${prefix}.${procedure}`, [999])).rejects.toMatchObject({ uri: api.noSuchEntry });
    });
  });

  describe("arguments", () => {
    const entry = api.name.toLowerCase();
    it.each([
      ["list", [1], "takes no positional arguments, got 1"],
      ["lookup", [], `${uriArgument}: expected a string, got nothing`],
      ["lookup", [7], `${uriArgument}: expected a string, got the number 7`],
      ["lookup", [null], `${uriArgument}: expected a string, got null`],
      ["lookup", ["com.x", "prefix"], "options: expected a dict, got a string"],
      ["lookup", ["com.x", [1]], "options: expected a dict, got a list"],
      [
        "lookup",
        ["com.x", { match: "fuzzy" }],
        'options.match: expected one of "exact", "prefix", "wildcard", got a string',
      ],
      ["lookup", ["com.x", { match: 1 }], "options.match: expected one of"],
      ["lookup", ["com.x", {}, 1], "takes at most 2 positional arguments, got 3"],
      ["match", [], `${uriArgument}: expected a string, got nothing`],
      ["match", [{}], `${uriArgument}: expected a string, got a dict`],
      ["get", [], `${entry}: expected an id (integer from 1 to 2^53), got nothing`],
      ["get", ["1"], `${entry}: expected an id`],
      [`list_${member}s`, [0], `${entry}: expected an id`],
      [`list_${member}s`, ["x"], `${entry}: expected an id`],
      [`count_${member}s`, [1.5], `${entry}: expected an id`],
      [`count_${member}s`, [-1], `${entry}: expected an id`],
      [`remove_${member}`, [1], `${member}: expected an id (integer from 1 to 2^53), got nothing`],
    ])("%s(%j) → invalid_argument that names the argument", async (procedure, args, message) => {
      const client = await (await createRegistryRouter()).join();
      await expect(call(client, `${prefix}.${procedure}`, args)).rejects.toMatchObject({
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
    ])("%s(%j) → invalid_uri", async (procedure, args) => {
      const client = await (await createRegistryRouter()).join();
      await expect(call(client, `${prefix}.${procedure}`, args)).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
    });

    it("calls and subscriptions need permission", async () => {
      const router = await createRegistryRouter({ realm: { authorizer: authorizeByRole({ admin: "allow" }) } });
      const user = await router.join({ authrole: "user" });
      await expect(call(user, `${prefix}.list`)).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
      user.send({ type: M.SUBSCRIBE, request: 9, options: {}, topic: `${prefix}.on_create` });
      expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
    });
  });

  describe(`revocation: remove_${member}`, () => {
    it("tells the client with request 0 and the reason, sends meta events, and is done before the RESULT", async () => {
      const router = await createRegistryRouter();
      const [admin, client] = [await router.join(), await router.join()];
      const id = await api.add(client, URI);
      const on = await watch(admin, api);
      admin.sendCall(`${prefix}.remove_${member}`, { args: [id, client.id], kwargs: { reason: "moving" } });
      const details = { [api.name.toLowerCase()]: id, reason: "moving" };
      expect(await client.expect(api.revoked)).toEqual({ type: api.revoked, request: 0, details });
      expect(await expectEvents(admin, on.remove, on.delete)).toEqual([
        [client.id, id],
        [client.id, id],
      ]);
      expect((await admin.expect(M.RESULT)).payload.args).toBeUndefined();
      expect(await call(admin, `${prefix}.lookup`, [URI])).toBeNull();
    });

    it("tells nothing to a client that did not announce the feature", async () => {
      const router = await createRegistryRouter();
      const [admin, other] = [await router.join(), await router.join()];
      const client = await router.join({ roles: { callee: {}, subscriber: {} } });
      const id = await api.add(other, URI);
      await api.add(client, URI);
      await call(admin, `${prefix}.remove_${member}`, [id, client.id]);
      await client.expectNothing();
      expect(await call(admin, `${prefix}.list_${member}s`, [id])).toEqual([other.id]);
    });

    it(`fails for an unknown id, an unknown session, a session that is not a ${member}, and a local session`, async () => {
      const router = await createRegistryRouter();
      const [admin, client] = [await router.join(), await router.join()];
      const id = await api.add(client, URI);
      const local = router.connect(REALM);
      if (api === REGISTRATIONS) local.register(URI, () => {}, { invoke: "roundrobin" });
      else local.subscribe(URI, () => {});
      const remove = (args: unknown[], kwargs = {}) => call(admin, `${prefix}.remove_${member}`, args, kwargs);
      await expect(remove([999, client.id])).rejects.toMatchObject({ uri: api.noSuchEntry });
      await expect(remove([id, 999])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
      await expect(remove([id, local.id])).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
      await expect(remove([id, admin.id])).rejects.toMatchObject({ uri: api.noSuchEntry });
      await expect(remove([id, client.id], { reason: 7 })).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
      const members = await call(admin, `${prefix}.list_${member}s`, [id]);
      expect(new Set(members as Id[])).toEqual(new Set([client.id, local.id]));
    });
  });
});
