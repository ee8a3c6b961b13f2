import { Budget, ErrorUri } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import type { Authenticator, AuthStep } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { AccountStore, CryptosignAccounts, TicketAccounts } from "./accounts.js";
import { Attempts, peerNetwork } from "./attempts.js";
import { cryptosign } from "./cryptosign/cryptosign.js";
import { generateCryptosignPair, hashScramPassword } from "./hashing.js";
import { denied } from "./principal.js";
import { attemptLimiter, limitAttempts, type AttemptLimiterOptions } from "./limit-attempts.js";
import { admitted, challenged, refused, request } from "./testing/requests.js";
import { scram, wampScram } from "./scram/scram.js";
import { ticket } from "./ticket.js";
import { wampcra } from "./wampcra.js";

const WINDOW = 60_000;
const from = (peer: string) => ({ type: "websocket", protocol: "wamp.2.json", serializer: "json", peer });

function setUp(options: AttemptLimiterOptions = {}) {
  const clock = new FakeClock();
  const hits: string[] = [];
  const limits = { perAddress: { failures: 5, window: WINDOW }, perAuthidAtAddress: { failures: 3, window: WINDOW } };
  const store = new TicketAccounts({
    joe: { authrole: "user", ticket: "right" },
    ann: { authrole: "user", ticket: "right" },
  });
  const authenticator = limitAttempts(ticket({ store }), {
    ...limits,
    clock,
    onLimit: (scope) => hits.push(scope),
    ...options,
  });
  const logIn = async (shown: string, authid = "joe", peer = "10.0.0.1:1"): Promise<AuthStep> => {
    const step = await authenticator.begin(request({ authid, transport: from(peer) }));
    return step.type === "challenge" ? step.respond(shown, {}) : step;
  };
  return { clock, hits, logIn };
}

