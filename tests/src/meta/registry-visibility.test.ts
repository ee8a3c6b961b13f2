// Not in the specification: which registrations and subscriptions a caller sees, and how many listings it may have under way.
import { ErrorUri, type MatchPolicy, MessageType as M, type WampError } from "@kreuz/codec";
import { registryMeta, type RegistryMetaOptions } from "@kreuz/registry-meta";
import type { Authorizer } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, expectError, REALM } from "../support/index.js";
import { createRegistryRouter, type RegistryApi, REGISTRATIONS, SUBSCRIPTIONS } from "./registry-api.js";

interface Entry {
  readonly id: number;
  readonly uri: string;
  readonly match: MatchPolicy;
}

describe("Subscription and Registration Meta API: visibility", () => {
  const authorizer: Authorizer = {
    authorize: ({ authid }, { type, uri }) => {
      if (authid === "admin" || uri.startsWith("wamp.")) return true;
      if (uri.startsWith("com.hidden.") || uri === "com.") return false;
      return type === "register" ? uri.startsWith("com.mine.") : !uri.startsWith("com.mine.");
    },
  };
  const reachable = { realm: { authorizer, plugins: [registryMeta({ visibility: "reachable" })] } };

  /** Asks every procedure about an entry. @returns the answers, or the errors, where the entry is called `it`. */
  async function answers(client: WireSession, api: RegistryApi, entry: Entry, other: WireSession): Promise<unknown> {
    const { id, uri, match } = entry;
    const members = `${api.member}s`;
    const concrete = uri.replace("..", ".x.").replace(/\.$/, ".x");
    const found: Record<string, unknown> = {};
    for (const [name, args] of [
      ["get", [id]],
      [`list_${members}`, [id]],
      [`count_${members}`, [id]],
      [`remove_${api.member}`, [id, other.id]],
      ["lookup", [uri, { match }]],
      ["match", [concrete]],
    ] as const)
      found[name] = await call(client, `${api.prefix}.${name}`, [...args]).catch((error: unknown) => {
        const { uri, payload } = error as WampError;
        return [uri, String(payload.args).replace(String(id), "it"), payload.kwargs];
      });
    return found;
  }

  const entries = [REGISTRATIONS, SUBSCRIPTIONS].flatMap((api) =>
    (["exact", "prefix", "wildcard"] as const).map((match) => [api.name, match, api] as const),
  );
  const URIS = { exact: "com.hidden.entry", prefix: "com.hidden.", wildcard: "com.hidden..entry" };
  const ABSENT = { exact: "com.absent.entry", prefix: "com.absent.", wildcard: "com.absent..entry" };

  it.each(entries)(
    "reachable: what a caller cannot reach cannot be told from what is not there (%s, %s)",
    async (_name, match, api) => {
      const router = await createRegistryRouter(reachable);
      const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
      const id = await api.add(admin, URIS[match], { match });
      const hidden = { id, uri: URIS[match], match };
      expect(await answers(user, api, hidden, admin)).toEqual(
        await answers(user, api, { id: 4_711, uri: ABSENT[match], match }, admin),
      );
      expect(await call(user, `${api.prefix}.list`)).toEqual({ exact: [], prefix: [], wildcard: [] });
      expect(await answers(admin, api, hidden, user)).toMatchObject({ get: { id, match }, lookup: id });
      // It is still there: nobody could remove it.
      expect(await call(admin, `${api.prefix}.count_${api.member}s`, [id])).toBe(1);
    },
  );

  it("reachable: a caller sees the subscriptions that it may hold", async () => {
    const router = await createRegistryRouter(reachable);
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const shown = await admin.subscribe("com.shown.topic");
    const hidden = await admin.subscribe("com.hidden.topic");
    expect(await call(admin, "wamp.subscription.list")).toMatchObject({ exact: [shown, hidden] });
    expect(await call(user, "wamp.subscription.list")).toMatchObject({ exact: [shown] });
    expect(await call(user, "wamp.subscription.get", [shown])).toMatchObject({ uri: "com.shown.topic" });
  });

  it("reachable: an event shows the subscriptions that a caller may hold, and no others that match as well", async () => {
    const router = await createRegistryRouter(reachable);
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const shown = await admin.subscribe("com.shown.topic");
    await admin.subscribe("com.", { match: "prefix" });
    expect(await call(user, "wamp.subscription.match", ["com.shown.topic"])).toEqual([shown]);
  });

  it("reachable: a caller sees the registrations that it may call or register", async () => {
    const router = await createRegistryRouter(reachable);
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const shown = await admin.register("com.shown.procedure");
    const mine = await admin.register("com.mine.procedure");
    await admin.register("com.hidden.procedure");
    expect(await call(user, "wamp.registration.list")).toMatchObject({ exact: [shown, mine] });
  });

  it("all, the default: whoever may ask sees everything", async () => {
    const router = await createRegistryRouter({ realm: { authorizer } });
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const hidden = await admin.subscribe("com.hidden.topic");
    expect(await call(user, "wamp.subscription.list")).toMatchObject({ exact: [hidden] });
  });

  it("a session inside the router's process sees everything", async () => {
    const router = await createRegistryRouter(reachable);
    const admin = await router.join({ authid: "admin" });
    const hidden = await admin.subscribe("com.hidden.topic");
    const { args } = await router.connect(REALM).call("wamp.subscription.list");
    expect(args).toMatchObject([{ exact: [hidden] }]);
  });

  it("very long listings are made in turns, a few per session", async () => {
    const plugins = [registryMeta({ maxQueriesPerSession: 1 })];
    const router = await createRegistryRouter({ limits: { subscriptionsPerSession: 30_000 }, realm: { plugins } });
    const local = router.connect(REALM);
    for (let index = 0; index < 20_000; index++) local.subscribe(`com.example.topic${index}`, () => {});
    const [client, other] = [await router.join(), await router.join()];
    client.sendCall("wamp.subscription.list");
    const second = client.sendCall("wamp.subscription.list");
    expect(await expectError(client, M.CALL, second, ErrorUri.LIMIT_EXCEEDED)).toContain("1 queries under way");
    await client.expectNothing();
    expect(await call(other, "wamp.subscription.get", [1])).toMatchObject({ id: 1 });
    for (let turn = 0; turn < 3; turn++) {
      router.clock.advance(0);
      await settle();
    }
    const [ids] = (await client.expect(M.RESULT)).payload.args ?? [];
    expect((ids as { exact: number[] }).exact).toHaveLength(20_000);
  });

  it.each([
    [{ visibility: "some" }, "registry-meta.visibility"],
    [{ maxQueriesPerSession: 0 }, "registry-meta.maxQueriesPerSession"],
  ])("%j is refused at start-up", (options, path) => {
    expect(() => registryMeta(options as RegistryMetaOptions)).toThrow(path);
  });
});
