// Not in the specification: which registrations and subscriptions a caller sees, and how many listings it may have under way.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { registryMeta, type RegistryMetaOptions } from "@kreuz/registry-meta";
import type { Authorizer } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, expectError, REALM } from "../support/index.js";
import { createRegistryRouter } from "./registry-api.js";

describe("Subscription and Registration Meta API: visibility", () => {
  const authorizer: Authorizer = {
    authorize: ({ authid }, { type, uri }) => {
      if (authid === "admin" || uri.startsWith("wamp.")) return true;
      if (uri.startsWith("com.hidden.")) return false;
      return type === "register" ? uri.startsWith("com.mine.") : !uri.startsWith("com.mine.");
    },
  };
  const reachable = { realm: { authorizer, plugins: [registryMeta({ visibility: "reachable" })] } };

  /** Every answer about an entry, where it is called "the entry". */
  async function answers(client: WireSession, kind: string, id: number, uri: string): Promise<unknown[]> {
    const [members, count] =
      kind === "subscription" ? ["list_subscribers", "count_subscribers"] : ["list_callees", "count_callees"];
    const calls: ReadonlyArray<readonly [string, unknown[]]> = [
      ["get", [id]],
      [members ?? "", [id]],
      [count ?? "", [id]],
      ["lookup", [uri]],
      ["match", [uri]],
    ];
    const found: unknown[] = [];
    for (const [name, args] of calls)
      found.push(
        await call(client, `wamp.${kind}.${name}`, args).catch((error: unknown) =>
          String(error).replace(String(id), "the entry"),
        ),
      );
    return found;
  }

  it("reachable: a caller sees the subscriptions it may hold; others look as if they did not exist", async () => {
    const router = await createRegistryRouter(reachable);
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const shown = await admin.subscribe("com.shown.topic");
    const hidden = await admin.subscribe("com.hidden.topic");
    expect(await call(admin, "wamp.subscription.list")).toMatchObject({ exact: [shown, hidden] });
    expect(await call(user, "wamp.subscription.list")).toMatchObject({ exact: [shown] });
    expect(await answers(user, "subscription", hidden, "com.hidden.topic")).toEqual(
      await answers(user, "subscription", 4_711, "com.no.topic"),
    );
    expect(await call(user, "wamp.subscription.get", [shown])).toMatchObject({ uri: "com.shown.topic" });
    const remove = call(user, "wamp.subscription.remove_subscriber", [hidden, admin.id]);
    await expect(remove).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
  });

  it("reachable: a caller sees the registrations that it may call or register", async () => {
    const router = await createRegistryRouter(reachable);
    const [admin, user] = [await router.join({ authid: "admin" }), await router.join({ authid: "user" })];
    const shown = await admin.register("com.shown.procedure");
    const mine = await admin.register("com.mine.procedure");
    const hidden = await admin.register("com.hidden.procedure");
    expect(await call(user, "wamp.registration.list")).toMatchObject({ exact: [shown, mine] });
    expect(await answers(user, "registration", hidden, "com.hidden.procedure")).toEqual(
      await answers(user, "registration", 4_711, "com.no.procedure"),
    );
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
    [{ visibility: "some" }, "registryMeta.visibility"],
    [{ maxQueriesPerSession: 0 }, "registryMeta.maxQueriesPerSession"],
  ])("%j is refused at start-up", (options, path) => {
    expect(() => registryMeta(options as RegistryMetaOptions)).toThrow(path);
  });
});
