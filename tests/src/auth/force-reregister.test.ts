// Whoever may offer a procedure may not, by that alone, take it away from others.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { dynamicAuthorizer, rbac, type Permission } from "@kreuz/rbac";
import { allowAll, authorizeByRole, type Authorizer } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, PROCEDURE, REALM, sendText, type TestRouter } from "../support/index.js";

const everything = { call: true, register: true, subscribe: true, publish: true };
const all = (allow: Permission["allow"]): Permission => ({ uri: "", match: "prefix", allow });

const byRules = rbac({
  roles: [
    { name: "owner", permissions: [all(everything)] },
    { name: "guest", permissions: [all(everything)] },
    { name: "admin", permissions: [all({ ...everything, forceReregister: true })] },
    {
      name: "careful",
      permissions: [
        all({ ...everything, forceReregister: true }),
        { uri: PROCEDURE, allow: { register: true, call: true } },
      ],
    },
  ],
});

async function setUp(authorizer: Authorizer): Promise<{ router: TestRouter; owner: WireSession }> {
  const router = await createTestRouter({ realm: { authorizer, plugins: [sessionMeta()] } });
  const owner = await router.join({ authid: "ann", authrole: "owner" });
  return { router, owner };
}

function force(client: WireSession, options: object = {}, procedure = PROCEDURE): number {
  const request = client.nextRequest();
  sendText(client, `[64,${request},${JSON.stringify({ force_reregister: true, ...options })},"${procedure}"]`);
  return request;
}

describe("force_reregister needs a permission of its own", () => {
  it.each([
    ["a role that may register", byRules, "guest"],
    ["a role with a more specific rule that lacks it", byRules, "careful"],
    ["an authorizer that answers true", dynamicAuthorizer({ authorize: () => true }), "guest"],
    ["an authorizer that does not say so", dynamicAuthorizer({ authorize: () => ({ allow: true }) }), "guest"],
    ["one's own authorizer that answers true", { authorize: () => true }, "guest"],
  ])("%s gets ERROR not_authorized, and the callee keeps its procedure", async (_, authorizer, role) => {
    const { router, owner } = await setUp(authorizer);
    await owner.register(PROCEDURE);
    const guest = await router.join({ authid: "bob", authrole: role });
    for (const options of [{}, { invoke: "roundrobin" }])
      expect(await expectError(guest, M.REGISTER, force(guest, options), ErrorUri.NOT_AUTHORIZED)).toBe(
        `role "${role}" may not take procedure "${PROCEDURE}" over from others: force_reregister needs a permission of its own`,
      );
    guest.sendCall(PROCEDURE);
    await owner.expect(M.INVOCATION);
  });

  it.each([
    ["a role with forceReregister", byRules, "admin"],
    ["allowAll", allowAll, "guest"],
    ["authorizeByRole", authorizeByRole({ owner: "allow", guest: "allow" }), "guest"],
    [
      "an authorizer that says so",
      dynamicAuthorizer({ authorize: () => ({ allow: true, forceReregister: true, cache: true }) }),
      "guest",
    ],
  ])("%s may take it over", async (_, authorizer, role) => {
    const { router, owner } = await setUp(authorizer);
    for (let turn = 0; turn < 2; turn++) {
      await owner.register(`${PROCEDURE}${turn}`);
      const other = await router.join({ authid: "bob", authrole: role });
      force(other, {}, `${PROCEDURE}${turn}`);
      await other.expect(M.REGISTERED);
      await owner.expect(M.UNREGISTERED);
    }
  });

  it("nobody is evicted from a procedure that is free, or one's own: no permission is needed", async () => {
    const { router } = await setUp(byRules);
    const guest = await router.join({ authid: "bob", authrole: "guest" });
    force(guest);
    await guest.expect(M.REGISTERED);
    force(guest);
    await guest.expect(M.UNREGISTERED);
    await guest.expect(M.REGISTERED);
  });

  it("a shared registration of oneself and others belongs to the others as well", async () => {
    const { router, owner } = await setUp(byRules);
    const guest = await router.join({ authid: "bob", authrole: "guest" });
    await owner.register(PROCEDURE, { invoke: "roundrobin" });
    await guest.register(PROCEDURE, { invoke: "roundrobin" });
    await expectError(guest, M.REGISTER, force(guest), ErrorUri.NOT_AUTHORIZED);
  });

  it("the procedure of a session in the process is not taken over either", async () => {
    const { router } = await setUp(byRules);
    router.connect(REALM).register(PROCEDURE, () => "mine");
    const guest = await router.join({ authid: "bob", authrole: "guest" });
    await expectError(guest, M.REGISTER, force(guest), ErrorUri.NOT_AUTHORIZED);
    expect((await guest.call(PROCEDURE)).args).toEqual(["mine"]);
  });

  it("a pattern is taken over only where every rule that decides about its URIs allows it", async () => {
    const { router, owner } = await setUp(byRules);
    await owner.register("com.example.", { match: "prefix" });
    await owner.register("com.other.", { match: "prefix" });
    const careful = await router.join({ authid: "bob", authrole: "careful" });
    await expectError(
      careful,
      M.REGISTER,
      force(careful, { match: "prefix" }, "com.example."),
      ErrorUri.NOT_AUTHORIZED,
    );
    force(careful, { match: "prefix" }, "com.other.");
    await careful.expect(M.REGISTERED);
  });
});
