import { WampError, type Payload } from "@kreuz/codec";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { fromBase64, toHex } from "../bytes.js";
import { cryptosignClient, scramClient, wampcraClient, wampScramClient, type ClientMethod } from "../client/index.js";
import { cryptosign } from "../cryptosign/cryptosign.js";
import { generateCryptosignPair, hashScramPassword } from "../hashing.js";
import { attemptLimiter } from "../limit-attempts.js";
import { scram, wampScram } from "../scram/scram.js";
import { admitted, challenged, refused, request } from "../testing/requests.js";
import { ticket } from "../ticket.js";
import { tls } from "../tls.js";
import { wampcra } from "../wampcra.js";
import {
  askProcedure,
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
  type CredentialSource,
} from "./dynamic-stores.js";

const REALM = "com.example.realm";

async function logIn(authenticator: ReturnType<typeof ticket>, client: Pick<ClientMethod, "authextra" | "respond">) {
  const { extra, respond } = await challenged(authenticator, request({ authextra: client.authextra }));
  const answer = await client.respond(extra);
  return respond(answer.signature, answer.extra);
}

const shown = (text: string) => ({ authextra: {}, respond: () => ({ signature: text, extra: {} }) });

describe("dynamic credentials, in Crossbar.io's shapes", () => {
  it("ticket: details contains the ticket, the answer is a role or a dict", async () => {
    const seen: unknown[] = [];
    const source: CredentialSource = (...args) => {
      seen.push(args);
      return args[2]["ticket"] === "123sekret" ? "frontend" : undefined;
    };
    const authenticator = ticket({ store: dynamicTickets(source) });
    expect(await admitted(logIn(authenticator, shown("123sekret")))).toEqual({
      type: "accept",
      authid: "joe",
      authrole: "frontend",
      authprovider: "dynamic",
    });
    await refused(logIn(authenticator, shown("wrong")));
    expect(seen[0]).toEqual([
      REALM,
      "joe",
      {
        session: 7,
        authmethod: "ticket",
        authid: "joe",
        authrole: null,
        authextra: {},
        transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
        ticket: "123sekret",
      },
    ]);
    const dict = ticket({
      store: dynamicTickets(() => ({ role: "admin", authid: "root", realm: REALM, extra: { my: [1] } }), {
        provider: "function",
      }),
    });
    const welcome = { authid: "root", authrole: "admin", authprovider: "function", authextra: { my: [1] } };
    expect(await admitted(logIn(dict, shown("")))).toMatchObject(welcome);
  });

  it("wampcra: secret, salt, iterations, keylen", async () => {
    const store = dynamicCra(() => ({
      secret: "prq7+YkJ1/KlW1X0YczMHw==",
      role: "frontend",
      salt: "salt123",
      iterations: 100,
      keylen: 16,
    }));
    await admitted(logIn(wampcra({ store }), wampcraClient("secret1")));
    await refused(logIn(wampcra({ store }), wampcraClient("secret2")));
  });

  it("scram: Crossbar.io's hex fields, or a ScramRecord", async () => {
    for (const [make, dynamic, client, kdf] of [
      [scram, dynamicScram, scramClient, "argon2id-13"],
      [wampScram, dynamicWampScram, wampScramClient, "argon2id13"],
    ] as const) {
      const record = await hashScramPassword("pw", { kdf, iterations: 1, memory: 16 });
      const hex = (base64: string) => toHex(fromBase64(base64)!);
      const crossbar = {
        kdf,
        iterations: 1,
        memory: 16,
        salt: hex(record.salt),
        "stored-key": hex(record.storedKey),
        "server-key": hex(record.serverKey),
      };
      for (const fields of [crossbar, record]) {
        const authenticator = make({ store: dynamic(() => ({ role: "user", ...fields })) });
        await admitted(logIn(authenticator, client({ authid: "joe", password: "pw" })));
        await refused(logIn(authenticator, client({ authid: "joe", password: "wp" })));
      }
    }
  });

  it("cryptosign: one pubkey, or authorized_keys", async () => {
    const { privateKey, publicKey } = generateCryptosignPair();
    for (const keys of [{ pubkey: publicKey }, { authorized_keys: [publicKey] }, { keys: [publicKey] }]) {
      const authenticator = cryptosign({ store: dynamicCryptosign(() => ({ role: "device", authid: "d1", ...keys })) });
      expect(await admitted(logIn(authenticator, cryptosignClient({ privateKey })))).toMatchObject({ authid: "d1" });
    }
  });

  it("tls: details contains the certificate", async () => {
    const store = dynamicTls((_realm, _authid, { transport }) => {
      const { client_cert: certificate } = transport as { client_cert: { commonName: string } };
      return { role: "device", authid: certificate.commonName };
    });
    const evidence = { certificate: { fingerprint: "00", commonName: "d1" }, cookie: "secret" };
    expect(await admitted(tls({ store }).begin(request({ evidence })))).toMatchObject({ authid: "d1" });
  });
});

