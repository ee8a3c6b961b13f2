import { describe, expect, it } from "vitest";
import { CryptosignAccounts } from "../accounts.js";
import { fromHex, systemRandomBytes, toHex } from "../bytes.js";
import { cryptosignClient } from "../client/index.js";
import { isSignature, messageToSign, publicKeyOf, signedMessage } from "./keys.js";
import { cryptosign, type CryptosignOptions } from "./cryptosign.js";
import { generateCryptosignPair } from "../hashing.js";
import { admitted, challenged, refused, request } from "../testing/requests.js";

const bytes = (hex: string) => fromHex(hex, hex.length / 2)!;

// The test vectors of the specification ("Cryptosign-based Authentication", "Test Vectors").
const CHANNEL = "62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff";
const VECTORS = [
  [
    undefined,
    "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0cae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ],
  [
    undefined,
    "d511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd",
    "b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d",
    "d4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660fb26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d",
  ],
  [
    undefined,
    "6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b",
    "b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2",
    "7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1ec184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30bb05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2",
  ],
  [
    CHANNEL,
    "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f9d16ca518aa0c2b707f2b2a609edeca73bca8dd59817a633f35574ac6fd80d00",
  ],
  [
    CHANNEL,
    "d511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd",
    "b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d",
    "305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a427c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01d0852a29b460fc92ec943242ac638a053bbacc200512b18b30d15083cbdc9282",
  ],
  [
    CHANNEL,
    "6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b",
    "b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2",
    "ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608d2b75e24a189a7f78ca776ba36fc53f6c3e31c32f251f2c524f0a44202f2902d",
  ],
] as const;

const PRIVATE = VECTORS[0][1];
const PUBLIC = toHex(publicKeyOf(bytes(PRIVATE)));
const OTHER = generateCryptosignPair();
const channel = bytes(CHANNEL);
const evidence = { channelBinding: (type: string) => (type === "tls-exporter" ? channel : undefined) };

const store = new CryptosignAccounts({
  "client01@example.com": { authrole: "device", keys: [PUBLIC.toUpperCase(), "ab".repeat(32)] },
  twin1: { authrole: "device", keys: ["cd".repeat(32)] },
  twin2: { authrole: "device", keys: ["cd".repeat(32)] },
});
const authenticatorWith = (options: Partial<CryptosignOptions> = {}) => cryptosign({ store, ...options });
const ask = (fields: Parameters<typeof request>[0] = {}) =>
  request({ authid: undefined, authextra: { pubkey: PUBLIC }, ...fields });

describe("the specification's test vectors", () => {
  it.each(VECTORS)("channel %s, key %s", (channelId, privateKey, challenge, signature) => {
    const message = messageToSign(bytes(challenge), channelId === undefined ? undefined : bytes(channelId));
    const signed = signedMessage(bytes(privateKey), message);
    expect(toHex(signed)).toBe(signature);
    expect(isSignature(signed.subarray(0, 64), message, publicKeyOf(bytes(privateKey)))).toBe(true);
  });
});

describe("cryptosign", () => {
  it("finds the account by public key, and by authid if there is one", async () => {
    for (const authid of [undefined, "client01@example.com"]) {
      const { extra, respond } = await challenged(authenticatorWith(), ask({ authid }));
      expect(extra).toEqual({ challenge: expect.stringMatching(/^[0-9a-f]{64}$/), channel_binding: null });
      const { signature } = await cryptosignClient({ privateKey: PRIVATE }).respond(extra);
      const welcome = await admitted(respond(signature, {}));
      expect(welcome).toMatchObject({ authid: "client01@example.com", authrole: "device", authprovider: "static" });
    }
  });

  it("a client that sends no public key may use any key of its account", async () => {
    const { extra, respond } = await challenged(
      authenticatorWith(),
      ask({ authid: "client01@example.com", authextra: undefined }),
    );
    const { signature } = await cryptosignClient({ privateKey: PRIVATE }).respond(extra);
    await admitted(respond(signature, {}));
  });

  it("the challenge comes from the source of randomness", async () => {
    const random = (length: number) => new Uint8Array(length).fill(0xcd);
    const { extra } = await challenged(authenticatorWith({ random }), ask());
    expect(extra).toMatchObject({ challenge: "cd".repeat(32) });
  });

  it("takes null for absent, as Autobahn|JS sends it", async () => {
    const authextra = { pubkey: PUBLIC, trustroot: null, challenge: null, channel_binding: null };
    await challenged(authenticatorWith(), ask({ authextra }));
  });

  it("denies an old signed message with a valid signature", async () => {
    const authenticator = authenticatorWith();
    const first = await challenged(authenticator, ask());
    const { signature } = await cryptosignClient({ privateKey: PRIVATE }).respond(first.extra);
    await admitted(first.respond(signature, {}));
    await refused(first.respond(signature, {}));
    const second = await challenged(authenticator, ask());
    expect((await refused(second.respond(signature, {}))).detail).toContain("another message");
  });

  it("denies a valid signature followed by another message", async () => {
    const { extra, respond } = await challenged(authenticatorWith(), ask());
    const old = signedMessage(bytes(PRIVATE), systemRandomBytes(32));
    await refused(respond(toHex(old.subarray(0, 64)) + String(extra["challenge"]), {}));
  });

  it.each([
    ["nothing", ""],
    ["not hex", "z".repeat(192)],
    ["the signature alone", "ab".repeat(64)],
    ["too long", "ab".repeat(97)],
  ])("denies an answer that is %s", async (_what, signature) => {
    await refused((await challenged(authenticatorWith(), ask())).respond(signature, {}));
  });

  it("gives unknown, foreign and shared keys the answer of a wrong signature", async () => {
    const answers = [];
    for (const [fields, privateKey] of [
      [{}, OTHER.privateKey],
      [{ authextra: { pubkey: OTHER.publicKey } }, OTHER.privateKey],
      [{ authid: "client01@example.com", authextra: { pubkey: OTHER.publicKey } }, OTHER.privateKey],
      [{ authid: "nobody", authextra: { pubkey: PUBLIC } }, PRIVATE],
      [{ authid: "constructor", authextra: undefined }, PRIVATE],
      [{ authextra: { pubkey: "cd".repeat(32) } }, OTHER.privateKey],
    ] as const) {
      const { extra, respond } = await challenged(authenticatorWith(), ask(fields));
      const { signature } = await cryptosignClient({ privateKey }).respond(extra);
      const { reason, message } = await refused(respond(signature, {}));
      answers.push(`${reason} ${message}`);
    }
    expect(new Set(answers).size).toBe(1);
  });

  it.each([
    ["neither key nor authid", undefined],
    ["a key that is too short", { pubkey: "ab" }],
    ["a key that is not a string", { pubkey: 1 }],
    ["a binding that is not a string", { pubkey: PUBLIC, channel_binding: 1 }],
    ["a malformed challenge", { pubkey: PUBLIC, challenge: "ab" }],
  ])("denies HELLO with %s at once", async (_what, authextra) => {
    expect((await refused(authenticatorWith().begin(ask({ authextra })))).message).toMatch(/^cryptosign: /);
  });

  it("rejects malformed keys at start", () => {
    expect(() => new CryptosignAccounts({ joe: { authrole: "user", keys: ["ab"] } })).toThrow("joe.keys[0]");
    expect(() => authenticatorWith({ routerKey: "ab" })).toThrow("routerKey");
  });
});

describe("cryptosign: TLS channel binding", () => {
  const logIn = async (data: Uint8Array, type = "tls-exporter") => {
    const client = cryptosignClient({ privateKey: PRIVATE, channelBinding: { type, data } });
    const { extra, respond } = await challenged(authenticatorWith(), ask({ authextra: client.authextra, evidence }));
    return respond((await client.respond(extra)).signature, {});
  };

  it("verifies a signature of the challenge XOR the channel id", async () => {
    await admitted(logIn(channel));
    expect((await refused(logIn(systemRandomBytes(32)))).detail).toContain("another message");
  });

  it("once a binding is agreed, denies a signature of the bare challenge", async () => {
    const asked = ask({ authextra: { pubkey: PUBLIC, channel_binding: "tls-exporter" }, evidence });
    const { extra, respond } = await challenged(authenticatorWith(), asked);
    expect(extra).toMatchObject({ channel_binding: "tls-exporter" });
    const unbound = signedMessage(bytes(PRIVATE), bytes(String(extra["challenge"])));
    await refused(respond(toHex(unbound), {}));
  });

  it("does not agree to a binding that the transport does not support, and the client notices", async () => {
    await expect(logIn(channel, "tls-unique")).rejects.toThrow("TLS channel");
  });

  it("can be required", async () => {
    const strict = authenticatorWith({ channelBinding: "required" });
    expect((await refused(strict.begin(ask({ evidence })))).message).toContain("channel_binding");
    await challenged(strict, ask({ authextra: { pubkey: PUBLIC, channel_binding: "tls-exporter" }, evidence }));
  });
});

describe("cryptosign: router authentication", () => {
  const router = generateCryptosignPair();

  it("the router signs the client's challenge, with and without channel binding", async () => {
    for (const bound of [false, true]) {
      const channelBinding = { type: "tls-exporter", data: channel };
      const client = cryptosignClient({
        privateKey: PRIVATE,
        routerKey: router.publicKey,
        ...(bound ? { channelBinding } : {}),
      });
      const asked = ask({ authextra: client.authextra, evidence });
      const { extra, respond } = await challenged(authenticatorWith({ routerKey: router.privateKey }), asked);
      expect(extra["pubkey"]).toBe(router.publicKey);
      await admitted(respond((await client.respond(extra)).signature, {}));
    }
  });

  it("a router with another key or none gets no signature", async () => {
    for (const options of [{}, { routerKey: OTHER.privateKey }]) {
      const client = cryptosignClient({ privateKey: PRIVATE, routerKey: router.publicKey });
      const { extra } = await challenged(authenticatorWith(options), ask({ authextra: client.authextra }));
      await expect(async () => client.respond(extra)).rejects.toThrow("the router");
    }
  });
});
