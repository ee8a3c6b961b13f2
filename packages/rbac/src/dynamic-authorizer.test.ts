import type { Dict } from "@kreuz/codec";
import type { Action, SessionInfo } from "@kreuz/router";
import { FakeClock } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import {
  type AuthorizeFunction,
  type AuthorizerAnswer,
  dynamicAuthorizer,
  type DynamicAuthorizerOptions,
} from "./index.js";

const peter: SessionInfo = {
  session: 1,
  realm: "realm1",
  authid: "peter",
  authrole: "user",
  authmethod: "ticket",
  authprovider: "static",
  transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
};
const call: Action = { type: "call", uri: "com.example.add", match: "exact", options: {} };

/** An authorizer that always gives the same answer, and the questions it got. */
function answering(answer: unknown, options: Partial<DynamicAuthorizerOptions> = {}) {
  const clock = new FakeClock();
  const asked: Parameters<AuthorizeFunction>[] = [];
  const authorize: AuthorizeFunction = (...question) => {
    asked.push(question);
    return answer as AuthorizerAnswer;
  };
  return { asked, clock, authorizer: dynamicAuthorizer({ clock, ...options, authorize }) };
}

describe("the question has Crossbar's shape", () => {
  test("session details, uri, action, options", () => {
    const { asked, authorizer } = answering(true);
    void authorizer.authorize(peter, { ...call, options: { disclose_me: true } });
    expect(asked).toEqual([[{ ...peter }, "com.example.add", "call", { disclose_me: true }]]);
  });

  test("the match policy is among the options of subscriptions and registrations", () => {
    const { asked, authorizer } = answering(true);
    void authorizer.authorize(peter, { type: "subscribe", uri: "", match: "prefix", options: { get_retained: true } });
    void authorizer.authorize(peter, { type: "register", uri: "a.b", match: "exact" });
    expect(asked.map(([, , , options]) => options)).toEqual([
      { get_retained: true, match: "prefix" },
      { match: "exact" },
    ]);
  });

  test("passes on only the listed keys of a session", () => {
    const { asked, authorizer } = answering(true);
    void authorizer.authorize({ ...peter, secret: "swordfish" } as SessionInfo, call);
    expect(JSON.stringify(asked)).not.toContain("swordfish");
  });
});

describe("the answer", () => {
  test.each<[unknown, unknown]>([
    [true, true],
    [false, false],
    [{ allow: true }, true],
    [{ allow: false, disclose: true }, false],
    [
      { allow: true, disclose: true },
      { allow: true, disclose: "always" },
    ],
    [{ allow: true, disclose: false, cache: false }, true],
    [{ allow: true, disclose: null, cache: null }, true],
    [
      { allow: true, disclose: "never" },
      { allow: true, disclose: "never" },
    ],
    [
      { allow: true, trustlevel: 2, maxCallTimeout: 100 },
      { allow: true, trustlevel: 2, maxCallTimeout: 100 },
    ],
    [{ allow: true, meta: { anything: "else" } }, true],
  ])("%j means %j", async (answer, decision) => {
    expect(answering(answer).authorizer.authorize(peter, call)).toEqual(decision);
    expect(await answering(Promise.resolve(answer)).authorizer.authorize(peter, call)).toEqual(decision);
  });

  test.each<[unknown, string]>([
    [undefined, "expected a boolean or a dict, got nothing"],
    [null, "expected a boolean or a dict, got nothing"],
    [1, "a number"],
    ["yes", "a string"],
    [[true], "a list"],
    [{}, "allow: expected a boolean, got nothing"],
    [{ allow: 1 }, "allow: expected a boolean, got a number"],
    [{ allow: true, cache: "yes" }, "cache: expected a boolean, got a string"],
    [{ allow: true, disclose: "perhaps" }, "disclose: expected"],
    [{ allow: true, trustlevel: -1 }, "trustlevel: expected"],
    [{ allow: true, maxCallTimeout: "1" }, "maxCallTimeout: expected"],
  ])("%j is malformed", async (answer, message) => {
    expect(() => answering(answer).authorizer.authorize(peter, call)).toThrow(message);
    await expect(answering(Promise.resolve(answer)).authorizer.authorize(peter, call)).rejects.toThrow(message);
  });

  test("errors of the function reach the router", async () => {
    const failing = dynamicAuthorizer({ authorize: () => Promise.reject(new Error("the database is down")) });
    await expect(failing.authorize(peter, call)).rejects.toThrow("the database is down");
  });

  test("an answer that does not come in time is a failure, and no timer is left", async () => {
    const { authorizer, clock } = answering(new Promise(() => {}), { timeout: 300 });
    const decision = authorizer.authorize(peter, call) as Promise<unknown>;
    clock.advance(300);
    await expect(decision).rejects.toThrow("did not answer within 300 ms");
    const { authorizer: quick, clock: other } = answering(Promise.resolve(true));
    await quick.authorize(peter, call);
    expect([clock.pending, other.pending]).toEqual([0, 0]);
  });
});

