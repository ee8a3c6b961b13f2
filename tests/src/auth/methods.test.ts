import {
  AccountStore,
  cryptosign,
  CryptosignAccounts,
  scram,
  ticket,
  TicketAccounts,
  tls,
  TlsAccounts,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import {
  cryptosignClient,
  scramClient,
  ticketClient,
  wampcraClient,
  wampScramClient,
  type ClientMethod,
} from "@kreuz/auth/client";
import { generateCryptosignPair, hashCraSecret, hashScramPassword, hashTicket } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M, type Dict } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { msgpack } from "@kreuz/codec/msgpack";
import { anonymous, type Authenticator } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import {
  authenticate,
  authenticatingRouter,
  createTestRouter,
  expectAbort,
  expectNoTrace,
  hello,
  logIn,
  REALM,
  sendText,
  startLogin,
  type TestRouter,
} from "../support/index.js";

const device = generateCryptosignPair();
const stranger = generateCryptosignPair();
const cheap = { kdf: "pbkdf2", iterations: 4096 } as const;

/** An authentication method: for the router, and for clients of `joe` with a valid and with a wrong credential. */
interface Method {
  readonly authenticator: () => Promise<Authenticator>;
  readonly valid: () => ClientMethod;
  readonly wrong: () => ClientMethod;
}

const accounts = <C>(joe: C): Readonly<Record<string, C & { authrole: string }>> => ({
  joe: { authrole: "user", ...joe },
});

const METHODS: Readonly<Record<string, Method>> = {
  ticket: {
    authenticator: async () => ticket({ store: new TicketAccounts(accounts({ ticket: "secret!!!" })) }),
    valid: () => ticketClient("secret!!!"),
    wrong: () => ticketClient("secret!!"),
  },
  "ticket, hashed": {
    authenticator: async () =>
      ticket({ store: new TicketAccounts(accounts({ ticketHash: await hashTicket("secret!!!", { iterations: 9 }) })) }),
    valid: () => ticketClient("secret!!!"),
    wrong: () => ticketClient("secret!!"),
  },
  wampcra: {
    authenticator: async () => wampcra({ store: new AccountStore(accounts({ secret: "secret2" })) }),
    valid: () => wampcraClient("secret2"),
    wrong: () => wampcraClient("secret1"),
  },
  "wampcra, salted": {
    authenticator: async () =>
      wampcra({ store: new AccountStore(accounts(await hashCraSecret("secret2", { iterations: 100 }))) }),
    valid: () => wampcraClient("secret2"),
    wrong: () => wampcraClient("secret1"),
  },
  "wamp-scram": {
    authenticator: async () =>
      wampScram({ store: new AccountStore(accounts(await hashScramPassword("pencil", cheap))) }),
    valid: () => wampScramClient({ authid: "joe", password: "pencil" }),
    wrong: () => wampScramClient({ authid: "joe", password: "pen" }),
  },
  scram: {
    authenticator: async () =>
      scram({
        store: new AccountStore(
          accounts(await hashScramPassword("pencil", { kdf: "argon2id-13", iterations: 1, memory: 16 })),
        ),
      }),
    valid: () => scramClient({ authid: "joe", password: "pencil" }),
    wrong: () => scramClient({ authid: "joe", password: "pen" }),
  },
  cryptosign: {
    authenticator: async () => cryptosign({ store: new CryptosignAccounts(accounts({ keys: [device.publicKey] })) }),
    valid: () => cryptosignClient(device),
    wrong: () => cryptosignClient(stranger),
  },
};

