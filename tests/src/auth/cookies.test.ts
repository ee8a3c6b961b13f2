import {
  type CookieAuthentication,
  cookieAuthentication,
  cookieJar,
  MemoryCookieStore,
  ticket,
  TicketAccounts,
} from "@kreuz/auth";
import { ticketClient } from "@kreuz/auth/client";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { allowAll, anonymous, type Authenticator, type RealmOptions } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { FakeClock, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, hello, logIn, REALM, type TestRouter } from "../support/index.js";

const OTHER = "com.example.other";
const DAY = 86_400_000;

interface CookieSetup {
  readonly router: TestRouter;
  readonly clock: FakeClock;
  readonly store: MemoryCookieStore;
  /** Connects a client as a listener does: with the cookie that it sent, or a new one. */
  connect(cookieHeader?: string): { client: WireSession; header: string };
}

async function setUp(): Promise<CookieSetup> {
  const clock = new FakeClock();
  const store = new MemoryCookieStore({ clock });
  const jar = cookieJar({ store });
  const realm = (uri: string): RealmOptions => {
    const cookies = cookieAuthentication(store);
    const tickets = ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "secret" } }) });
    return {
      uri,
      authorizer: allowAll,
      authenticators: [cookies.authenticator, cookies.remember(tickets), anonymous()],
      plugins: [cookies.plugin, sessionMeta()],
    };
  };
  const router = await createTestRouter({ realms: [realm(REALM), realm(OTHER)] });
  return {
    router,
    clock,
    store,
    connect(cookieHeader) {
      const { id, nextId } = jar({ cookieHeader, tls: false });
      const evidence = { cookie: id, ...(nextId === undefined ? {} : { nextCookie: nextId }) };
      return { client: router.connectClient({ evidence }), header: `kreuz=${id}` };
    },
  };
}

const joe = { authid: "joe" };

async function methodFor(client: WireSession, realm: string = REALM): Promise<string | undefined> {
  hello(client, ["cookie", "anonymous"], {}, realm);
  return (await client.expect(M.WELCOME)).details.authmethod;
}

