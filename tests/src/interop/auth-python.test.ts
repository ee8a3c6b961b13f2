// Tests logging in with Autobahn|Python, which `pnpm interop` installs if possible. Other runs leave this file out, since
// the tests of this repository must not need Python.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AccountStore, cryptosign, CryptosignAccounts, scram, ticket, TicketAccounts, wampcra } from "@kreuz/auth";
import { generateCryptosignPair, hashCraSecret, hashScramPassword } from "@kreuz/auth/hashing";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter, type Router } from "@kreuz/router";
import { listenRawSocket, listenWebSocket, type TransportListener } from "@kreuz/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const REALM = "com.example.realm";
const DENIED = { abort: "wamp.error.authentication_denied" };
const SCRIPT = fileURLToPath(new URL("clients/autobahn_login.py", import.meta.url));
const PYTHON = process.env["KREUZ_PYTHON"] ?? "python3";
const device = generateCryptosignPair();
const unknown = generateCryptosignPair();

let router: Router;

/** A listener for each transport of Autobahn|Python. Over RawSocket it offers one codec, its best. */
const TRANSPORTS: [name: string, listen: () => Promise<TransportListener>][] = [
  ["WebSocket", () => listenWebSocket(router, { codecs: [json], port: 0 })],
  ["RawSocket", () => listenRawSocket(router, { codecs: [json, msgpack, cbor], port: 0 })],
];

/** Options of one of Autobahn's authenticators. */
type Settings = Readonly<Record<string, unknown>>;

function logIn(url: string, method: string, settings: Settings): Promise<unknown> {
  const login = JSON.stringify({ url, realm: REALM, authentication: { [method]: settings } });
  return new Promise((resolve, reject) => {
    execFile(PYTHON, [SCRIPT, login], { timeout: 50_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });
}

describe.each(TRANSPORTS)("Autobahn|Python over %s", (_transport, listen) => {
  let listener: TransportListener;

  beforeAll(async () => {
    const record = await hashScramPassword("pässword", { kdf: "argon2id-13", iterations: 2, memory: 64 });
    router = await createRouter({
      realms: [
        {
          uri: REALM,
          authorizer: allowAll,
          authenticators: [
            ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "secret!!!" } }) }),
            wampcra({
              store: new AccountStore({
                joe: { authrole: "user", secret: "secret2" },
                peter: { authrole: "user", ...(await hashCraSecret("pässword", { iterations: 100 })) },
              }),
            }),
            scram({ store: new AccountStore({ joe: { authrole: "user", ...record } }) }),
            cryptosign({
              store: new CryptosignAccounts({ device1: { authrole: "device", keys: [device.publicKey] } }),
              routerKey: generateCryptosignPair().privateKey,
            }),
          ],
        },
      ],
    });
    listener = await listen();
  });

  afterAll(async () => {
    await router.close();
    await listener.close();
  });

  const good: [method: string, settings: Settings, authid: string, authrole: string][] = [
    ["ticket", { authid: "joe", ticket: "secret!!!" }, "joe", "user"],
    ["wampcra", { authid: "joe", secret: "secret2" }, "joe", "user"],
    ["wampcra", { authid: "peter", secret: "pässword" }, "peter", "user"],
    ["scram", { authid: "joe", password: "pässword" }, "joe", "user"],
    ["cryptosign", { authid: "device1", privkey: device.privateKey }, "device1", "device"],
  ];

  test.each(good)("%s %o", async (method, settings, authid, authrole) => {
    expect(await logIn(listener.url, method, settings)).toEqual({
      authid,
      authrole,
      authmethod: method,
      authprovider: "static",
    });
  });

  const bad: [method: string, settings: Settings][] = [
    ["ticket", { authid: "joe", ticket: "secret" }],
    ["ticket", { authid: "nobody", ticket: "secret!!!" }],
    ["wampcra", { authid: "joe", secret: "secret1" }],
    ["wampcra", { authid: "nobody", secret: "secret2" }],
    ["scram", { authid: "joe", password: "password" }],
    ["scram", { authid: "nobody", password: "pässword" }],
    ["cryptosign", { authid: "device1", privkey: unknown.privateKey }],
    ["cryptosign", { authid: "nobody", privkey: device.privateKey }],
  ];

  test.each(bad)("%s %o is refused", async (method, settings) => {
    expect(await logIn(listener.url, method, settings)).toEqual(DENIED);
  });
});