describe.each(Object.entries(METHODS))("%s", (_name, { authenticator, valid, wrong }) => {
  it("a valid credential: WELCOME with the identity", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    const method = valid();
    const details = await logIn(client, method, { authid: "joe" });
    expect(details).toMatchObject({
      realm: REALM,
      authid: "joe",
      authrole: "user",
      authmethod: method.authmethod,
      authprovider: "static",
    });
    expect(method.verify?.(details.authextra ?? {}) ?? true).toBe(true);
    await expectNoTrace(router, [client]);
  });

  it.each([
    ["MessagePack", msgpack],
    ["CBOR", cbor],
  ])("a valid credential over %s", async (_codec, codec) => {
    const router = await authenticatingRouter(await authenticator());
    expect(await logIn(router.connectClient({ codec }), valid(), { authid: "joe" })).toMatchObject({ authid: "joe" });
  });

  it("a wrong credential and an unknown authid: ABORT authentication_denied, the same to the byte", async () => {
    const router = await authenticatingRouter(await authenticator());
    const [first, second] = [router.connectClient(), router.connectClient()];
    await startLogin(first, wrong(), { authid: "joe" });
    const message = await expectAbort(first, ErrorUri.AUTHENTICATION_DENIED);
    await startLogin(second, valid(), { authid: "nobody" });
    expect(await expectAbort(second, ErrorUri.AUTHENTICATION_DENIED)).toBe(message);
    expect(first.frames.at(-1)).toEqual(second.frames.at(-1));
    expect(router.stats(REALM)!.authenticationsWith("denied")).toBe(2);
    await expectNoTrace(router, []);
  });

  it("the log has the cause, the client does not get it", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    await startLogin(client, wrong(), { authid: "joe" });
    const message = await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    const line = router.log.find((entry) => entry.message.startsWith("authentication denied: "));
    expect(line?.fields).toMatchObject({
      realm: REALM,
      authid: "joe",
      authmethod: valid().authmethod,
      reason: ErrorUri.AUTHENTICATION_DENIED,
    });
    // One line for one refusal.
    expect(router.log.filter(({ message }) => /denied|aborted|refused/.test(message))).toHaveLength(1);
    expect(message).not.toContain(line?.message.slice("authentication denied: ".length));
    expect(JSON.stringify(router.log)).not.toMatch(/secret|pencil/);
  });

  it("an answer cannot be replayed by another session, nor by the next one on the same transport", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    const method = valid();
    const details = { authid: "joe", authextra: method.authextra };
    hello(client, [method.authmethod], details);
    const first = await client.expect(M.CHALLENGE);
    const { signature, extra } = await method.respond(first.extra);
    authenticate(client, signature, extra);
    await client.expect(M.WELCOME);
    await client.leave();
    for (const again of [client, router.connectClient()]) {
      hello(again, [method.authmethod], details);
      await again.expect(M.CHALLENGE);
      authenticate(again, signature, extra);
      // Only a ticket stays valid.
      if (method.authmethod === "ticket") await again.expect(M.WELCOME);
      else await expectAbort(again, ErrorUri.AUTHENTICATION_DENIED);
    }
  });

  it("one challenge allows one answer", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    const method = valid();
    hello(client, [method.authmethod], { authid: "joe", authextra: method.authextra });
    const { extra } = await client.expect(M.CHALLENGE);
    const answer = await method.respond(extra);
    authenticate(client, "wrong", answer.extra);
    authenticate(client, answer.signature, answer.extra);
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    expect(router.stats(REALM)!.joined.total).toBe(0);
  });

  it("no answer within authenticationTimeout: ABORT, and nothing is left", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    const method = valid();
    hello(client, [method.authmethod], { authid: "joe", authextra: method.authextra });
    await client.expect(M.CHALLENGE);
    router.clock.advance(30_000);
    await expectAbort(client, ErrorUri.AUTHENTICATION_FAILED);
    expect(router.metrics.get("limit_authentication_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("HELLO without the details of the method: ABORT names what is missing", async () => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    hello(client, [valid().authmethod]);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toContain("HELLO.Details.");
  });

  it("a role that does not exist in the realm: ABORT no_such_role, only after a valid credential", async () => {
    const router = await createTestRouter({ realm: { authenticators: [await authenticator()], roles: ["admin"] } });
    const [right, other] = [router.connectClient(), router.connectClient()];
    await startLogin(right, valid(), { authid: "joe" });
    await expectAbort(right, ErrorUri.NO_SUCH_ROLE);
    await startLogin(other, wrong(), { authid: "joe" });
    await expectAbort(other, ErrorUri.AUTHENTICATION_DENIED);
  });

  it.each([
    ["numbers for texts", { authextra: { nonce: 1, pubkey: 1, channel_binding: 1, challenge: 1 } }],
    ["lists for texts", { authextra: { nonce: [], pubkey: [], channel_binding: [], challenge: [] } }],
    ["names of objects' own", { authid: "__proto__", authextra: { nonce: "constructor", pubkey: "toString" } }],
  ])("%s in HELLO: ABORT without an error of the router", async (_what, details: Dict) => {
    const router = await authenticatingRouter(await authenticator());
    const client = router.connectClient();
    hello(client, [valid().authmethod], { authid: "joe", ...details });
    await client.next();
    sendText(client, '[5,"",{"nonce":{},"channel_binding":{},"cbind_data":{}}]');
    if (!client.closed) await client.expectClosed();
    expect(router.stats(REALM)!.joined.total).toBe(0);
    expect(router.errors()).toEqual([]);
  });
});

