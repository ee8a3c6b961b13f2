import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { AccountStore } from "./accounts.js";
import { wampcraClient } from "./client/index.js";
import { hashCraSecret } from "./hashing.js";
import { admitted, challenged, refused, request } from "./testing/requests.js";
import { wampcra, type CraCredential, type CraOptions } from "./wampcra.js";

const PLAIN: CraCredential = { authrole: "frontend", secret: "secret2" };
// The salted account of Crossbar.io's documentation: its password is secret1.
const SALTED: CraCredential = {
  authrole: "frontend",
  secret: "prq7+YkJ1/KlW1X0YczMHw==",
  salt: "salt123",
  iterations: 100,
  keylen: 16,
};

const authenticatorWith = (options: Partial<CraOptions> = {}) =>
  wampcra({ store: new AccountStore({ joe: PLAIN, peter: SALTED }), ...options });

async function logIn(authid: string, secret: string, authenticator = authenticatorWith()) {
  const { extra, respond } = await challenged(authenticator, request({ authid }));
  const { signature } = await wampcraClient(secret).respond(extra);
  return respond(signature, {});
}

describe("wampcra", () => {
  it("the challenge has the fields of the specification, and nothing secret", async () => {
    const clock = new FakeClock(Date.parse("2014-06-22T16:51:41.643Z"));
    const { extra } = await challenged(
      authenticatorWith({ clock }),
      request({ authid: "joe", session: 3251278072152162 }),
    );
    expect(Object.keys(extra)).toEqual(["challenge"]);
    expect(JSON.parse(String(extra["challenge"]))).toEqual({
      authid: "joe",
      authrole: "frontend",
      authmethod: "wampcra",
      authprovider: "static",
      nonce: expect.stringMatching(/^.{32}$/),
      timestamp: "2014-06-22T16:51:41.643Z",
      session: 3251278072152162,
    });
  });

  it("accepts plain and salted secrets, derived like Crossbar.io's", async () => {
    expect(await admitted(logIn("joe", "secret2"))).toMatchObject({ authid: "joe", authrole: "frontend" });
    expect(await admitted(logIn("peter", "secret1"))).toMatchObject({ authid: "peter" });
    const { extra } = await challenged(authenticatorWith(), request({ authid: "peter" }));
    expect(extra).toMatchObject({ salt: "salt123", iterations: 100, keylen: 16 });
    expect(await hashCraSecret("secret1", { salt: "salt123", iterations: 100, keylen: 16 })).toEqual({
      secret: SALTED.secret,
      salt: "salt123",
      iterations: 100,
      keylen: 16,
    });
  });

  it("gives wrong secrets, unknown names and names of object properties the same answer", async () => {
    const answers = [];
    for (const [authid, secret] of [
      ["joe", "secret1"],
      ["joe", ""],
      ["peter", "secret2"],
      ["nobody", "secret2"],
      ["constructor", ""],
      ["__proto__", ""],
      ["", ""],
    ] as const) {
      const { type, reason, message } = await refused(logIn(authid, secret));
      answers.push(JSON.stringify({ type, reason, message }));
    }
    expect(new Set(answers).size).toBe(1);
  });

  it("accepts a signature once, for its own challenge, and in time", async () => {
    const clock = new FakeClock();
    const authenticator = authenticatorWith({ clock, timeout: 1000 });
    const first = await challenged(authenticator);
    const { signature } = await wampcraClient("secret2").respond(first.extra);
    const second = await challenged(authenticator);
    await refused(second.respond(signature, {}));
    await admitted(first.respond(signature, {}));
    await refused(first.respond(signature, {}));
    const third = await challenged(authenticator);
    const late = await wampcraClient("secret2").respond(third.extra);
    clock.advance(1001);
    expect((await refused(third.respond(late.signature, {}))).detail).toContain("late");
  });

  it("the nonce comes from the source of randomness", async () => {
    const random = (length: number) => new Uint8Array(length).fill(1);
    const { extra } = await challenged(authenticatorWith({ random }));
    expect(JSON.parse(String(extra["challenge"]))).toMatchObject({ nonce: "AQEB".repeat(8) });
  });

  it("no two challenges are the same", async () => {
    const challenges = await Promise.all([1, 2, 3].map(() => challenged(authenticatorWith())));
    expect(new Set(challenges.map(({ extra }) => extra["challenge"])).size).toBe(3);
  });

  it("the mock challenge for an unknown name looks like an account's, and is always the same", async () => {
    const shapeOf = async (authid: string) => {
      const { extra } = await challenged(authenticatorWith({ mockChallengeSecret: "s" }), request({ authid }));
      const { authrole, nonce: _nonce, timestamp: _time, ...rest } = JSON.parse(String(extra["challenge"]));
      return { ...extra, challenge: Object.keys({ ...rest, authrole }), authrole };
    };
    const real = [await shapeOf("joe"), await shapeOf("peter")];
    for (let index = 0; index < 20; index++) {
      const name = `nobody${index}`;
      const shape = await shapeOf(name);
      const salted = "salt" in shape;
      expect(shape).toEqual(await shapeOf(name));
      expect({ ...shape, ...(salted ? { salt: "salt123" } : {}) }).toEqual(real[salted ? 1 : 0]);
      if (salted) expect(String(shape.salt)).toHaveLength(7);
    }
  });

  it("denies HELLO without authid at once", async () => {
    expect((await refused(authenticatorWith().begin(request({ authid: undefined })))).message).toContain(
      "HELLO.Details.authid",
    );
  });

  it("an account may set another authid, and authextra", async () => {
    const store = new AccountStore({ joe: { ...PLAIN, authid: "joe@example.com", authextra: { since: 2014 } } });
    const welcome = await admitted(logIn("joe", "secret2", wampcra({ store })));
    expect(welcome).toMatchObject({ authid: "joe@example.com", authextra: { since: 2014 } });
  });
});