describe("limitAttempts", () => {
  it("after too many failures of an authid at an address, denies the right secret too, until the window ends", async () => {
    const { clock, hits, logIn } = setUp();
    for (let count = 0; count < 3; count++) await refused(logIn("wrong", "joe", `10.0.0.1:${count}`));
    clock.advance(1);
    const { reason, message, detail } = await refused(logIn("right", "joe", "10.0.0.1:9"));
    expect([reason, message, detail]).toEqual([
      "wamp.error.authentication_denied",
      "too many failed attempts; try again later",
      `too many attempts per authid at one address (perAuthidAtAddress): 3 failed in ${WINDOW} ms, the maximum; it is free again in ${WINDOW - 1} ms`,
    ]);
    await admitted(logIn("right", "ann"));
    clock.advance(WINDOW);
    await admitted(logIn("right"));
    expect(hits).toEqual(["authid-at-address"]);
  });

  it("the owner gets in from elsewhere, up to the larger limit per authid", async () => {
    const { hits, logIn } = setUp({ perAuthid: { failures: 6, window: WINDOW } });
    const guess = async (address: number): Promise<void> => {
      for (let count = 0; count < 3; count++) await refused(logIn("wrong", "joe", `10.0.1.${address}:1`));
    };
    await guess(1);
    await admitted(logIn("right", "joe", "10.0.0.2:1"));
    await guess(2);
    await refused(logIn("right", "joe", "10.0.0.2:1"));
    expect(hits).toEqual(["authid"]);
  });

  it("a victim is not locked out by what one address does in a minute, by default", async () => {
    const { clock, logIn } = setUp({ perAddress: false });
    for (let minute = 0; minute < 60; minute++) {
      for (let count = 0; count < 20; count++) await refused(logIn("wrong"));
      await admitted(logIn("right", "joe", "10.0.0.2:1"));
      clock.advance(WINDOW);
    }
  });

  it("counts failures of an address across names and ports", async () => {
    const { hits, logIn } = setUp();
    for (let count = 0; count < 5; count++) await refused(logIn("wrong", `name${count}`, `10.0.0.1:${count}`));
    await refused(logIn("right", "joe", "10.0.0.1:99"));
    await admitted(logIn("right", "joe", "10.0.0.2:99"));
    expect(hits).toEqual(["address"]);
  });

  it("counts unknown names like known ones", async () => {
    const { logIn } = setUp();
    const answers = [];
    for (const authid of ["joe", "nobody"])
      for (let count = 0; count < 4; count++)
        answers.push((await refused(logIn("wrong", authid, `10.0.${count}.${answers.length}:1`))).message);
    expect(answers.slice(0, 4)).toEqual(answers.slice(4));
  });

  it("success neither counts as a failure nor resets the count", async () => {
    const { logIn } = setUp();
    await refused(logIn("wrong"));
    for (let count = 0; count < 10; count++) await admitted(logIn("right"));
    await refused(logIn("wrong"));
    await refused(logIn("wrong"));
    await refused(logIn("right"));
  });

  it("parallel guesses do not get past the limit: those in progress count, the others wait for them", async () => {
    let judged = 0;
    const slow: Authenticator = {
      method: "slow",
      begin: () => ({
        type: "challenge",
        extra: {},
        async respond() {
          judged++;
          await Promise.resolve();
          return denied("wrong");
        },
      }),
    };
    const authenticator = limitAttempts(slow, { perAuthid: { failures: 3, window: WINDOW }, clock: new FakeClock() });
    const steps = await Promise.all(Array.from({ length: 500 }, () => challenged(authenticator)));
    const answers = await Promise.all(steps.map((step) => refused(step.respond("guess", {}))));
    expect(judged).toBe(3);
    expect(answers.filter(({ message }) => message.startsWith("too many failed attempts"))).toHaveLength(497);
    await refused(authenticator.begin(request()));
  });

  it("parallel logins with the right secret all get in, more than the limit too", async () => {
    let [now, most] = [0, 0];
    const slow: Authenticator = {
      method: "slow",
      begin: () => ({
        type: "challenge",
        extra: {},
        async respond() {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
          return { type: "accept", authid: "joe", authrole: "user", authprovider: "static" };
        },
      }),
    };
    const authenticator = limitAttempts(slow, { perAuthid: { failures: 3, window: WINDOW }, clock: new FakeClock() });
    const steps = await Promise.all(Array.from({ length: 200 }, () => challenged(authenticator)));
    await Promise.all(steps.map((step) => admitted(step.respond("right", {}))));
    expect([now, most]).toEqual([0, 3]);
  });

  it("the line is bounded in number and in time, and charged to the accounts of those in it", async () => {
    const clock = new FakeClock();
    const hits: string[] = [];
    const stuck: Authenticator = {
      method: "stuck",
      begin: () => ({ type: "challenge", extra: {}, respond: () => new Promise(() => {}) }),
    };
    const onLimit = (scope: string): void => void hits.push(scope);
    const authenticator = limitAttempts(stuck, { perAuthid: { failures: 3, window: WINDOW }, clock, onLimit });
    const budget = new Budget();
    const account = budget.open({ cut: () => {} });
    const steps = await Promise.all(
      Array.from({ length: 1004 }, () => challenged(authenticator, request({ account }))),
    );
    const answers = steps.map(async (step) => step.respond("guess", {}));
    const full = await refused(answers.at(-1)!);
    expect([full.reason, full.message]).toEqual([ErrorUri.LIMIT_EXCEEDED, "too many logins at once; try again later"]);
    expect(account.pieces).toBe(1000);
    clock.advance(20_000);
    expect((await refused(answers[3]!)).reason).toBe(ErrorUri.LIMIT_EXCEEDED);
    expect([account.pieces, account.bytes, clock.pending]).toEqual([0, 0, 0]);
    expect(hits).toHaveLength(1001);
  });

  it("what is no proof is no attempt: a HELLO that lacks a field, an answer that cannot be a proof", async () => {
    const limiter = attemptLimiter({ perAuthidAtAddress: { failures: 1, window: WINDOW }, clock: new FakeClock() });
    const { publicKey } = generateCryptosignPair();
    const record = { authrole: "user", ...(await hashScramPassword("x", { kdf: "pbkdf2", iterations: 1 })) };
    const nonce = "AAAAAAAAAAAAAAAAAAAAAA==";
    for (const authenticator of [
      cryptosign({ store: new CryptosignAccounts({ joe: { authrole: "user", keys: [publicKey] } }) }),
      wampcra({ store: new AccountStore({ joe: { authrole: "user", secret: "right" } }) }),
      wampScram({ store: new AccountStore({ joe: record }) }),
      scram({ store: new AccountStore({ joe: record }) }),
    ].map(limiter)) {
      for (let count = 0; count < 20; count++) {
        const authextra = authenticator.method === "wampcra" ? {} : { pubkey: "nonsense", nonce: "nonsense!" };
        const authid = authenticator.method === "wampcra" ? undefined : "joe";
        const hello = await refused(authenticator.begin(request({ authid, authextra })));
        expect(hello.reason).toBe(ErrorUri.PROTOCOL_VIOLATION);
        const { respond } = await challenged(authenticator, request({ authextra: { nonce } }));
        const answer = await refused(respond("x".repeat(8192), {}));
        expect(answer.reason).toBe(ErrorUri.AUTHENTICATION_DENIED);
      }
      await challenged(authenticator, request({ authextra: { nonce } }));
    }
  });

  it("an authenticator that throws does not count as a failure of its client", async () => {
    const broken: Authenticator = {
      method: "broken",
      begin: () => ({
        type: "challenge",
        extra: {},
        respond() {
          throw new Error("database is down");
        },
      }),
    };
    const authenticator = limitAttempts(broken, { perAuthid: { failures: 1, window: WINDOW }, clock: new FakeClock() });
    for (let count = 0; count < 3; count++) {
      const step = await challenged(authenticator);
      expect(() => step.respond("x", {})).toThrow("database is down");
    }
  });

  it("methods of one limiter share its counts, denials at HELLO count, applies stays", async () => {
    const limiter = attemptLimiter({ perAuthid: { failures: 2, window: WINDOW }, clock: new FakeClock() });
    const no: Authenticator = { method: "no", applies: () => false, begin: () => denied("no") };
    const [one, other] = [limiter(no), limiter({ ...no, method: "other" })];
    await refused(one.begin(request()));
    await refused(other.begin(request()));
    expect((await refused(one.begin(request()))).message).toContain("too many");
    expect(one.applies?.(request())).toBe(false);
  });

  it("rejects limits that are not positive", () => {
    expect(() => attemptLimiter({ perAuthid: { failures: 0, window: 1 } })).toThrow("failures");
    expect(() => attemptLimiter({ maxNames: -1 })).toThrow("maxNames");
  });
});

