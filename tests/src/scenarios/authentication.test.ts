import { ErrorUri, isId, MessageType as M, type Dict } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  allowAll,
  anonymous,
  type AuthAccept,
  type AuthChallenge,
  type Authenticator,
  type AuthRequest,
  type AuthStep,
} from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { expectAbort, expectNoTrace, Later, openStage, REALM, say, type Stage } from "./harness.js";

const ACCEPT: AuthAccept = { type: "accept", authid: "joe", authrole: "user", authprovider: "test" };
const DENY: AuthStep = { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message: "no entry" };

type Begin = (request: AuthRequest) => AuthStep | Promise<AuthStep>;
type Respond = AuthChallenge["respond"];

const method = (begin: Begin, name = "test"): Authenticator => ({ method: name, begin });
const challenge = (respond: Respond, extra: Dict = {}): AuthChallenge => ({ type: "challenge", extra, respond });

const open = (...authenticators: Authenticator[]): Promise<Stage> => openStage({ realm: { authenticators } });

/** HELLO that asks for these methods; waits for nothing. */
function hello(client: WireSession, authmethods: readonly string[] = ["test"], details: Dict = {}): void {
  client.send({ type: M.HELLO, realm: REALM, details: { roles: { caller: {} }, authmethods, ...details } });
}

function answer(client: WireSession, signature = "secret", extra: Dict = {}): void {
  client.send({ type: M.AUTHENTICATE, signature, extra });
}

/** A client that has been sent a CHALLENGE. */
async function challenged(stage: Stage): Promise<WireSession> {
  const client = stage.connect();
  hello(client);
  await client.expect(M.CHALLENGE);
  return client;
}

describe("Authentication: the outcome", () => {
  it("accept: WELCOME says who the client is now, with the authenticator's authextra", async () => {
    const stage = await open(method(() => ({ ...ACCEPT, authextra: { greeting: "hi" } })));
    const { details } = await stage.connect().join(REALM, { authmethods: ["test"] });
    expect(details).toMatchObject({ authid: "joe", authrole: "user", authmethod: "test", authprovider: "test" });
    expect(details.authextra).toEqual({ greeting: "hi" });
  });

  it("deny: ABORT with the authenticator's reason and message", async () => {
    const stage = await open(method(() => DENY));
    const client = stage.connect();
    hello(client);
    expect(await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED)).toBe("no entry");
    expect(stage.metrics.get("authentications_denied")).toBe(1);
    await expectNoTrace(stage, []);
  });

  it("a role that the realm does not have: ABORT no_such_role", async () => {
    const stage = await openStage({ realm: { authenticators: [method(() => ACCEPT)], roles: ["admin"] } });
    const client = stage.connect();
    hello(client);
    expect(await expectAbort(client, ErrorUri.NO_SUCH_ROLE)).toContain("user");
    expect(stage.metrics.get("sessions_joined")).toBe(0);
  });

  it("the authenticator is told all that it needs, and the session id is the one in WELCOME", async () => {
    const requests: AuthRequest[] = [];
    const stage = await open(
      method((request) => {
        requests.push(request);
        return ACCEPT;
      }),
    );
    const client = stage.connect();
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
    const stage = await openStage({
      realms: [
        { uri: REALM, authorizer: allowAll, authenticators: [method(() => ACCEPT)] },
        { uri: "com.example.other", authorizer: allowAll },
      ],
    });
    const client = stage.connect();
    client.send({
      type: M.HELLO,
      realm: "com.example.other",
      details: { roles: { caller: {} }, authmethods: ["test"] },
    });
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
    await stage.join("com.example.other");
  });
});

describe("Authentication: HELLO.Details.authmethods", () => {
  const named = (name: string): Authenticator => method(() => ({ ...ACCEPT, authid: name }), name);

  it("the client's order decides, methods that the realm does not offer are passed over", async () => {
    const stage = await open(named("ticket"), named("wampcra"));
    const { details } = await stage.connect().join(REALM, { authmethods: ["scram", "wampcra", "ticket"] });
    expect(details).toMatchObject({ authmethod: "wampcra", authid: "wampcra" });
  });

  it("no method in common: ABORT no_matching_auth_method that names what is offered", async () => {
    const stage = await open(named("ticket"), named("wampcra"));
    const client = stage.connect();
    hello(client, ["scram", "toString", "__proto__"]);
    expect(await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD)).toContain("ticket, wampcra");
  });

  it.each([
    ["absent", undefined],
    ["empty", []],
  ])("%s means anonymous", async (_what, authmethods) => {
    const details = authmethods === undefined ? {} : { authmethods };
    const welcome = await (await open(named("ticket"), named("anonymous"))).connect().join(REALM, details);
    expect(welcome.details.authmethod).toBe("anonymous");
    const client = (await open(named("ticket"))).connect();
    client.send({ type: M.HELLO, realm: REALM, details: { roles: { caller: {} }, ...details } });
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
  });

  it("a realm without authenticators lets nobody in, one that is not told any lets everybody in", async () => {
    const client = (await open()).connect();
    hello(client, ["anonymous"]);
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
    await (await openStage()).join();
  });

  it("anonymous() gives everybody a name of its own and the role that it is told", async () => {
    const stage = await open(anonymous({ authrole: "guest" }));
    const welcomes = [
      await stage.connect().join(REALM, { authid: "joe" }),
      await stage.connect().join(REALM, { authid: "joe" }),
    ];
    const authids = welcomes.map(({ details }) => details.authid);
    expect(new Set([...authids, "joe"]).size).toBe(3);
    expect(welcomes.map(({ details }) => details.authrole)).toEqual(["guest", "guest"]);
  });
});

