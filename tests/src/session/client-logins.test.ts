import {
  AccountStore,
  cryptosign as cryptosignMethod,
  CryptosignAccounts,
  scram as autobahnScramMethod,
  ticket as ticketMethod,
  TicketAccounts,
  wampcra as wampcraMethod,
  wampScram,
} from "@kreuz/auth";
import { generateCryptosignPair, hashCraSecret, hashScramPassword } from "@kreuz/auth/hashing";
import {
  anonymous,
  autobahnScram,
  connect,
  connectionTransport,
  cryptosign,
  scram,
  ticket,
  wampcra,
  type AuthMethod,
} from "@kreuz/client";
import { argon2id } from "@kreuz/client/argon2id";
import { ErrorUri, MessageType as M, type Connection } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { anonymous as anonymousMethod } from "@kreuz/router";
import type { Session } from "@kreuz/session";
import { connectMemory } from "@kreuz/transport-memory";
import { describe, expect, it } from "vitest";
import { createTestRouter, REALM, type TestRouter } from "../support/index.js";

const device = generateCryptosignPair();
const routerKey = generateCryptosignPair();
const BINDING = Uint8Array.from({ length: 32 }, (_, index) => index);

async function routerWithAccounts(): Promise<TestRouter> {
  const salted = await hashCraSecret("pässword", { iterations: 100, keylen: 16 });
  const user = { authrole: "user" };
  const pbkdf2 = await hashScramPassword("pässword", { kdf: "pbkdf2", iterations: 4096 });
  const argon = await hashScramPassword("pässword", { kdf: "argon2id13", iterations: 1, memory: 64 });
  const autobahn = await hashScramPassword("pässword", { kdf: "argon2id-13", iterations: 1, memory: 64 });
  const authenticators = [
    ticketMethod({ store: new TicketAccounts({ joe: { ...user, ticket: "secret!!!" } }) }),
    wampcraMethod({ store: new AccountStore({ joe: { ...user, secret: "secret2" }, ann: { ...user, ...salted } }) }),
    wampScram({ store: new AccountStore({ joe: { ...user, ...pbkdf2 }, ann: { ...user, ...argon } }) }),
    autobahnScramMethod({ store: new AccountStore({ joe: { ...user, ...pbkdf2 }, ann: { ...user, ...autobahn } }) }),
    cryptosignMethod({
      store: new CryptosignAccounts({ device1: { authrole: "device", keys: [device.publicKey] } }),
      routerKey: routerKey.privateKey,
    }),
    anonymousMethod(),
  ];
  return createTestRouter({ realm: { authenticators } });
}

/** At the router; of two, at the second. */
function logIn({ nodes }: TestRouter, auth: readonly AuthMethod[]): Promise<Session> {
  const router = nodes.at(-1)!;
  const transport = connectionTransport((acceptor) =>
    connectMemory(
      { accept: (connection) => router.accept(overTls(connection)) },
      { accept: (connection) => acceptor.accept(overTls(connection)) },
      { codec: json },
    ),
  );
  return connect({ transport, realm: REALM, auth, reconnect: false, onError: () => {} });
}

/** A connection as if over TLS: both ends know the binding of the channel. */
function overTls(connection: Connection): Connection {
  return {
    codec: connection.codec,
    transport: connection.transport,
    evidence: { channelBinding: (type) => (type === "tls-exporter" ? BINDING : undefined) },
    bufferedBytes: 0,
    send: (frame) => connection.send(frame),
    sendMessage: (message) => connection.sendMessage(message),
    close: (status, message) => connection.close(status, message),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
  };
}

const password = "pässword";
const LOGINS: ReadonlyArray<readonly [string, AuthMethod, string]> = [
  ["ticket", ticket("joe", "secret!!!"), "joe"],
  ["ticket that is fetched", ticket("joe", async () => "secret!!!"), "joe"],
  ["wampcra", wampcra("joe", "secret2"), "joe"],
  ["wampcra, salted", wampcra("ann", password), "ann"],
  ["scram, PBKDF2", scram({ authid: "joe", password }), "joe"],
  ["scram, Argon2id", scram({ authid: "ann", password, argon2id }), "ann"],
  ["scram, bound to the channel", scram({ authid: "joe", password, channelBinding: "tls-exporter" }), "joe"],
  ["the scram of Autobahn|Python, PBKDF2", autobahnScram({ authid: "joe", password }), "joe"],
  ["the scram of Autobahn|Python, Argon2id", autobahnScram({ authid: "ann", password, argon2id }), "ann"],
  ["cryptosign", cryptosign({ key: device.privateKey }), "device1"],
  [
    "cryptosign at a router that proves its key",
    cryptosign({ key: device.privateKey, routerKey: routerKey.publicKey }),
    "device1",
  ],
  [
    "cryptosign at a router that proves its key, bound to the channel",
    cryptosign({ key: device.privateKey, routerKey: routerKey.publicKey, channelBinding: "tls-exporter" }),
    "device1",
  ],
  [
    "cryptosign, bound to the channel",
    cryptosign({ key: device.privateKey, channelBinding: "tls-exporter" }),
    "device1",
  ],
];

