import { toBase64 } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { AccountStore } from "../accounts.js";
import { fromBase64, fromHex, toBytes, toHex } from "../bytes.js";
import { scramClient, wampScramClient } from "../client/index.js";
import { hashScramPassword } from "../hashing.js";
import { admitted, challenged, refused, request } from "../testing/requests.js";
import { AUTOBAHN_SCRAM, WAMP_SCRAM } from "./dialect.js";
import { clientKeyOf, clientProof, saltedPassword, serverKeyOf, serverSignature, storedKeyOf } from "./record.js";
import { scram, wampScram } from "./scram.js";

describe("the example of RFC 7677, which the specification uses", () => {
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
  const message = WAMP_SCRAM.authMessage({
    authid: "user",
    clientNonce: "rOprNGfwEbeRWgbNEkqO",
    nonce,
    salt,
    iterations: 4096,
    binding: undefined,
  });

  it("AuthMessage has the syntax of RFC 5802", () => {
    expect(message).toBe(`n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`);
  });

  it("ClientProof and ServerSignature", async () => {
    const salted = await saltedPassword("pencil", fromBase64(salt)!, { kdf: "pbkdf2", iterations: 4096 });
    const clientKey = clientKeyOf(salted);
    expect(toBase64(clientProof(clientKey, storedKeyOf(clientKey), message))).toBe(
      "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    expect(WAMP_SCRAM.verifier(serverSignature(serverKeyOf(salted), message))).toEqual({
      verifier: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    });
  });

  it("escapes commas and equals signs of the authid, and signs the channel binding", () => {
    const binding = { type: "tls-unique", data: toBytes("finished") };
    const text = WAMP_SCRAM.authMessage({
      authid: "a=b,c",
      clientNonce: "x",
      nonce: "xy",
      salt,
      iterations: 1,
      binding,
    });
    expect(text).toContain("n=a=3Db=2Cc,");
    expect(text).toContain(`c=${btoa("p=tls-unique,,finished")},`);
  });
});

describe("hashScramPassword", () => {
  const salt = fromHex("ae1f0d2f422757809077785e660b62c6", 16)!;
  const keys = async (kdf: "argon2id13" | "argon2id-13") => {
    const record = await hashScramPassword("secret123", { kdf, salt, iterations: 2, memory: 64 });
    return [record.storedKey, record.serverKey].map((key) => toHex(fromBase64(key)!));
  };

  it("argon2id-13 gives what Autobahn|Python computes", async () => {
    expect(await keys("argon2id-13")).toEqual(VECTOR_AUTOBAHN);
  });

  it("argon2id13 derives the keys from the bytes of the hash", async () => {
    expect(await keys("argon2id13")).toEqual(VECTOR_WAMP_SCRAM);
  });

  it("uses a new salt each time", async () => {
    const options = { kdf: "pbkdf2", iterations: 1 } as const;
    const [one, other] = [await hashScramPassword("x", options), await hashScramPassword("x", options)];
    expect(one.salt).not.toBe(other.salt);
    expect(JSON.stringify(one)).not.toContain('"x"');
  });
});

// Made with argon2-cffi 25.1 and hashlib: password secret123, t=2, m=64, p=1.
const VECTOR_AUTOBAHN = [
  "3350bbd3651762c28a0e9e48a8f9c64457c5706e262898521367470545491801",
  "7339b68961f891b43b05b105930a2ba6baa4348baf9fb052ca6b31ec51913070",
];
const VECTOR_WAMP_SCRAM = [
  "8cfcd9d184f6a562f803c31b852bb48ae47786717acbcdb13bc7a415af4eb6fc",
  "9f2caaac6960c00da58c61a052bd0f5badfb84fbb98ff4663839412c646d3aec",
];

