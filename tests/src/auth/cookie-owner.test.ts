// A cookie stands for one person, for as long as the account is what it was.
import {
  AccountStore,
  cookieAuthentication,
  cookieJar,
  cryptosign,
  CryptosignAccounts,
  dynamicTickets,
  MemoryCookieStore,
  ticket,
  TicketAccounts,
  wampcra,
  type Accounts,
  type CredentialSource,
  type TicketCredential,
} from "@kreuz/auth";
import { cryptosignClient, ticketClient, wampcraClient, type ClientMethod } from "@kreuz/auth/client";
import { generateCryptosignPair } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { allowAll, anonymous, type Authenticator } from "@kreuz/router";
import { FakeClock, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, hello, logIn, REALM } from "../support/index.js";

const OTHER = "com.example.other";
const LOGOUT = "wamp.close.logout";

/** Keeps cookies as a browser does. */
class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #connect: (browser: Browser) => WireSession;

  constructor(connect: (browser: Browser) => WireSession) {
    this.#connect = connect;
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  set(setCookie: string | undefined): void {
    const [, name, value] = /^([^=]+)=([^;]+)/.exec(setCookie ?? "") ?? [];
    if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
  }

  /** Somebody takes the cookies with them. */
  copy(): Browser {
    const copy = new Browser(this.#connect);
    for (const [name, value] of this.#cookies) copy.#cookies.set(name, value);
    return copy;
  }

  connect(): WireSession {
    return this.#connect(this);
  }

  logIn(authid: string, method: ClientMethod = ticketClient(authid), realm: string = REALM): Promise<WireSession> {
    return this.#logIn(this.connect(), authid, method, realm);
  }

  async #logIn(client: WireSession, authid: string, method: ClientMethod, realm: string): Promise<WireSession> {
    await logIn(client, method, { authid }, realm);
    return client;
  }

  /** Who the cookies stand for: the authid, or how the attempt ended. */
  async who(realm: string = REALM): Promise<string> {
    const client = this.connect();
    hello(client, ["cookie", "anonymous"], {}, realm);
    const answer = await client.next();
    client.disconnect();
    if (answer.type === M.ABORT) return answer.reason;
    if (answer.type !== M.WELCOME) throw new Error("neither WELCOME nor ABORT");
    const { authmethod, authid, authrole } = answer.details;
    return authmethod === "cookie" ? `${authid} as ${authrole}` : "nobody";
  }
}

const device = generateCryptosignPair();

interface CookieSetup {
  readonly store: MemoryCookieStore;
  /** Replaces the accounts for tickets. */
  setAccounts(accounts: Accounts<TicketCredential>): void;
  /** Replaces the source of the dynamic method. */
  setSource(source: CredentialSource): void;
  browser(): Browser;
}

const ACCOUNTS = {
  joe: { authrole: "user", ticket: "joe" },
  ann: { authrole: "admin", ticket: "ann" },
};

async function setUp(): Promise<CookieSetup> {
  const store = new MemoryCookieStore({ clock: new FakeClock() });
  const jar = cookieJar({ store });
  let accounts = new TicketAccounts(ACCOUNTS);
  let source: CredentialSource = () => null;
  const tickets: Authenticator = ticket({
    store: {
      provider: "static",
      verify: (request, given) => accounts.verify(request, given),
      find: (request) => accounts.find(request),
    },
  });
  const realm = (uri: string) => {
    const cookies = cookieAuthentication(store);
    const authenticators = [
      tickets,
      { ...ticket({ store: dynamicTickets((...asked) => source(...asked)) }), method: "dynamic" },
      wampcra({ store: new AccountStore({ joe: { authrole: "user", authid: "joseph", secret: "secret" } }) }),
      cryptosign({
        store: new CryptosignAccounts({ d1: { authrole: "device", authid: "device-1", keys: [device.publicKey] } }),
      }),
    ].map((authenticator) => cookies.remember(authenticator));
    return {
      uri,
      authorizer: allowAll,
      authenticators: [cookies.authenticator, ...authenticators, anonymous()],
      plugins: [cookies.plugin],
    };
  };
  const router = await createTestRouter({ realms: [realm(REALM), realm(OTHER)] });
  const connect = (browser: Browser): WireSession => {
    const { id, nextId, setCookie } = jar({ cookieHeader: browser.header, tls: false });
    browser.set(setCookie);
    const evidence = { cookie: id, ...(nextId === undefined ? {} : { nextCookie: nextId }) };
    return router.connectClient({ evidence });
  };
  return {
    store,
    setAccounts: (changed) => (accounts = new TicketAccounts(changed)),
    setSource: (changed) => (source = changed),
    browser: () => new Browser(connect),
  };
}

describe("A cookie never changes its owner", () => {
  it("somebody else logs in from the same browser: whoever kept the old cookie is nobody, the browser is the new one", async () => {
    const { browser } = await setUp();
    const shared = browser();
    await shared.logIn("joe");
    const kept = shared.copy();
    expect(await kept.who()).toBe("joe as user");
    await shared.logIn("ann");
    expect(await kept.who()).toBe("nobody");
    expect(await shared.who()).toBe("ann as admin");
    await shared.logIn("joe");
    expect(await shared.who()).toBe("joe as user");
  });

  it("a cookie of one's own, planted in somebody's browser, is worth nothing after their login, in any realm", async () => {
    const { browser } = await setUp();
    for (const realm of [REALM, OTHER]) {
      const attacker = browser();
      await attacker.logIn("joe");
      const victim = attacker.copy();
      await victim.logIn("ann", ticketClient("ann"), realm);
      expect(await attacker.who(realm)).toBe("nobody");
      expect(await victim.who(realm)).toBe("ann as admin");
    }
  });

  it("also where the name is the same in the other realm", async () => {
    const { browser } = await setUp();
    const attacker = browser();
    await attacker.logIn("joe");
    const victim = attacker.copy();
    await victim.logIn("joe", ticketClient("joe"), OTHER);
    expect(await attacker.who(OTHER)).toBe("nobody");
  });

  it("logins in two realms from one browser are both remembered, and a logout in either ends both", async () => {
    const { browser } = await setUp();
    const one = browser();
    const first = await one.logIn("joe");
    await one.logIn("joe", ticketClient("joe"), OTHER);
    expect([await one.who(), await one.who(OTHER)]).toEqual(["joe as user", "joe as user"]);
    await first.leave(LOGOUT);
    expect([await one.who(), await one.who(OTHER)]).toEqual(["nobody", "nobody"]);
  });

  it("one connection, one person after the other: the second is not remembered by the first one's cookie", async () => {
    const { browser, store } = await setUp();
    for (const reason of ["wamp.close.normal", LOGOUT]) {
      const shared = browser();
      const client = await shared.logIn("joe");
      const kept = shared.copy();
      await client.leave(reason);
      await logIn(client, ticketClient("ann"), { authid: "ann" });
      expect(await kept.who()).toBe("nobody");
      client.disconnect();
    }
    expect(store.size).toBe(0);
  });

  it("logging in again as the same one keeps the cookie", async () => {
    const { browser } = await setUp();
    const [first, second] = [browser(), browser()];
    await first.logIn("joe");
    await second.logIn("joe");
    const header = first.header.split(";")[0];
    await first.logIn("joe");
    expect(first.header.split(";")[0]).toBe(header);
    expect([await first.who(), await second.who()]).toEqual(["joe as user", "joe as user"]);
  });
});

describe("A cookie is worth what the account is worth now", () => {
  it.each<[string, Accounts<TicketCredential>]>([
    ["gone", { ann: ACCOUNTS.ann }],
    ["demoted", { ...ACCOUNTS, joe: { authrole: "guest", ticket: "joe" } }],
    ["promoted", { ...ACCOUNTS, joe: { authrole: "admin", ticket: "joe" } }],
    ["somebody else's name", { ...ACCOUNTS, joe: { authrole: "user", authid: "other", ticket: "joe" } }],
  ])("the account is %s: refused, and the cookie is revoked for good", async (_, changed) => {
    const { browser, setAccounts, store } = await setUp();
    const joe = browser();
    await joe.logIn("joe");
    setAccounts(changed);
    expect(await joe.who()).toBe(ErrorUri.AUTHENTICATION_DENIED);
    expect(store.size).toBe(0);
    setAccounts(ACCOUNTS);
    expect(await joe.who()).toBe("nobody");
  });

  it("an account under another name, and one found by its key alone, are found again", async () => {
    const { browser } = await setUp();
    const joe = browser();
    await joe.logIn("joe", wampcraClient("secret"));
    expect(await joe.who()).toBe("joseph as user");
    const machine = browser();
    const client = machine.connect();
    await logIn(client, cryptosignClient(device));
    expect(await machine.who()).toBe("device-1 as device");
  });

  it("a procedure is asked without a ticket; what it denies is refused, what it fails at is not revoked", async () => {
    const { browser, setSource } = await setUp();
    const asked: unknown[] = [];
    setSource((_realm, _authid, { authmethod, ticket: given }) => {
      asked.push([authmethod, given]);
      return authmethod === "cookie" || given === "secret" ? "user" : null;
    });
    const joe = browser();
    await joe.logIn("joe", { ...ticketClient("secret"), authmethod: "dynamic" });
    expect(await joe.who()).toBe("joe as user");
    expect(asked).toEqual([
      ["ticket", "secret"],
      ["cookie", undefined],
    ]);
    setSource(() => {
      throw new Error("database down");
    });
    expect(await joe.who()).toBe(ErrorUri.AUTHENTICATION_FAILED);
    setSource(() => "user");
    expect(await joe.who()).toBe("joe as user");
    setSource(() => null);
    expect(await joe.who()).toBe(ErrorUri.AUTHENTICATION_DENIED);
    expect(await joe.who()).toBe("nobody");
  });

  it("revoked while the account is looked up: refused", async () => {
    const { browser, setSource } = await setUp();
    setSource(() => "user");
    const joe = browser();
    const first = await joe.logIn("joe", { ...ticketClient("x"), authmethod: "dynamic" });
    let answer: (role: string) => void = () => {};
    setSource(() => new Promise((resolve) => (answer = resolve)));
    const second = joe.connect();
    hello(second, ["cookie"]);
    await first.leave(LOGOUT);
    answer("user");
    await expectAbort(second, ErrorUri.AUTHENTICATION_DENIED);
  });

  it("a method that cannot look accounts up is not remembered", async () => {
    const store = new MemoryCookieStore({ clock: new FakeClock() });
    const cookies = cookieAuthentication(store);
    const accounts = new TicketAccounts(ACCOUNTS);
    const blind = ticket({
      store: { provider: "mine", verify: (request, given) => accounts.verify(request, given) },
    });
    const router = await createTestRouter({
      realm: { authenticators: [cookies.authenticator, cookies.remember(blind)] },
    });
    const client = router.connectClient({ evidence: { cookie: store.issue() } });
    await logIn(client, ticketClient("joe"), { authid: "joe" });
    expect(store.size).toBe(0);
  });
});