describe("Attempts", () => {
  it("remembers a bounded number of names, and drops expired ones first", () => {
    const clock = new FakeClock();
    const attempts = new Attempts({ failures: 1, window: WINDOW }, 100, clock);
    for (let index = 0; index < 1000; index++) attempts.fail(`name${index}`);
    expect(attempts.size).toBe(100);
    expect([attempts.isBlocked("name0"), attempts.isBlocked("name999")]).toEqual([false, true]);
    clock.advance(WINDOW);
    attempts.fail("fresh");
    expect(attempts.size).toBe(1);
  });

  it("does not remember names without failures", () => {
    const attempts = new Attempts({ failures: 1, window: WINDOW }, 100, new FakeClock());
    attempts.start("joe");
    attempts.end("joe", false);
    expect(attempts.size).toBe(0);
  });
});

describe("peerNetwork", () => {
  it.each([
    ["127.0.0.1:53122", "127.0.0.1"],
    ["[::1]:1", "0:0:0:0::/64"],
    ["[2001:DB8::1]:1", "2001:db8:0:0::/64"],
    ["[2001:db8:0:0:1:2:3:4]:1", "2001:db8:0:0::/64"],
    ["[2001:db8:1::]:1", "2001:db8:1:0::/64"],
    ["[fe80::1%eth0]:1", "fe80:0:0:0::/64"],
    ["unix", "unix"],
  ])("%s is %s", (peer, network) => {
    expect(peerNetwork(peer)).toBe(network);
  });
});