describe("askProcedure", () => {
  it("calls with realm, authid and details, and takes the first result", async () => {
    const calls: unknown[] = [];
    const source = askProcedure(async (procedure, payload) => {
      calls.push(procedure, payload.args?.slice(0, 2));
      return { args: ["user"] };
    }, "com.example.authenticate");
    await admitted(logIn(ticket({ store: dynamicTickets(source) }), shown("x")));
    expect(calls).toEqual(["com.example.authenticate", [REALM, "joe"]]);
  });

  it("an error of the authenticator denies the client, which does not see it", async () => {
    for (const uri of [
      "com.example.no_such_user",
      "wamp.error.authentication_denied",
      "wamp.error.no_such_principal",
    ]) {
      const source = askProcedure(() => Promise.reject(new WampError(uri, "user joe is banned")), "com.example.auth");
      const denial = await refused(logIn(ticket({ store: dynamicTickets(source) }), shown("x")));
      expect(JSON.stringify(denial)).not.toContain("banned");
      expect(denial.reason).toBe("wamp.error.authentication_denied");
      // One that looks accounts up is not even told apart at the challenge.
      await refused(logIn(wampcra({ store: dynamicCra(source) }), wampcraClient("x")));
    }
  });

  it("a call that fails, or a procedure that throws, is a failure that names the procedure, not a denial", async () => {
    for (const uri of [
      "wamp.error.no_such_procedure",
      "wamp.error.canceled",
      "wamp.error.timeout",
      "wamp.error.runtime_error",
      "wamp.error.invalid_argument",
      "crossbar.error.max_concurrency_reached",
    ]) {
      const source = askProcedure(() => Promise.reject(new WampError(uri, "database down")), "com.example.auth");
      await expect(logIn(ticket({ store: dynamicTickets(source) }), shown("x"))).rejects.toThrow(
        `procedure "com.example.auth" failed: ${uri}: database down`,
      );
    }
  });

  it("a procedure that fails locks nobody out", async () => {
    const source = askProcedure(
      () => Promise.reject(new WampError("wamp.error.runtime_error", "database down")),
      "com.example.auth",
    );
    const limiter = attemptLimiter({ perAuthidAtAddress: { failures: 2, window: 1000 }, clock: new FakeClock() });
    for (const authenticator of [ticket({ store: dynamicTickets(source) }), wampcra({ store: dynamicCra(source) })].map(
      limiter,
    ))
      for (let count = 0; count < 10; count++)
        await expect(logIn(authenticator, shown("x"))).rejects.toThrow("database down");
  });
});

describe("askProcedure: a procedure that is not registered yet", () => {
  /** A procedure that many ask, and that may come later. */
  function setUp(maxWait: number) {
    const clock = new FakeClock();
    const state = { registered: false, calls: 0, answer: Promise.resolve<Payload>({ args: ["user"] }) };
    const source = askProcedure(
      async () => {
        state.calls++;
        if (!state.registered) throw new WampError("wamp.error.no_such_procedure", "nobody");
        return state.answer;
      },
      "com.example.auth",
      { maxWait, clock },
    );
    const ask = (): Promise<unknown> => Promise.resolve(source(REALM, "joe", {}));
    const pass = async (time: number): Promise<void> => {
      for (let passed = 0; passed < time; passed += 50) {
        clock.advance(50);
        await settle();
      }
    };
    return { clock, state, ask, pass };
  }

  it("is waited for, by all who ask, and one of them looks for it", async () => {
    const { clock, state, ask, pass } = setUp(5000);
    const asked = Array.from({ length: 500 }, ask);
    await pass(3000);
    expect(state.calls).toBeLessThan(500 + 40);
    state.registered = true;
    await pass(500);
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["user"]));
    expect(clock.pending).toBe(0);
  });

  it("is waited for no longer than it may be", async () => {
    const { clock, ask, pass } = setUp(1000);
    const asked = ask().catch((error: Error) => error.message);
    await pass(1200);
    expect(await asked).toContain('procedure "com.example.auth" failed: wamp.error.no_such_procedure');
    expect(clock.pending).toBe(0);
  });

  it("that answers slowly, once it is there, holds up nobody else", async () => {
    const { state, ask, pass } = setUp(5000);
    void ask().catch(() => {});
    const second = ask();
    await settle();
    state.registered = true;
    state.answer = new Promise(() => {});
    await pass(100);
    state.answer = Promise.resolve({ args: ["second"] });
    await pass(200);
    expect(await second).toBe("second");
  });
});

describe("malformed answers are failures", () => {
  it.each([
    ["a number", 1],
    ["an empty role", ""],
    ["a list", []],
    ["no role", {}],
    ["another realm", { role: "user", realm: "com.example.other" }],
    ["an authid that is not a string", { role: "user", authid: 1 }],
    ["extra that is not a dict", { role: "user", extra: "x" }],
  ])("%s", async (_what, answer) => {
    await expect(logIn(ticket({ store: dynamicTickets(() => answer) }), shown("x"))).rejects.toThrow("authenticator");
  });

  it("no secret, no keys, no record", async () => {
    for (const authenticator of [
      wampcra({ store: dynamicCra(() => "user") }),
      cryptosign({ store: dynamicCryptosign(() => "user") }),
      wampScram({ store: dynamicWampScram(() => ({ role: "user", iterations: 1, kdf: "md5" })) }),
    ])
      await expect(async () => authenticator.begin(request({ authextra: { nonce: "AAAA" } }))).rejects.toThrow(
        /expected/,
      );
  });
});
