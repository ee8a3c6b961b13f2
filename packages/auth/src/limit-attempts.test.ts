import { FakeClock } from "@kreuz/testkit";
import type { Authenticator, AuthStep } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { TicketAccounts } from "./accounts.js";
import { Attempts, peerNetwork } from "./attempts.js";
import { denied } from "./principal.js";
import { attemptLimiter, limitAttempts, type AttemptLimiterOptions } from "./limit-attempts.js";
import { admitted, challenged, refused, request } from "./testing/requests.js";
import { ticket } from "./ticket.js";

const WINDOW = 60_000;
const from = (peer: string) => ({ type: "websocket", protocol: "wamp.2.json", serializer: "json", peer });

function setUp(options: AttemptLimiterOptions = {}) {
  const clock = new FakeClock();
  const hits: string[] = [];
  const limits = { perAddress: { failures: 5, window: WINDOW }, perAuthid: { failures: 3, window: WINDOW } };
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
  it("after too many failures of an authid, denies the right secret too, from any address, until the window ends", async () => {
    const { clock, hits, logIn } = setUp();
    for (let count = 0; count < 3; count++) await refused(logIn("wrong"));
    const { reason, message } = await refused(logIn("right", "joe", "10.0.0.2:1"));
    expect([reason, message]).toEqual([
      "wamp.error.authentication_denied",
      "too many failed attempts; try again later",
    ]);
    await admitted(logIn("right", "ann"));
    clock.advance(WINDOW);
    await admitted(logIn("right"));
    expect(hits).toEqual(["authid"]);
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

  it("parallel answers exceed the limit by a bounded number at most", async () => {
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
    await Promise.all(steps.map((step) => step.respond("guess", {})));
    expect(judged).toBe(100);
    await refused(authenticator.begin(request()));
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
