import { ErrorUri, isId, MessageType as M } from "@kreuz/codec";
import { allowAll, anonymous, type Authenticator, type AuthRequest } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import {
  ACCEPT,
  authenticate,
  authenticatingRouter,
  authenticator,
  challenge,
  challengedClient,
  createTestRouter,
  DENY,
  expectAbort,
  expectNoTrace,
  hello,
  REALM,
  type Respond,
  sendText,
} from "../support/index.js";

describe("Authentication: the outcome", () => {
  it("accept: WELCOME has the identity and the authenticator's authextra", async () => {
    const router = await authenticatingRouter(authenticator(() => ({ ...ACCEPT, authextra: { greeting: "hi" } })));
    const { details } = await router.connectClient().join(REALM, { authmethods: ["test"] });
    expect(details).toMatchObject({ authid: "joe", authrole: "user", authmethod: "test", authprovider: "test" });
    expect(details.authextra).toEqual({ greeting: "hi" });
  });

  it("deny: ABORT with the authenticator's reason and message", async () => {
    const router = await authenticatingRouter(authenticator(() => DENY));
    const client = router.connectClient();
    hello(client);
    expect(await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED)).toBe("no entry");
    expect(router.stats(REALM)!.authenticationsWith("denied")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("a role that does not exist in the realm: ABORT no_such_role", async () => {
    const router = await createTestRouter({
      realm: { authenticators: [authenticator(() => ACCEPT)], roles: ["admin"] },
    });
    const client = router.connectClient();
    hello(client);
    expect(await expectAbort(client, ErrorUri.NO_SUCH_ROLE)).toContain("user");
    expect(router.stats(REALM)!.joined.total).toBe(0);
  });

  it("the authenticator gets the details of HELLO and of the transport, and the session id of WELCOME", async () => {
    const requests: AuthRequest[] = [];
    const router = await authenticatingRouter(
      authenticator((request) => {
        requests.push(request);
        return ACCEPT;
      }),
    );
    const client = router.connectClient();
    await client.join(REALM, { authmethods: ["test"], authid: "ann", authextra: { pubkey: "ab" }, agent: "x" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      realm: REALM,
      session: client.id,
      authid: "ann",
      authextra: { pubkey: "ab" },
      details: { agent: "x", authid: "ann" },
      transport: { type: "memory", serializer: "json" },
    });
    expect(isId(client.id)).toBe(true);
  });

  it("each realm has its own authenticators", async () => {
    const router = await createTestRouter({
      realms: [
        { uri: REALM, authorizer: allowAll, authenticators: [authenticator(() => ACCEPT)] },
        { uri: "com.example.other", authorizer: allowAll },
      ],
    });
    const client = router.connectClient();
    client.send({
      type: M.HELLO,
      realm: "com.example.other",
      details: { roles: { caller: {} }, authmethods: ["test"] },
    });
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
    await router.join({ realm: "com.example.other" });
  });
});

describe("Authentication: HELLO.Details.authmethods", () => {
  const named = (name: string): Authenticator => authenticator(() => ({ ...ACCEPT, authid: name }), name);

  it("the client's order decides; methods that the realm does not offer are skipped", async () => {
    const router = await authenticatingRouter(named("ticket"), named("wampcra"));
    const { details } = await router.connectClient().join(REALM, { authmethods: ["scram", "wampcra", "ticket"] });
    expect(details).toMatchObject({ authmethod: "wampcra", authid: "wampcra" });
  });

  it("no method in common: ABORT no_matching_auth_method names the methods offered", async () => {
    const router = await authenticatingRouter(named("ticket"), named("wampcra"));
    const client = router.connectClient();
    hello(client, ["scram", "toString", "__proto__"]);
    expect(await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD)).toContain("ticket, wampcra");
  });

  it.each([
    ["absent", undefined],
    ["empty", []],
  ])("%s means anonymous", async (_what, authmethods) => {
    const details = authmethods === undefined ? {} : { authmethods };
    const router = await authenticatingRouter(named("ticket"), named("anonymous"));
    const welcome = await router.connectClient().join(REALM, details);
    expect(welcome.details.authmethod).toBe("anonymous");
    const client = (await authenticatingRouter(named("ticket"))).connectClient();
    client.send({ type: M.HELLO, realm: REALM, details: { roles: { caller: {} }, ...details } });
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
  });

  it("an empty list of authenticators refuses everybody, an absent one accepts everybody", async () => {
    const client = (await authenticatingRouter()).connectClient();
    hello(client, ["anonymous"]);
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
    await (await createTestRouter({ realms: [{ uri: REALM, authorizer: allowAll }] })).join();
  });

  it("anonymous() gives everybody a random authid and the configured role", async () => {
    const router = await authenticatingRouter(anonymous({ authrole: "guest" }));
    const welcomes = [
      await router.connectClient().join(REALM, { authid: "joe" }),
      await router.connectClient().join(REALM, { authid: "joe" }),
    ];
    const authids = welcomes.map(({ details }) => details.authid);
    expect(new Set([...authids, "joe"]).size).toBe(3);
    expect(welcomes.map(({ details }) => details.authrole)).toEqual(["guest", "guest"]);
  });
});

describe("Authentication: CHALLENGE and AUTHENTICATE", () => {
  it("CHALLENGE names the method, and a valid AUTHENTICATE is answered with WELCOME", async () => {
    const seen: unknown[] = [];
    const respond: Respond = (signature, extra) => {
      seen.push(signature, extra);
      return ACCEPT;
    };
    const router = await authenticatingRouter(authenticator(() => challenge(respond, { nonce: "abc" })));
    const client = router.connectClient();
    hello(client);
    expect(await client.expect(M.CHALLENGE)).toMatchObject({ authmethod: "test", extra: { nonce: "abc" } });
    expect(router.stats(REALM)!.joined.total).toBe(0);
    authenticate(client, "signed", { hint: 1 });
    expect((await client.expect(M.WELCOME)).details.authid).toBe("joe");
    expect(seen).toEqual(["signed", { hint: 1 }]);
  });

  it("an invalid AUTHENTICATE is answered with ABORT, without a second try", async () => {
    const router = await authenticatingRouter(authenticator(() => challenge(() => DENY)));
    const client = await challengedClient(router);
    authenticate(client, "wrong");
    authenticate(client, "right");
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    await expectNoTrace(router, []);
  });

  it("a method may challenge more than once", async () => {
    const router = await authenticatingRouter(
      authenticator(() => challenge((one) => challenge(async (two) => ({ ...ACCEPT, authid: one + two })))),
    );
    const client = await challengedClient(router);
    authenticate(client, "a");
    await client.expect(M.CHALLENGE);
    authenticate(client, "b");
    expect((await client.expect(M.WELCOME)).details.authid).toBe("ab");
  });

  it("handshakes of different clients are separate", async () => {
    const router = await authenticatingRouter(
      authenticator(({ authid = "" }) => challenge((signature) => (signature === authid ? ACCEPT : DENY))),
    );
    const [one, other] = [router.connectClient(), router.connectClient()];
    hello(one, ["test"], { authid: "one" });
    hello(other, ["test"], { authid: "other" });
    await one.expect(M.CHALLENGE);
    await other.expect(M.CHALLENGE);
    authenticate(other, "one");
    authenticate(one, "one");
    await expectAbort(other, ErrorUri.AUTHENTICATION_DENIED);
    await one.expect(M.WELCOME);
  });

  it.each([
    ["HELLO", `[1,"${REALM}",{"roles":{"caller":{}}}]`],
    ["GOODBYE", '[6,{},"wamp.close.normal"]'],
    ["SUBSCRIBE", '[32,1,{},"com.example.topic"]'],
    ["WELCOME", '[2,1,{"roles":{"broker":{}}}]'],
    ["an undecodable frame", "[5"],
    ["AUTHENTICATE with a signature that is no string", "[5,7,{}]"],
  ])("%s instead of AUTHENTICATE: ABORT protocol_violation (spec: state CHALLENGING, other)", async (_what, text) => {
    const router = await authenticatingRouter(authenticator(() => challenge(() => ACCEPT)));
    const client = await challengedClient(router);
    sendText(client, text);
    authenticate(client);
    await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });

  it("AUTHENTICATE without CHALLENGE: ABORT protocol_violation, in every phase", async () => {
    const router = await authenticatingRouter(
      authenticator(() => challenge(() => ACCEPT)),
      authenticator(() => ACCEPT, "plain"),
    );
    const early = router.connectClient();
    authenticate(early);
    await expectAbort(early, ErrorUri.PROTOCOL_VIOLATION);
    const twice = await challengedClient(router);
    authenticate(twice);
    authenticate(twice);
    await twice.expect(M.WELCOME);
    await expectAbort(twice, ErrorUri.PROTOCOL_VIOLATION);
    const plain = router.connectClient();
    hello(plain, ["plain"]);
    authenticate(plain);
    await plain.expect(M.WELCOME);
    await expectAbort(plain, ErrorUri.PROTOCOL_VIOLATION);
  });

  it("ABORT from the client ends the handshake without an answer", async () => {
    const router = await authenticatingRouter(authenticator(() => challenge(() => ACCEPT)));
    const client = await challengedClient(router);
    sendText(client, '[3,{},"wamp.error.authentication_failed"]');
    authenticate(client);
    await client.expectClosed();
    expect(client.unread).toEqual([]);
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });
});