describe("Authentication: CHALLENGE and AUTHENTICATE", () => {
  it("CHALLENGE names the method, and a valid AUTHENTICATE gets WELCOME", async () => {
    const seen: unknown[] = [];
    const respond: Respond = (signature, extra) => {
      seen.push(signature, extra);
      return ACCEPT;
    };
    const stage = await open(method(() => challenge(respond, { nonce: "abc" })));
    const client = stage.connect();
    hello(client);
    expect(await client.expect(M.CHALLENGE)).toMatchObject({ authmethod: "test", extra: { nonce: "abc" } });
    expect(stage.metrics.get("sessions_joined")).toBe(0);
    answer(client, "signed", { hint: 1 });
    expect((await client.expect(M.WELCOME)).details.authid).toBe("joe");
    expect(seen).toEqual(["signed", { hint: 1 }]);
  });

  it("an invalid AUTHENTICATE gets ABORT; there is no second try", async () => {
    const stage = await open(method(() => challenge(() => DENY)));
    const client = await challenged(stage);
    answer(client, "wrong");
    answer(client, "right");
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    await expectNoTrace(stage, []);
  });

  it("a method may challenge more than once", async () => {
    const stage = await open(
      method(() => challenge((one) => challenge(async (two) => ({ ...ACCEPT, authid: one + two })))),
    );
    const client = await challenged(stage);
    answer(client, "a");
    await client.expect(M.CHALLENGE);
    answer(client, "b");
    expect((await client.expect(M.WELCOME)).details.authid).toBe("ab");
  });

  it("handshakes of different clients do not mix", async () => {
    const stage = await open(
      method(({ authid = "" }) => challenge((signature) => (signature === authid ? ACCEPT : DENY))),
    );
    const [one, other] = [stage.connect(), stage.connect()];
    hello(one, ["test"], { authid: "one" });
    hello(other, ["test"], { authid: "other" });
    await one.expect(M.CHALLENGE);
    await other.expect(M.CHALLENGE);
    answer(other, "one");
    answer(one, "one");
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
  ])(
    "%s in the place of AUTHENTICATE: ABORT protocol_violation (spec: state CHALLENGING, other)",
    async (_what, text) => {
      const stage = await open(method(() => challenge(() => ACCEPT)));
      const client = await challenged(stage);
      say(client, text);
      answer(client);
      await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);
      expect(stage.metrics.get("sessions_joined")).toBe(0);
      await expectNoTrace(stage, []);
    },
  );

  it("AUTHENTICATE without CHALLENGE: ABORT protocol_violation, in every phase", async () => {
    const stage = await open(
      method(() => challenge(() => ACCEPT)),
      method(() => ACCEPT, "plain"),
    );
    const early = stage.connect();
    answer(early);
    await expectAbort(early, ErrorUri.PROTOCOL_VIOLATION);
    const twice = await challenged(stage);
    answer(twice);
    answer(twice);
    await twice.expect(M.WELCOME);
    await expectAbort(twice, ErrorUri.PROTOCOL_VIOLATION);
    const plain = stage.connect();
    hello(plain, ["plain"]);
    answer(plain);
    await plain.expect(M.WELCOME);
    await expectAbort(plain, ErrorUri.PROTOCOL_VIOLATION);
  });

  it("ABORT from the client ends the handshake without an answer", async () => {
    const stage = await open(method(() => challenge(() => ACCEPT)));
    const client = await challenged(stage);
    say(client, '[3,{},"wamp.error.authentication_failed"]');
    answer(client);
    await client.expectClosed();
    expect(client.unread).toEqual([]);
    expect(stage.metrics.get("sessions_joined")).toBe(0);
    await expectNoTrace(stage, []);
  });
});

