// What a client that has not logged in may send, and what it may cost.
import {
  AccountStore,
  cryptosign,
  CryptosignAccounts,
  scram,
  ticket,
  TicketAccounts,
  wampcra,
  wampScram,
} from "@kreuz/auth";
import { generateCryptosignPair, hashScramPassword } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M, type Dict } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import {
  authenticate,
  authenticatingRouter,
  CODECS,
  createTestRouter,
  expectAbort,
  expectNoTrace,
  hello,
  REALM,
  sendText,
  type TestRouter,
} from "../support/index.js";

const device = generateCryptosignPair();

/** A realm that offers every method with a proof. */
async function setUp(): Promise<TestRouter> {
  const pbkdf2 = { authrole: "user", ...(await hashScramPassword("pencil", { kdf: "pbkdf2", iterations: 1 })) };
  return authenticatingRouter(
    ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "secret" } }) }),
    wampcra({ store: new AccountStore({ joe: { authrole: "user", secret: "secret" } }) }),
    scram({ store: new AccountStore({ joe: pbkdf2 }) }),
    wampScram({ store: new AccountStore({ joe: pbkdf2 }) }),
    cryptosign({ store: new CryptosignAccounts({ joe: { authrole: "user", keys: [device.publicKey] } }) }),
  );
}

/** CPU of this process that `action` takes, in milliseconds. */
async function cpuOf(action: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("Before WELCOME: long messages", () => {
  it.each(CODECS)(
    "%s: one byte more than handshakeMessageBytes is not decoded, and ABORT says number and limit",
    async (_, codec) => {
      const router = await createTestRouter({ limits: { handshakeMessageBytes: 1000 } });
      const client = router.connectClient({ codec });
      client.sendFrame(new Uint8Array(1001));
      expect(await expectAbort(client, ErrorUri.LIMIT_EXCEEDED)).toBe(
        "the message has 1001 bytes; before WELCOME the maximum is 1000",
      );
      expect(router.metrics.get("limit_handshake_message_bytes")).toBe(1);
      await expectNoTrace(router, []);
    },
  );

  it("a message of exactly that length is decoded; after WELCOME the limit does not hold", async () => {
    const router = await createTestRouter({ limits: { handshakeMessageBytes: 1000 } });
    const client = router.connectClient();
    const head = `[1,"${REALM}",{"roles":{"caller":{},"publisher":{}},"x":"`;
    sendText(client, `${head}${"x".repeat(1000 - head.length - 3)}"}]`);
    await client.expect(M.WELCOME);
    sendText(client, `[16,1,{"acknowledge":true},"com.example.topic",["${"x".repeat(5000)}"]]`);
    await client.expect(M.PUBLISHED);
  });

  it("is bounded in AUTHENTICATE as well, and again after GOODBYE", async () => {
    const router = await createTestRouter({ limits: { handshakeMessageBytes: 1000 } });
    const client = await router.join();
    await client.leave();
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}},"x":"${"x".repeat(1000)}"}]`);
    await expectAbort(client, ErrorUri.LIMIT_EXCEEDED);
    const other = (await setUp()).connectClient();
    hello(other, ["ticket"], { authid: "joe" });
    await other.expect(M.CHALLENGE);
    sendText(other, `[5,"${"x".repeat(20_000)}",{}]`);
    await expectAbort(other, ErrorUri.LIMIT_EXCEEDED);
  });
});

describe("Before WELCOME: long parts of a message", () => {
  const long = "x".repeat(257);
  it.each<[string, Dict]>([
    ["HELLO.Details.authid has 257 characters; the maximum is 256", { authid: long }],
    ["HELLO.Details.authrole has 257 characters; the maximum is 256", { authrole: long }],
    ["HELLO.Details.agent has 257 characters; the maximum is 256", { agent: long }],
    ["an element of HELLO.Details.authmethods has 257 characters; the maximum is 256", { authmethods: [long] }],
    ["HELLO.Details.authmethods has 33 elements; the maximum is 32", { authmethods: Array<string>(33).fill("x") }],
    ["a text in HELLO.Details has 8193 characters; the maximum is 8192", { authextra: { nonce: "x".repeat(8193) } }],
    ["a key in HELLO.Details has 257 characters; the maximum is 256", { authextra: { [long]: 1 } }],
    [
      "a part of HELLO.Details has 65 keys; the maximum is 64",
      { authextra: Object.fromEntries(Array.from({ length: 65 }, (_, key) => [key, key])) },
    ],
    ["a part of HELLO.Details has 65 elements; the maximum is 64", { authextra: { list: Array<number>(65).fill(1) } }],
    [
      "HELLO.Details is nested deeper than 8 levels",
      { authextra: { a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } } },
    ],
  ])("%s", async (message, details) => {
    const router = await setUp();
    const client = router.connectClient();
    hello(client, ["scram"], details);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toBe(message);
    await expectNoTrace(router, []);
  });

  it("a realm longer than any URI may be", async () => {
    const router = await setUp();
    const client = router.connectClient();
    hello(client, ["ticket"], {}, `com.${"x".repeat(10_000)}`);
    expect((await expectAbort(client, ErrorUri.INVALID_URI)).length).toBeLessThan(200);
  });

  it.each<[string, string, Dict]>([
    ["AUTHENTICATE.Signature has 8193 characters; the maximum is 8192", "x".repeat(8193), {}],
    ["a text in AUTHENTICATE.Extra has 8193 characters; the maximum is 8192", "x", { nonce: "x".repeat(8193) }],
  ])("%s", async (message, signature, extra) => {
    const router = await setUp();
    const client = router.connectClient();
    hello(client, ["wampcra"], { authid: "joe" });
    await client.expect(M.CHALLENGE);
    authenticate(client, signature, extra);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toBe(message);
  });

  it("what popular clients announce fits: all roles with all features, and a token of 4 KiB", async () => {
    const router = await setUp();
    const client = router.connectClient();
    const features = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`some_feature_of_a_role_${index}`, true]),
    );
    const roles = Object.fromEntries(
      ["publisher", "subscriber", "caller", "callee"].map((role) => [role, { features }]),
    );
    hello(client, ["ticket"], { roles, authid: "joe", authextra: { token: "x".repeat(4096) } });
    await client.expect(M.CHALLENGE);
    authenticate(client);
    await client.expect(M.WELCOME);
  });
});

describe("Before WELCOME: text that is expensive to normalize", () => {
  const METHODS = ["ticket", "wampcra", "scram", "wamp-scram", "cryptosign"];
  // Canonical ordering of combining marks is quadratic; one character may become 18 by compatibility.
  const marks = (count: number): string => "\u0301".repeat(count / 2) + "\u0316".repeat(count / 2);
  const expanding = (count: number): string => "\uFDFA".repeat(count);

  it.each(METHODS)("%s: 300 HELLOs with the worst name that fits cost little", async (method) => {
    const router = await setUp();
    const nonce = "AAAAAAAAAAAAAAAAAAAAAA==";
    const authextra = { nonce, pubkey: device.publicKey };
    const cpu = await cpuOf(async () => {
      for (let count = 0; count < 300; count++) {
        const client = router.connectClient();
        hello(client, [method], { authid: count % 2 ? marks(256) : expanding(256), authextra });
        await client.next();
        client.disconnect();
      }
    });
    // Before there were bounds, one HELLO of 64 kB took 630 ms.
    expect(cpu).toBeLessThan(3000);
  });

  it.each([...METHODS])("%s: 60,000 combining marks are refused before anything is done with them", async (method) => {
    const router = await createTestRouter({ limits: { handshakeMessageBytes: 1_000_000 }, realm: {} });
    const client = router.connectClient();
    const cpu = await cpuOf(async () => {
      hello(client, [method], { authid: marks(60_000) });
      await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);
    });
    expect(cpu).toBeLessThan(400);
  });
});

describe("Before WELCOME: one HELLO at a time", () => {
  it("a second HELLO while the first is being decided waits, and ends the connection then", async () => {
    const begun: string[] = [];
    const router = await createTestRouter({
      realm: {
        authenticators: [
          {
            method: "slow",
            begin: async ({ authid = "" }) => {
              begun.push(authid);
              await Promise.resolve();
              return { type: "challenge", extra: {}, respond: () => new Promise(() => {}) };
            },
          },
        ],
      },
    });
    const client = router.connectClient();
    for (const authid of ["one", "two", "three"]) hello(client, ["slow"], { authid });
    await client.expect(M.CHALLENGE);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toContain("expected AUTHENTICATE, got HELLO");
    expect(begun).toEqual(["one"]);
  });
});
