import { ErrorUri, MessageType as M, type Dict } from "@kreuz/codec";
import { anonymous, type AuthStep } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  ACCEPT,
  authenticate,
  authenticatingRouter,
  authenticator,
  type Begin,
  challenge,
  challengedClient,
  createTestRouter,
  Deferred,
  DENY,
  expectAbort,
  expectNoTrace,
  hello,
  REALM,
  sendText,
} from "../support/index.js";

describe("Authentication: asynchronous authenticators", () => {
  it("messages that the client sends meanwhile are served afterwards, in order", async () => {
    const later = new Deferred<AuthStep>();
    const router = await authenticatingRouter(
      authenticator(() => later.promise),
      anonymous(),
    );
    const client = router.connectClient();
    hello(client);
    sendText(client, '[32,1,{},"com.example.topic"]');
    sendText(client, '[16,2,{"acknowledge":true,"exclude_me":false},"com.example.topic"]');
    await client.expectNothing();
    await router.join();
    later.resolve(ACCEPT);
    for (const type of [M.WELCOME, M.SUBSCRIBED, M.EVENT, M.PUBLISHED]) await client.expect(type);
  });

  it("can challenge, deny or accept later", async () => {
    const router = await authenticatingRouter(
      authenticator(async () => challenge(async (signature) => (signature === "secret" ? ACCEPT : DENY))),
    );
    const [good, bad] = [await challengedClient(router), await challengedClient(router)];
    authenticate(good);
    authenticate(bad, "guess");
    await good.expect(M.WELCOME);
    await expectAbort(bad, ErrorUri.AUTHENTICATION_DENIED);
  });

  it("the client has left meanwhile: no session, and nothing is left", async () => {
    const later = new Deferred<AuthStep>();
    const router = await authenticatingRouter(authenticator(() => later.promise));
    const client = router.connectClient({ closeTimeout: 1000 });
    hello(client);
    await settle();
    client.disconnect();
    await settle();
    // The router does not read while it waits, so it learns of the end when the transport times out.
    router.clock.advance(1000);
    later.resolve(ACCEPT);
    await settle();
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });

  it("authenticationTimeout ends the wait: ABORT authentication_failed", async () => {
    const later = new Deferred<AuthStep>();
    const router = await createTestRouter({
      limits: { authenticationTimeout: 2000 },
      realm: { authenticators: [authenticator(() => later.promise)] },
    });
    const client = router.connectClient();
    hello(client);
    await settle();
    router.clock.advance(1999);
    await client.expectNothing();
    router.clock.advance(1);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    later.resolve(ACCEPT);
    await settle();
    expect(router.stats(REALM)!.joined.total).toBe(0);
    expect(router.metrics.get("limit_authentication_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("the realm was removed meanwhile: ABORT no_such_realm", async () => {
    const later = new Deferred<AuthStep>();
    const router = await authenticatingRouter(authenticator(() => later.promise));
    const client = router.connectClient();
    hello(client);
    await settle();
    await router.removeRealm(REALM);
    later.resolve(ACCEPT);
    await expectAbort(client, ErrorUri.NO_SUCH_REALM);
  });

  it("the client does not answer CHALLENGE within authenticationTimeout: ABORT authentication_failed", async () => {
    const router = await createTestRouter({
      limits: { authenticationTimeout: 2000 },
      realm: { authenticators: [authenticator(() => challenge(() => ACCEPT))] },
    });
    const client = await challengedClient(router);
    router.clock.advance(2000);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    expect(router.metrics.get("limit_authentication_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("WELCOME ends the timeout", async () => {
    const router = await authenticatingRouter(authenticator(() => challenge(() => ACCEPT)));
    const client = await challengedClient(router);
    authenticate(client);
    await client.expect(M.WELCOME);
    expect(router.clock.pending).toBe(0);
  });
});

describe("Authentication: authenticators that fail (spec: authentication_failed, fail secure)", () => {
  const fail = (): never => {
    throw new Error("password database at 10.0.0.7 is down");
  };
  const rejects = async (): Promise<AuthStep> => fail();

  it.each<readonly [string, Begin]>([
    ["begin throws", fail],
    ["begin rejects", rejects],
    ["respond throws", () => challenge(fail)],
    ["respond rejects", () => challenge(rejects)],
  ])("%s: ABORT authentication_failed, with the cause only in the log", async (_how, begin) => {
    const router = await authenticatingRouter(authenticator(begin));
    const client = router.connectClient();
    hello(client);
    if ((await client.next()).type === M.CHALLENGE) {
      authenticate(client);
      await client.next();
    }
    await client.expectClosed();
    const [last] = client.frames.slice(-1);
    expect(new TextDecoder().decode(last)).toContain(ErrorUri.AUTHENTICATION_FAILED);
    expect(new TextDecoder().decode(last)).not.toContain("password");
    expect(router.errors()).toHaveLength(1);
    expect(String(router.errors()[0]?.fields["error"])).toContain("10.0.0.7");
    expect(router.stats(REALM)!.authenticationsWith("failed")).toBe(1);
    await expectNoTrace(router, []);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a boolean", true],
    ["a step of unknown type", { type: "maybe" }],
  ])("an invalid step (%s): ABORT authentication_failed", async (_what, step) => {
    for (const begin of [() => step as AuthStep, async () => step as AuthStep]) {
      const router = await authenticatingRouter(authenticator(begin));
      const client = router.connectClient();
      hello(client);
      await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
      await expectNoTrace(router, []);
    }
  });

  it.each<readonly [string, (extra: Dict) => AuthStep]>([
    ["WELCOME.Details.authextra", (authextra) => ({ ...ACCEPT, authextra })],
    ["CHALLENGE.Extra", (extra) => challenge(() => ACCEPT, extra)],
  ])("%s that cannot be encoded: ABORT authentication_failed, and no session", async (_what, step) => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    const router = await authenticatingRouter(authenticator(() => step(loop)));
    const client = router.connectClient();
    hello(client);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });

  it("a failed attempt does not affect the next client", async () => {
    let healthy = false;
    const router = await authenticatingRouter(authenticator(() => (healthy ? ACCEPT : fail())));
    const client = router.connectClient();
    hello(client);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    healthy = true;
    await router.connectClient().join(REALM, { authmethods: ["test"] });
  });
});