describe("cryptosign", () => {
  const authenticator = METHODS["cryptosign"]!.authenticator;

  it("the public key alone identifies the client", async () => {
    const router = await authenticatingRouter(await authenticator());
    expect(await logIn(router.connectClient(), cryptosignClient(device))).toMatchObject({ authid: "joe" });
  });

  it("a signature bound to another TLS channel: ABORT authentication_denied", async () => {
    const router = await authenticatingRouter(await authenticator());
    const through = (mine: number, theirs: number) => {
      const channelBinding = { type: "tls-exporter", data: new Uint8Array(32).fill(mine) };
      const evidence = { channelBinding: () => new Uint8Array(32).fill(theirs) };
      return { client: router.connectClient({ evidence }), method: cryptosignClient({ ...device, channelBinding }) };
    };
    const straight = through(1, 1);
    await logIn(straight.client, straight.method);
    const relayed = through(1, 2);
    await startLogin(relayed.client, relayed.method);
    await expectAbort(relayed.client, ErrorUri.AUTHENTICATION_DENIED);
  });
});

describe("tls", () => {
  const fingerprint = "ab".repeat(32);
  const authenticator = tls({ store: new TlsAccounts({ client_0: { authrole: "backend", fingerprint } }) });
  const certified = { evidence: { certificate: { fingerprint, commonName: "c" } } };

  it("the certificate is sufficient, and nothing of it is disclosed", async () => {
    const router = await authenticatingRouter(authenticator);
    const client = router.connectClient(certified);
    hello(client, ["tls"]);
    const { details } = await client.expect(M.WELCOME);
    expect(details).toMatchObject({ authid: "client_0", authrole: "backend", authmethod: "tls" });
    expect(JSON.stringify([details, router.log])).not.toContain(fingerprint);
  });

  it("an unknown certificate: ABORT authentication_denied; without one the next method is tried", async () => {
    const router = await authenticatingRouter(authenticator, anonymous());
    const unknown = router.connectClient({ evidence: { certificate: { fingerprint: "00" } } });
    hello(unknown, ["tls", "anonymous"]);
    await expectAbort(unknown, ErrorUri.AUTHENTICATION_DENIED);
    const [bare, other] = [router.connectClient(), router.connectClient()];
    hello(bare, ["tls"]);
    await expectAbort(bare, ErrorUri.NO_MATCHING_AUTH_METHOD);
    hello(other, ["tls", "anonymous"]);
    expect((await other.expect(M.WELCOME)).details.authmethod).toBe("anonymous");
  });
});

describe("several methods and realms", () => {
  const all = (): Promise<Authenticator[]> =>
    Promise.all(["ticket", "wampcra", "cryptosign"].map((name) => METHODS[name]!.authenticator()));

  async function first(router: TestRouter, authmethods: readonly string[]): Promise<string> {
    const client = router.connectClient();
    hello(client, authmethods, { authid: "joe", authextra: { pubkey: device.publicKey } });
    return (await client.expect(M.CHALLENGE)).authmethod;
  }

  it("the client's order decides", async () => {
    const router = await authenticatingRouter(...(await all()));
    expect(await first(router, ["cryptosign", "ticket"])).toBe("cryptosign");
    expect(await first(router, ["ticket", "cryptosign"])).toBe("ticket");
    expect(await first(router, ["wamp-scram", "tls", "cookie", "wampcra", "ticket"])).toBe("wampcra");
  });

  it("no other method is tried after a refusal", async () => {
    const router = await authenticatingRouter(...(await all()));
    const client = router.connectClient();
    hello(client, ["ticket", "wampcra"], { authid: "joe" });
    await client.expect(M.CHALLENGE);
    authenticate(client, "wrong");
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
  });
});
