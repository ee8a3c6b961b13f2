import {
  askProcedure,
  dynamicCra,
  dynamicCryptosign,
  dynamicTickets,
  dynamicWampScram,
  cryptosign,
  ticket,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import { cryptosignClient, ticketClient, wampcraClient, wampScramClient } from "@kreuz/auth/client";
import { generateCryptosignPair, hashScramPassword } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M, type Payload, type Uri } from "@kreuz/codec";
import { allowAll, anonymous, type Router } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  authenticate,
  createTestRouter,
  expectAbort,
  hello,
  logIn,
  REALM,
  startLogin,
  type TestRouter,
} from "../support/index.js";

const AUTH_REALM = "com.example.auth";
const PROCEDURE = "com.example.authenticate";
const device = generateCryptosignPair();

/** A router with a realm whose accounts are known to a procedure in another realm. */
async function setUp(): Promise<TestRouter> {
  // The authenticators exist before the router.
  const made: { router?: Router } = {};
  const call = async (procedure: Uri, payload: Payload): Promise<Payload> => {
    if (made.router === undefined) throw new Error("the router is not there yet");
    return made.router.connect(AUTH_REALM, { authrole: "authenticator" }).call(procedure, payload);
  };
  const source = askProcedure(call, PROCEDURE);
  const authenticators = [
    ticket({ store: dynamicTickets(source) }),
    wampcra({ store: dynamicCra(source) }),
    wampScram({ store: dynamicWampScram(source) }),
    cryptosign({ store: dynamicCryptosign(source) }),
  ];
  const router = await createTestRouter({
    realms: [
      { uri: REALM, authorizer: allowAll, authenticators },
      { uri: AUTH_REALM, authorizer: allowAll, authenticators: [anonymous()] },
    ],
  });
  made.router = router;
  return router;
}

/** Joins the callee that knows the accounts. */
async function joinAuthenticator(router: TestRouter): Promise<WireSession> {
  const component = await router.join({ realm: AUTH_REALM });
  await component.register(PROCEDURE);
  return component;
}

/** Answers the next invocation. @returns its arguments. */
async function answerNext(component: WireSession, answer: unknown): Promise<readonly unknown[]> {
  const { request, payload } = await component.expect(M.INVOCATION);
  component.yield(request, { args: [answer] });
  return payload.args ?? [];
}

describe("Dynamic authenticator: a WAMP procedure", () => {
  it("ticket: is called with realm, authid and details, including the ticket", async () => {
    const router = await setUp();
    const component = await joinAuthenticator(router);
    const client = router.connectClient();
    await startLogin(client, ticketClient("123sekret"), { authid: "joe", authextra: { device: "phone" } });
    const [realm, authid, details] = await answerNext(component, { role: "frontend", extra: { quota: 5 } });
    expect([realm, authid]).toEqual([REALM, "joe"]);
    expect(details).toMatchObject({
      authmethod: "ticket",
      ticket: "123sekret",
      authextra: { device: "phone" },
      transport: { type: "memory" },
    });
    const { session, details: welcome } = await client.expect(M.WELCOME);
    expect(welcome).toMatchObject({ authrole: "frontend", authprovider: "dynamic", authextra: { quota: 5 } });
    expect(details).toMatchObject({ session });
  });

  it.each([
    ["wampcra", wampcraClient("secret2"), async () => ({ secret: "secret2" })],
    [
      "wamp-scram",
      wampScramClient({ authid: "joe", password: "pencil" }),
      () => hashScramPassword("pencil", { kdf: "pbkdf2", iterations: 4096 }),
    ],
    ["cryptosign", cryptosignClient(device), async () => ({ pubkey: device.publicKey })],
  ])("%s: is called for the credential before the challenge", async (_method, client, credential) => {
    const router = await setUp();
    const component = await joinAuthenticator(router);
    const decided = credential().then((fields) => answerNext(component, { role: "user", ...fields }));
    expect(await logIn(router.connectClient(), client, { authid: "joe" })).toMatchObject({
      authid: "joe",
      authrole: "user",
    });
    expect((await decided)[2]).not.toHaveProperty("ticket");
  });

  it("an error of the procedure refuses the client; its URI and text are not sent", async () => {
    const router = await setUp();
    const component = await joinAuthenticator(router);
    const client = router.connectClient();
    await startLogin(client, ticketClient("x"), { authid: "joe" });
    const { request } = await component.expect(M.INVOCATION);
    component.fail(request, "com.example.banned", { args: ["joe owes us money"] });
    expect(await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED)).not.toContain("money");
  });

  it("no procedure, an invalid answer or another realm: ABORT authentication_failed, with the cause in the log", async () => {
    const router = await setUp();
    const early = router.connectClient();
    await startLogin(early, ticketClient("x"), { authid: "joe" });
    await expectAbort(early, ErrorUri.AUTHENTICATION_FAILED);
    const component = await joinAuthenticator(router);
    for (const answer of [7, { role: "user", realm: AUTH_REALM }]) {
      const client = router.connectClient();
      await startLogin(client, ticketClient("x"), { authid: "joe" });
      await answerNext(component, answer);
      await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    }
    expect(router.errors()).toHaveLength(3);
  });

  it("other clients do not wait; authenticationTimeout ends a call that is never answered", async () => {
    const router = await setUp();
    const component = await joinAuthenticator(router);
    const [slow, quick] = [router.connectClient(), router.connectClient()];
    hello(slow, ["wampcra"], { authid: "joe" });
    await component.expect(M.INVOCATION);
    await startLogin(quick, ticketClient("x"), { authid: "ann" });
    await answerNext(component, "user");
    await quick.expect(M.WELCOME);
    router.clock.advance(30_000);
    await expectAbort(slow, ErrorUri.AUTHENTICATION_FAILED);
  });

  it("the callee leaves during the call: ABORT authentication_failed", async () => {
    const router = await setUp();
    const component = await joinAuthenticator(router);
    const client = router.connectClient();
    hello(client, ["ticket"], { authid: "joe" });
    await client.expect(M.CHALLENGE);
    authenticate(client, "x");
    await component.expect(M.INVOCATION);
    component.disconnect();
    await settle();
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
  });
});