describe.each([
  ["wamp-scram", wampScram, wampScramClient, WAMP_SCRAM, "argon2id13"],
  ["wamp-scram", wampScram, wampScramClient, WAMP_SCRAM, "pbkdf2"],
  ["scram", scram, scramClient, AUTOBAHN_SCRAM, "argon2id-13"],
  ["scram", scram, scramClient, AUTOBAHN_SCRAM, "pbkdf2"],
] as const)("%s, end to end, %#", (method, make, client, _dialect, kdf) => {
  const hash = (password: string) =>
    hashScramPassword(password, kdf === "pbkdf2" ? { kdf, iterations: 4096 } : { kdf, iterations: 1, memory: 16 });

  async function authenticator() {
    const joe = { authrole: "user", ...(await hash("pässword")) };
    return make({ store: new AccountStore({ joe }) });
  }

  it("accepts the right password, and proves that the router has the record", async () => {
    const joe = client({ authid: "joe", password: "pässword" });
    const { extra, respond } = await challenged(await authenticator(), request({ authextra: joe.authextra }));
    const answer = await joe.respond(extra);
    const welcome = await admitted(respond(answer.signature, answer.extra));
    expect(welcome).toMatchObject({ authid: "joe", authrole: "user", authprovider: "static" });
    expect(joe.verify?.(welcome.authextra ?? {})).toBe(true);
    expect(joe.verify?.({})).toBe(false);
    expect(joe.authmethod).toBe(method);
  });

  it("gives a wrong password, an unknown name and a malformed proof the same answer", async () => {
    const answers = [];
    for (const [authid, password, signature] of [
      ["joe", "password", undefined],
      ["ann", "pässword", undefined],
      ["joe", "pässword", "!"],
      ["joe", "pässword", ""],
      ["ann", "pässword", "AAAA"],
    ] as const) {
      const someone = client({ authid, password });
      const asked = request({ authid, authextra: someone.authextra });
      const { extra, respond } = await challenged(await authenticator(), asked);
      const answer = await someone.respond(extra);
      const { reason, message } = await refused(respond(signature ?? answer.signature, answer.extra));
      answers.push(`${reason}: ${message}`);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^wamp\.error\.authentication_denied/);
  });

  it("accepts a proof once, for its own nonce", async () => {
    const joe = client({ authid: "joe", password: "pässword" });
    const asked = request({ authextra: joe.authextra });
    const shared = await authenticator();
    const first = await challenged(shared, asked);
    const answer = await joe.respond(first.extra);
    await admitted(first.respond(answer.signature, answer.extra));
    await refused(first.respond(answer.signature, answer.extra));
    const second = await challenged(shared, asked);
    await refused(second.respond(answer.signature, { ...answer.extra, nonce: second.extra["nonce"] }));
  });
});

describe("wamp-scram: HELLO and AUTHENTICATE", () => {
  const data = toBytes("the finished message");
  const evidence = { channelBinding: (type: string) => (type === "tls-unique" ? data : undefined) };
  const record = hashScramPassword("pw", { kdf: "pbkdf2", iterations: 4096 });
  const withJoe = async () => wampScram({ store: new AccountStore({ joe: { authrole: "user", ...(await record) } }) });

  it.each([
    ["no nonce", {}],
    ["a nonce that is not base64", { nonce: "%" }],
    ["a nonce that is too long", { nonce: "AAAA".repeat(100) }],
    ["a binding that the transport does not support", { nonce: "AAAA", channel_binding: "tls-exporter" }],
    ["a binding that is not a string", { nonce: "AAAA", channel_binding: 1 }],
  ])("denies %s at once", async (_what, authextra: { nonce?: string; channel_binding?: unknown }) => {
    const { reason, message } = await refused((await withJoe()).begin(request({ authextra, evidence })));
    const known = authextra.channel_binding === "tls-exporter";
    expect(reason).toBe(known ? "wamp.error.authentication_denied" : "wamp.error.protocol_violation");
    expect(message).toMatch(/^wamp-scram: /);
  });

  it("binds the proof to the TLS channel: denies a proof that a man in the middle passes on", async () => {
    const through = async (channel: Uint8Array) => {
      const joe = wampScramClient({
        authid: "joe",
        password: "pw",
        channelBinding: { type: "tls-unique", data: channel },
      });
      const { extra, respond } = await challenged(await withJoe(), request({ authextra: joe.authextra, evidence }));
      const answer = await joe.respond(extra);
      return respond(answer.signature, answer.extra);
    };
    await admitted(through(data));
    await refused(through(toBytes("another channel")));
  });

  it.each([
    ["another nonce", { nonce: "AAAA" }],
    ["a binding that was not agreed", { channel_binding: "tls-unique", cbind_data: "AAAA" }],
    ["binding data without a binding", { cbind_data: "AAAA" }],
  ])("denies AUTHENTICATE with %s", async (_what, extra) => {
    const joe = wampScramClient({ authid: "joe", password: "pw" });
    const step = await challenged(await withJoe(), request({ authextra: joe.authextra }));
    const answer = await joe.respond(step.extra);
    await refused(step.respond(answer.signature, { ...answer.extra, ...extra }));
  });

  it("an unknown name gets a challenge like any other, always with the same salt", async () => {
    const options = { mockChallengeSecret: "of this router" };
    const joe = { authrole: "user", ...(await record) };
    const extras = [];
    for (const authid of ["joe", "ann", "ann", "bob"]) {
      const again = wampScram({ store: new AccountStore({ joe }), ...options });
      extras.push((await challenged(again, request({ authid, authextra: { nonce: "AAAA" } }))).extra);
    }
    const [real, ann, annAgain, bob] = extras.map(({ nonce: _nonce, ...rest }) => rest);
    expect({ ...ann, salt: real?.["salt"] }).toEqual(real);
    expect(ann).toEqual(annAgain);
    expect(bob?.["salt"]).not.toBe(ann?.["salt"]);
    expect(String(ann?.["salt"]).length).toBe(String(real?.["salt"]).length);
  });

  it("rejects a record of the other dialect at start", async () => {
    const joe = {
      authrole: "user",
      ...(await hashScramPassword("pw", { kdf: "argon2id-13", iterations: 1, memory: 16 })),
    };
    expect(() => wampScram({ store: new AccountStore({ joe }) })).toThrow("argon2id-13");
    expect(() => scram({ store: new AccountStore({ joe }) })).not.toThrow();
  });
});