describe("Authentication: an authenticator that takes its time", () => {
  it("holds back what the client sends meanwhile, and the router serves it in order afterwards", async () => {
    const later = new Later<AuthStep>();
    const stage = await open(
      method(() => later.promise),
      anonymous(),
    );
    const client = stage.connect();
    hello(client);
    say(client, '[32,1,{},"com.example.topic"]');
    say(client, '[16,2,{"acknowledge":true,"exclude_me":false},"com.example.topic"]');
    await client.expectNothing();
    await stage.join();
    later.resolve(ACCEPT);
    for (const type of [M.WELCOME, M.SUBSCRIBED, M.EVENT, M.PUBLISHED]) await client.expect(type);
  });

  it("may challenge, deny or accept later", async () => {
    const stage = await open(
      method(async () => challenge(async (signature) => (signature === "secret" ? ACCEPT : DENY))),
    );
    const [good, bad] = [await challenged(stage), await challenged(stage)];
    answer(good);
    answer(bad, "guess");
    await good.expect(M.WELCOME);
    await expectAbort(bad, ErrorUri.AUTHENTICATION_DENIED);
  });

  it("is too late when the client has gone: there is no session, and nothing stays behind", async () => {
    const later = new Later<AuthStep>();
    const stage = await open(method(() => later.promise));
    const client = stage.connect(json, { closeTimeout: 1000 });
    hello(client);
    await settle();
    client.disconnect();
    await settle();
    // The router does not read meanwhile, so it learns of the end when the transport gives up.
    stage.clock.advance(1000);
    later.resolve(ACCEPT);
    await settle();
    expect(stage.metrics.get("sessions_joined")).toBe(0);
    await expectNoTrace(stage, []);
  });

  it("is too late after the authentication timeout: ABORT authentication_failed has been sent", async () => {
    const later = new Later<AuthStep>();
    const stage = await openStage({
      limits: { authenticationTimeout: 2000 },
      realm: { authenticators: [method(() => later.promise)] },
    });
    const client = stage.connect();
    hello(client);
    await settle();
    stage.clock.advance(1999);
    await client.expectNothing();
    stage.clock.advance(1);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    later.resolve(ACCEPT);
    await settle();
    expect(stage.metrics.get("sessions_joined")).toBe(0);
    expect(stage.metrics.get("limit_authentication_timeout")).toBe(1);
    await expectNoTrace(stage, []);
  });

  it("is too late when the realm was closed meanwhile: ABORT no_such_realm", async () => {
    const later = new Later<AuthStep>();
    const stage = await open(method(() => later.promise));
    const client = stage.connect();
    hello(client);
    await settle();
    await stage.router.removeRealm(REALM);
    later.resolve(ACCEPT);
    await expectAbort(client, ErrorUri.NO_SUCH_REALM);
  });

  it("a client that does not answer its CHALLENGE in time: ABORT authentication_failed", async () => {
    const stage = await openStage({
      limits: { authenticationTimeout: 2000 },
      realm: { authenticators: [method(() => challenge(() => ACCEPT))] },
    });
    const client = await challenged(stage);
    stage.clock.advance(2000);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    expect(stage.metrics.get("limit_authentication_timeout")).toBe(1);
    await expectNoTrace(stage, []);
  });

  it("the timeout is over once the client is in", async () => {
    const stage = await open(method(() => challenge(() => ACCEPT)));
    const client = await challenged(stage);
    answer(client);
    await client.expect(M.WELCOME);
    expect(stage.clock.pending).toBe(0);
  });
});

describe("Authentication: an authenticator that fails (spec: authentication_failed, fail secure)", () => {
  const fail = (): never => {
    throw new Error("password database at 10.0.0.7 is down");
  };
  const rejects = async (): Promise<AuthStep> => fail();

  it.each<readonly [string, Begin]>([
    ["begin throws", fail],
    ["begin rejects", rejects],
    ["respond throws", () => challenge(fail)],
    ["respond rejects", () => challenge(rejects)],
  ])("%s: ABORT authentication_failed, with the cause in the log only", async (_how, begin) => {
    const stage = await open(method(begin));
    const client = stage.connect();
    hello(client);
    if ((await client.next()).type === M.CHALLENGE) {
      answer(client);
      await client.next();
    }
    await client.expectClosed();
    const [last] = client.frames.slice(-1);
    expect(new TextDecoder().decode(last)).toContain(ErrorUri.AUTHENTICATION_FAILED);
    expect(new TextDecoder().decode(last)).not.toContain("password");
    expect(stage.errors()).toHaveLength(1);
    expect(String(stage.errors()[0]?.fields["error"])).toContain("10.0.0.7");
    expect(stage.metrics.get("authentications_denied")).toBe(1);
    await expectNoTrace(stage, []);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a boolean", true],
    ["a step of unknown type", { type: "maybe" }],
  ])("an answer that is none (%s): ABORT authentication_failed", async (_what, step) => {
    for (const begin of [() => step as AuthStep, async () => step as AuthStep]) {
      const stage = await open(method(begin));
      const client = stage.connect();
      hello(client);
      await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
      await expectNoTrace(stage, []);
    }
  });

  it.each<readonly [string, (extra: Dict) => AuthStep]>([
    ["WELCOME.Details.authextra", (authextra) => ({ ...ACCEPT, authextra })],
    ["CHALLENGE.Extra", (extra) => challenge(() => ACCEPT, extra)],
  ])("%s that cannot be encoded: ABORT authentication_failed, and no session", async (_what, step) => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    const stage = await open(method(() => step(loop)));
    const client = stage.connect();
    hello(client);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    expect(stage.metrics.get("sessions_joined")).toBe(0);
    await expectNoTrace(stage, []);
  });

  it("nothing of the failed attempt is left for the next client", async () => {
    let healthy = false;
    const stage = await open(method(() => (healthy ? ACCEPT : fail())));
    const client = stage.connect();
    hello(client);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    healthy = true;
    await stage.connect().join(REALM, { authmethods: ["test"] });
  });
});