describe("Cookie authentication (spec: Transport-level Authentication)", () => {
  it("a client that has logged in joins again by the cookie, with the same identity", async () => {
    const { connect } = await setUp();
    const first = connect();
    await logIn(first.client, ticketClient("secret"), joe);
    const { client } = connect(first.header);
    hello(client, ["cookie", "ticket"]);
    expect((await client.expect(M.WELCOME)).details).toMatchObject({
      authid: "joe",
      authrole: "user",
      authmethod: "cookie",
      authprovider: "static",
    });
  });

  it("a cookie without a login is skipped in favor of the next method", async () => {
    const { connect, store } = await setUp();
    const first = connect();
    expect(await methodFor(first.client)).toBe("anonymous");
    expect(await methodFor(connect(first.header).client)).toBe("anonymous");
    const alone = connect(first.header).client;
    hello(alone, ["cookie"]);
    await expectAbort(alone, ErrorUri.NO_MATCHING_AUTH_METHOD);
    expect(store.size).toBe(0);
  });

  it("a failed login does not make the cookie valid", async () => {
    const { connect } = await setUp();
    const first = connect();
    hello(first.client, ["ticket"], joe);
    await first.client.expect(M.CHALLENGE);
    first.client.send({ type: M.AUTHENTICATE, signature: "wrong", extra: {} });
    await expectAbort(first.client, ErrorUri.AUTHENTICATION_DENIED);
    expect(await methodFor(connect(first.header).client)).toBe("anonymous");
  });

  it("a planted cookie id is not used for a login", async () => {
    const { connect } = await setUp();
    const planted = connect().header;
    const victim = connect(planted);
    expect(victim.header).not.toBe(planted);
    await logIn(victim.client, ticketClient("secret"), joe);
    expect(await methodFor(connect(planted).client)).toBe("anonymous");
  });

  it("is valid only in the realm of the login", async () => {
    const { connect } = await setUp();
    const first = connect();
    await logIn(first.client, ticketClient("secret"), joe);
    expect(await methodFor(connect(first.header).client, OTHER)).toBe("anonymous");
  });

  it("expires", async () => {
    const { connect, clock } = await setUp();
    const first = connect();
    await logIn(first.client, ticketClient("secret"), joe);
    clock.advance(DAY);
    expect(await methodFor(connect(first.header).client)).toBe("anonymous");
  });

  it.each([
    ["wamp.session.kill", (id: number) => ["wamp.session.kill", [id]] as const],
    ["wamp.session.kill_by_authid", () => ["wamp.session.kill_by_authid", ["joe"]] as const],
    ["wamp.session.kill_all", () => ["wamp.session.kill_all", []] as const],
  ])("%s revokes it, also for a session that joined by the cookie", async (_name, callFor) => {
    const { connect, router, store } = await setUp();
    const first = connect();
    await logIn(first.client, ticketClient("secret"), joe);
    first.client.disconnect();
    const again = connect(first.header);
    hello(again.client, ["cookie"]);
    const { session } = await again.client.expect(M.WELCOME);
    expect(store.size).toBe(1);
    const admin = await router.join();
    const [procedure, args] = callFor(session);
    await admin.call(procedure, { args });
    await again.client.expect(M.GOODBYE);
    expect(store.size).toBe(0);
    expect(await methodFor(connect(first.header).client)).toBe("anonymous");
  });

  it("survives a plain GOODBYE and a lost connection; wamp.close.logout revokes it", async () => {
    const { connect, store } = await setUp();
    const first = connect();
    await logIn(first.client, ticketClient("secret"), joe);
    await first.client.leave();
    const lost = connect(first.header).client;
    expect(await methodFor(lost)).toBe("cookie");
    lost.disconnect();
    const last = connect(first.header).client;
    expect(await methodFor(last)).toBe("cookie");
    await last.leave("wamp.close.logout");
    expect(store.size).toBe(0);
  });

  it("does not appear in WELCOME, the meta API or the log", async () => {
    const { connect, router } = await setUp();
    const first = connect();
    const welcome = await logIn(first.client, ticketClient("secret"), joe);
    const admin = await router.join();
    const payload = await admin.call("wamp.session.list");
    const seen: unknown[] = [welcome, router.log];
    const [ids] = payload.args as [number[]];
    for (const id of ids) {
      seen.push((await admin.call("wamp.session.get", { args: [id] })).args);
    }
    expect(JSON.stringify(seen)).not.toContain(first.header.slice("kreuz=".length));
  });
});

describe("Authenticators that are replaced while the router runs", () => {
  /** A realm whose authenticators `replace` replaces, as a reload does. */
  async function replaceable() {
    const store = new MemoryCookieStore();
    const cookies = cookieAuthentication(store);
    const authenticators = methods(cookies);
    const router = await createTestRouter({ realm: { authenticators, plugins: [cookies.plugin, sessionMeta()] } });
    const connect = (cookie: string): WireSession => router.connectClient({ evidence: { cookie } });
    const replace = (replacement: readonly Authenticator[]): void =>
      void authenticators.splice(0, Infinity, ...replacement);
    return { store, cookies, connect, replace };
  }

  function methods(cookies: CookieAuthentication): Authenticator[] {
    const tickets = ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "secret" } }) });
    return [cookies.authenticator, cookies.remember(tickets), anonymous()];
  }

  it("sessions from before are logged out, once, when they are killed after it", async () => {
    const { store, cookies, connect, replace } = await replaceable();
    const id = store.issue();
    const client = connect(id);
    await logIn(client, ticketClient("secret"), joe);
    for (let time = 0; time < 100; time++) replace(methods(cookies.renewed()));
    const revoked: string[] = [];
    store.revoke = (cookie) => void revoked.push(cookie);
    const admin = connect(store.issue());
    await admin.join(REALM);
    await admin.call("wamp.session.kill", { args: [client.id] });
    expect(revoked).toEqual([id]);
  });

  it("a cookie of a method that is gone is refused and revoked", async () => {
    const { store, cookies, connect, replace } = await replaceable();
    const id = store.issue();
    await logIn(connect(id), ticketClient("secret"), joe);
    replace([cookies.renewed().authenticator]);
    await expect(connect(id).join(REALM, { authmethods: ["cookie"] })).rejects.toMatchObject({
      uri: ErrorUri.AUTHENTICATION_DENIED,
    });
    expect(store.has(id)).toBe(false);
  });
});