describe("The client logs in by", () => {
  it.each(LOGINS)("%s", async (_name, method, authid) => {
    const session = await logIn(await routerWithAccounts(), [method]);
    expect([session.authid, session.details.authmethod]).toEqual([authid, method.authmethod]);
    await session.close();
  });

  it("a key pair of WebCrypto that cannot be extracted", async () => {
    const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const publicKey = Buffer.from(raw).toString("hex");
    const store = new CryptosignAccounts({ device2: { authrole: "device", keys: [publicKey] } });
    const router = await createTestRouter({ realm: { authenticators: [cryptosignMethod({ store })] } });
    expect((await logIn(router, [cryptosign({ key: pair })])).authid).toBe("device2");
  });

  it("nothing, and anonymous", async () => {
    const router = await routerWithAccounts();
    expect((await logIn(router, [])).details.authmethod).toBe("anonymous");
    expect((await logIn(router, [anonymous()])).authrole).toBe("anonymous");
  });

  it("the first of several methods that the router has", async () => {
    const store = new TicketAccounts({ joe: { authrole: "user", ticket: "secret!!!" } });
    const router = await createTestRouter({ realm: { authenticators: [ticketMethod({ store })] } });
    const session = await logIn(router, [wampcra("joe", "x"), ticket("joe", "secret!!!")]);
    expect(session.details.authmethod).toBe("ticket");
  });
});

describe("The client does not log in", () => {
  it.each<readonly [string, AuthMethod]>([
    ["ticket", ticket("joe", "wrong")],
    ["wampcra", wampcra("joe", "wrong")],
    ["scram", scram({ authid: "joe", password: "wrong" })],
    ["the scram of Autobahn|Python", autobahnScram({ authid: "joe", password: "wrong" })],
    ["cryptosign", cryptosign({ key: generateCryptosignPair().privateKey })],
  ])("with a wrong secret: %s", async (_name, method) => {
    const refused = logIn(await routerWithAccounts(), [method]);
    await expect(refused).rejects.toMatchObject({ name: "ConnectError", reason: ErrorUri.AUTHENTICATION_DENIED });
  });

  it("by Argon2id without its function: the cause says what to do", async () => {
    const refused = logIn(await routerWithAccounts(), [scram({ authid: "ann", password })]);
    await expect(refused).rejects.toMatchObject({
      cause: { message: expect.stringContaining("@kreuz/client/argon2id") },
    });
  });

  it("at a router with another key than it expects", async () => {
    const method = cryptosign({ key: device.privateKey, routerKey: device.publicKey });
    const refused = logIn(await routerWithAccounts(), [method]);
    await expect(refused).rejects.toMatchObject({
      name: "ConnectError",
      cause: { message: "CHALLENGE.Extra.signature: the router did not prove that it has routerKey" },
    });
  });

  it("over a transport without the channel binding that it asks for", async () => {
    const refused = logIn(await routerWithAccounts(), [
      cryptosign({ key: device.privateKey, channelBinding: "tls-unique" }),
    ]);
    await expect(refused).rejects.toThrow("no channel binding of type tls-unique");
  });

  it.each<readonly [string, AuthMethod, string, Record<string, unknown>]>([
    ["too few iterations", scram({ authid: "joe", password }), "wamp-scram", { kdf: "pbkdf2", iterations: 1 }],
    ["too many", scram({ authid: "joe", password }), "wamp-scram", { kdf: "pbkdf2", iterations: 1e12 }],
    [
      "too much memory",
      scram({ authid: "joe", password, argon2id }),
      "wamp-scram",
      { kdf: "argon2id13", iterations: 1, memory: 2 ** 30 },
    ],
    ["an endless salting", wampcra("joe", "x"), "wampcra", { challenge: "c", salt: "s", iterations: 1e12, keylen: 32 }],
    ["a method that nobody offered", ticket("joe", "x"), "wampcra", {}],
    ["no challenge", wampcra("joe", "x"), "wampcra", {}],
  ])("at a router that asks for %s", async (_what, method, authmethod, extra) => {
    const script = {
      accept: (connection: Connection) => ({
        onFrame(frame: Uint8Array) {
          const message = json.decode(frame);
          if (message.type !== M.HELLO) return;
          const nonce = `${String(message.details.authextra?.["nonce"])}router`;
          connection.sendMessage({ type: M.CHALLENGE, authmethod, extra: { nonce, salt: "c2FsdA==", ...extra } });
        },
        onDrain() {},
        onClose() {},
      }),
    };
    const transport = connectionTransport((acceptor) => connectMemory(script, acceptor, { codec: json }));
    await expect(connect({ transport, realm: REALM, auth: [method] })).rejects.toMatchObject({ name: "ConnectError" });
  });

  it("at a router that accepts its proof and has none itself", async () => {
    const script = {
      accept: (connection: Connection) => ({
        onFrame(frame: Uint8Array) {
          const message = json.decode(frame);
          if (message.type === M.HELLO) {
            const nonce = `${String(message.details.authextra?.["nonce"])}router`;
            const extra = { nonce, salt: "c2FsdA==", kdf: "pbkdf2", iterations: 4096 };
            connection.sendMessage({ type: M.CHALLENGE, authmethod: "wamp-scram", extra });
          } else if (message.type === M.AUTHENTICATE)
            connection.sendMessage({
              type: M.WELCOME,
              session: 1,
              details: { roles: { broker: {} }, authextra: { verifier: "v=AAAA" } },
            });
        },
        onDrain() {},
        onClose() {},
      }),
    };
    const transport = connectionTransport((acceptor) => connectMemory(script, acceptor, { codec: json }));
    const refused = connect({ transport, realm: REALM, auth: [scram({ authid: "joe", password })] });
    await expect(refused).rejects.toThrow("did not prove");
  });
});