describe("an answer is cached only if it allows that", () => {
  const KEEP = { allow: true, cache: true };
  const howOften = (answer: unknown, first: [SessionInfo, Action], second: [SessionInfo, Action]): number => {
    const { authorizer, asked } = answering(answer);
    for (const question of [first, second, second]) void authorizer.authorize(...question);
    return asked.length;
  };

  test.each<[unknown, number]>([
    [true, 3],
    [false, 3],
    [{ allow: true }, 3],
    [{ allow: true, cache: false }, 3],
    [KEEP, 1],
    [{ allow: false, cache: true }, 1],
  ])("%j", (answer, times) => {
    expect(howOften(answer, [peter, call], [peter, call])).toBe(times);
  });

  test.each<[string, Partial<SessionInfo>, Partial<Action>]>([
    ["another authid", { authid: "paul" }, {}],
    ["another authrole", { authrole: "admin" }, {}],
    ["another authmethod", { authmethod: "anonymous" }, {}],
    ["another authprovider", { authprovider: "dynamic" }, {}],
    ["another realm", { realm: "realm2" }, {}],
    ["another action", {}, { type: "publish" }],
    ["another URI", {}, { uri: "com.example.sub" }],
    ["another match policy", {}, { match: "prefix" }],
    ["another option", {}, { options: { disclose_me: true } }],
  ])("not for %s", (_, who, what) => {
    expect(
      howOften(
        KEEP,
        [peter, call],
        [
          { ...peter, ...who },
          { ...call, ...what },
        ],
      ),
    ).toBe(2);
  });

  test("for another session of the same principal, and for options in another order", () => {
    expect(howOften(KEEP, [peter, call], [{ ...peter, session: 2 }, call])).toBe(1);
    const [one, other] = [
      { a: 1, b: [2, "x"] },
      { b: [2, "x"], a: 1 },
    ];
    expect(howOften(KEEP, [peter, { ...call, options: one }], [peter, { ...call, options: other }])).toBe(1);
  });

  test("names that join to the same text have different keys", () => {
    const [one, other] = [
      { authid: 'a","b', authrole: "c" },
      { authid: "a", authrole: 'b","c' },
    ];
    expect(howOften(KEEP, [{ ...peter, ...one }, call], [{ ...peter, ...other }, call])).toBe(2);
  });

  test.each<[string, Partial<Action>]>([
    ["options that JSON cannot tell apart", { options: { _x: Number.NaN } }],
    ["big integers", { options: { _x: 1n } as Dict }],
    ["nested options", { options: { _x: { y: 1 } } }],
    ["long lists", { options: { exclude: Array.from({ length: 65 }, (_, id) => id) } }],
    ["long URIs", { uri: "a".repeat(2000) }],
    ["long options", { options: { _x: "a".repeat(1000) } }],
  ])("not with %s", (_, what) => {
    expect(howOften(KEEP, [peter, { ...call, ...what }], [peter, { ...call, ...what }])).toBe(3);
  });

  test("until its time to live ends", () => {
    const { authorizer, asked, clock } = answering(KEEP, { cacheTtl: 1000 });
    void authorizer.authorize(peter, call);
    clock.advance(999);
    void authorizer.authorize(peter, call);
    expect(asked).toHaveLength(1);
    clock.advance(1);
    void authorizer.authorize(peter, call);
    expect(asked).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  test("up to the capacity: the oldest answer is dropped", () => {
    const { authorizer, asked } = answering(KEEP, { cachedAnswers: 2 });
    for (const uri of ["a", "b", "c", "c", "b"]) void authorizer.authorize(peter, { ...call, uri });
    expect(asked).toHaveLength(3);
    void authorizer.authorize(peter, { ...call, uri: "a" });
    expect(asked).toHaveLength(4);
  });

  test("until the cache is cleared", () => {
    const { authorizer, asked } = answering(KEEP);
    void authorizer.authorize(peter, call);
    authorizer.clearCache();
    void authorizer.authorize(peter, call);
    expect(asked).toHaveLength(2);
  });
});
