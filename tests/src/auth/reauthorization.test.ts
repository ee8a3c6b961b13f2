import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { allowAll, denyAll, type Action, type Authorizer, type Decision, type Reauthorization } from "@kreuz/router";
import { nextTurn, settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  Deferred,
  expectError,
  expectNoTrace,
  Probe,
  REALM,
  type TestRouter,
} from "../support/index.js";

const REASON = "no longer authorized";
const only = (allowed: (action: Action) => Decision | Promise<Decision>): Authorizer => ({
  authorize: (_session, action) => allowed(action),
});

/** Changes the permissions and lets the clock pass until that is done. */
async function change(router: TestRouter, authorizer?: Authorizer): Promise<Reauthorization> {
  const outcomes: Reauthorization[] = [];
  const changed = router
    .reauthorize(REALM, authorizer === undefined ? undefined : { authorizer })
    .then((outcome) => outcomes.push(outcome));
  while (outcomes.length === 0) {
    await nextTurn();
    router.clock.advance(0);
  }
  await changed;
  return outcomes[0]!;
}

describe("Permissions that change at run time", () => {
  it("subscriptions and registrations that are no longer allowed are revoked, others stay", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const [client, other] = [await router.join(), await router.join()];
    const secret = await client.subscribe("com.secret.news");
    await client.subscribe("com.public.news");
    const everything = await other.subscribe("com.", { match: "prefix" });
    const procedure = await client.register("com.secret.add");
    await other.register("com.public.add");
    const outcome = await change(
      router,
      only(({ uri, match }) => uri.startsWith("com.public.") && match === "exact"),
    );
    expect(outcome).toEqual({ checked: 5, revoked: 3 });
    expect(await client.expect(M.UNSUBSCRIBED)).toEqual({
      type: M.UNSUBSCRIBED,
      request: 0,
      details: { subscription: secret, reason: REASON },
    });
    expect(await client.expect(M.UNREGISTERED)).toEqual({
      type: M.UNREGISTERED,
      request: 0,
      details: { registration: procedure, reason: REASON },
    });
    expect((await other.expect(M.UNSUBSCRIBED)).details).toEqual({ subscription: everything, reason: REASON });
    expect(await probe.counts()).toEqual({ sessions: 2, subscriptions: 1, registrations: 1 });
    expect(router.stats(REALM)!.refusedFor("revoked")).toBe(3);
    expect(router.log).toContainEqual(
      expect.objectContaining({
        level: "info",
        fields: { realm: REALM, checked: 5, revoked: 3 },
        message: "permissions changed: subscriptions and registrations were checked again",
      }),
    );
    await expectNoTrace(router, [client, other]);
  });

  it("a client that did not announce revocation is not told, and gets no more events and calls", async () => {
    const router = await createTestRouter();
    const [client, publisher] = [router.connectClient(), await router.join()];
    await client.join(REALM, { roles: { subscriber: {}, callee: {} } });
    await client.subscribe("com.news");
    await client.register("com.add");
    await change(
      router,
      only(({ type }) => type === "publish" || type === "call"),
    );
    publisher.publish("com.news");
    await expectError(publisher, M.CALL, publisher.sendCall("com.add"), ErrorUri.NO_SUCH_PROCEDURE);
    await client.expectNothing();
  });

  it("the new permissions apply to new requests at once, before all entries are checked", async () => {
    const router = await createTestRouter();
    const [client, other] = [await router.join(), await router.join()];
    for (let index = 0; index < 300; index++) await client.subscribe(`com.news.${index}`);
    const changing = router.reauthorize(REALM, { authorizer: denyAll });
    await expectError(other, M.CALL, other.sendCall("com.add"), ErrorUri.NOT_AUTHORIZED);
    expect(router.stats(REALM)!.refusedFor("revoked")).toBeLessThan(300);
    for (let turn = 0; turn < 5; turn++) {
      await settle(1);
      router.clock.advance(0);
    }
    expect(await changing).toEqual({ checked: 300, revoked: 300 });
  });

  it("a request that waits for the old authorizer is decided by the new one", async () => {
    const later = new Deferred<Decision>();
    const router = await createTestRouter({ realm: { authorizer: only(() => later.promise) } });
    const client = await router.join();
    const request = client.nextRequest();
    client.send({ type: M.SUBSCRIBE, request, options: {}, topic: "com.news" });
    await client.expectNothing();
    await change(router, denyAll);
    later.resolve(true);
    await expectError(client, M.SUBSCRIBE, request, ErrorUri.NOT_AUTHORIZED);
  });

  it("a later failure of the old authorizer is ignored", async () => {
    const later = new Deferred<Decision>();
    const router = await createTestRouter({ realm: { authorizer: only(() => later.promise) } });
    const client = await router.join();
    client.send({ type: M.SUBSCRIBE, request: client.nextRequest(), options: {}, topic: "com.news" });
    await settle(1);
    await change(router, allowAll);
    later.reject(new Error("gone"));
    await client.expect(M.SUBSCRIBED);
    expect(router.errors()).toEqual([]);
  });

  it("asynchronous decisions are awaited; entries without a decision are revoked", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    for (const topic of ["a.yes", "a.no", "a.error"]) await client.subscribe(topic);
    const outcome = await change(
      router,
      only(async ({ uri }) => {
        await nextTurn();
        if (uri === "a.error") throw new Error("down");
        return uri === "a.yes";
      }),
    );
    expect(outcome).toEqual({ checked: 3, revoked: 2 });
    expect(router.stats(REALM)!.refusedFor("failed")).toBe(1);
  });

  it("an entry that the client has removed meanwhile is not revoked", async () => {
    const later = new Deferred<Decision>();
    const router = await createTestRouter();
    const client = await router.join();
    const id = await client.subscribe("com.news");
    const changing = change(
      router,
      only(() => later.promise),
    );
    await client.unsubscribe(id);
    later.resolve(false);
    expect(await changing).toEqual({ checked: 1, revoked: 0 });
    await client.expectNothing();
  });

  it("the same authorizer can be asked again after its rules have changed", async () => {
    let allowed = true;
    const router = await createTestRouter({ realm: { authorizer: only(() => allowed) } });
    const client = await router.join();
    await client.subscribe("com.news");
    expect(await change(router)).toEqual({ checked: 1, revoked: 0 });
    allowed = false;
    expect(await change(router)).toEqual({ checked: 1, revoked: 1 });
  });

  it("plugins and local sessions keep their entries", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    probe.realm.procedure("wamp.test", () => 1);
    const local = router.connect(REALM);
    local.subscribe("com.news", () => {});
    local.register("com.add", () => 2);
    expect(await change(router, denyAll)).toEqual({ checked: 0, revoked: 0 });
    expect(await probe.counts()).toMatchObject({ subscriptions: 1, registrations: 2 });
  });

  it("calls in progress are answered; waiting calls fail", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("com.add", { concurrency: 1 });
    caller.sendCall("com.add");
    const waiting = caller.sendCall("com.add");
    const { request } = await callee.expect(M.INVOCATION);
    await change(
      router,
      only(({ type }) => type === "call"),
    );
    await expectError(caller, M.CALL, waiting, ErrorUri.CANCELED);
    await callee.expect(M.UNREGISTERED);
    callee.yield(request);
    await caller.expect(M.RESULT);
  });

  it("roles can be changed", async () => {
    const router = await createTestRouter({ realm: { roles: ["anonymous"] } });
    const before = await router.join();
    await router.reauthorize(REALM, { roles: ["somebody"] });
    const after: WireSession = router.connectClient();
    await expect(after.join(REALM)).rejects.toThrow("wamp.error.no_such_role");
    expect(before.closed).toBe(false);
  });

  it("an unknown realm: ConfigError", async () => {
    const router = await createTestRouter();
    await expect(router.reauthorize("com.nowhere")).rejects.toThrow('realm "com.nowhere" does not exist');
  });
});
