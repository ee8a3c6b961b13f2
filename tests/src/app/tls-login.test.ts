// Tests logging in over real TLS: by a client certificate, and by a signature that is bound to the TLS channel. Each test
// runs with a listener that a program opens, and with the app and an equivalent config.
import { X509Certificate } from "node:crypto";
import { cryptosign, CryptosignAccounts, tls, TlsAccounts } from "@kreuz/auth";
import { cryptosignClient, type ClientMethod } from "@kreuz/auth/client";
import { generateCryptosignPair } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { allowAll, anonymous, createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { WireSession } from "@kreuz/testkit";
import {
  type ClientTlsOptions,
  connectRawSocket,
  connectWebSocket,
  listenRawSocket,
  listenWebSocket,
} from "@kreuz/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Authority, type Certified, testTls } from "../../../packages/transport-node/src/testing/certificates.js";
import { RouterProcess } from "../support/router-process.js";
import { expectAbort, hello, logIn, REALM, startLogin } from "../support/index.js";

const { authority, ca, server } = testTls();
const alice = authority.issue("certificate-of-alice", ["alice@certificates.example"]);
const sensor = authority.issue("sensor.certificates.example", ["sensor.certificates.example"]);
/** Signed by the authority, but of no account. */
const unknown = authority.issue("certificate-of-nobody", []);
/** Has the name of an account, but is signed by an unknown authority. */
const forged = new Authority("Another Authority").issue("sensor.certificates.example", []);
const device = generateCryptosignPair();

/** Requests certificates, and admits clients without one, which may use other methods. */
const LISTENER_TLS = { ...server, ca, requestCert: true, rejectUnauthorized: false };

function fingerprintOf({ cert }: Certified): string {
  return new X509Certificate(cert).fingerprint256;
}

/** A router that clients connect to. */
interface Target {
  readonly url: string;
  close(): Promise<void>;
}

async function openListener(listen: typeof listenWebSocket | typeof listenRawSocket): Promise<Target> {
  const router = await createRouter({
    realms: [
      {
        uri: REALM,
        authorizer: allowAll,
        authenticators: [
          tls({
            store: new TlsAccounts({
              alice: { authrole: "user", fingerprint: fingerprintOf(alice) },
              sensor: { authrole: "device", commonName: "sensor.certificates.example" },
            }),
          }),
          cryptosign({
            store: new CryptosignAccounts({ device1: { authrole: "device", keys: [device.publicKey] } }),
            channelBinding: "required",
          }),
          anonymous({ authrole: "guest" }),
        ],
        plugins: [sessionMeta()],
      },
    ],
  });
  const listener = await listen(router, { codecs: [json], port: 0, tls: LISTENER_TLS });
  return {
    url: listener.url,
    async close() {
      await router.close();
      await listener.close();
    },
  };
}

const ROLE = "permissions: [{ uri: wamp.session., match: prefix, allow: { call: true } }]";
const CONFIG = `
realms:
  - name: ${REALM}
    auth:
      tls:
        users:
          alice: { role: user, fingerprint: "${fingerprintOf(alice)}" }
          sensor: { role: device, commonName: sensor.certificates.example }
      cryptosign:
        channelBinding: required
        users: { device1: { role: device, keys: ["${device.publicKey}"] } }
      anonymous: { role: guest }
    roles:
      - { name: user, ${ROLE} }
      - { name: device, ${ROLE} }
      - { name: guest, ${ROLE} }
    plugins: [{ package: "@kreuz/session-meta" }]
transports:
  - type: universal
    port: 0
    tls: { cert: cert.pem, key: key.pem, ca: ca.pem, requestCert: true, rejectUnauthorized: false }
log: { level: debug, format: json }
`;

async function openApp(urlOf: (url: string) => string): Promise<Target> {
  const files = { "kreuz.yaml": CONFIG, "cert.pem": String(server.cert), "key.pem": String(server.key), "ca.pem": ca };
  const router = await RouterProcess.start({ files });
  return {
    url: urlOf(router.url),
    async close() {
      try {
        expect(await router.stop()).toBe(0);
        expect(router.errors).toEqual([]);
        expectNothingOf(alice, router.log);
      } finally {
        await router.kill();
      }
    },
  };
}

/** Expects that nothing in a value was taken from the certificate. */
function expectNothingOf(certificate: Certified, value: unknown): void {
  const text = JSON.stringify(value).toLowerCase();
  const fingerprint = fingerprintOf(certificate).toLowerCase();
  expect(text).not.toContain(fingerprint);
  expect(text).not.toContain(fingerprint.replaceAll(":", ""));
  expect(text).not.toMatch(/certificate-of-alice|certificates\.example|test authority|begin certificate|client_cert/);
}

type Connect = (url: string, client: WireSession, options: ClientTlsOptions) => Promise<unknown>;

const overWebSocket: Connect = (url, client, options) =>
  connectWebSocket(url, client, { codecs: [json], tls: options });
const overRawSocket: Connect = (url, client, options) => connectRawSocket(url, client, { codec: json, tls: options });

const TARGETS: [name: string, open: () => Promise<Target>, connect: Connect][] = [
  ["listenWebSocket", () => openListener(listenWebSocket), overWebSocket],
  ["listenRawSocket", () => openListener(listenRawSocket), overRawSocket],
  ["the app, WebSocket", () => openApp((url) => url), overWebSocket],
  ["the app, RawSocket", () => openApp((url) => `rss://${new URL(url).host}`), overRawSocket],
];

describe.each(TARGETS)("%s", (_name, open, reach) => {
  let target: Target;
  const clients: WireSession[] = [];

  beforeAll(async () => {
    target = await open();
  });
  afterAll(() => target.close());
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
  });

  async function connect(options: ClientTlsOptions = {}): Promise<WireSession> {
    const client = new WireSession({ turns: 10_000 });
    await reach(target.url, client, { ca, ...options });
    clients.push(client);
    return client;
  }

  /** Creates a client method whose signature is bound to the channel of a client's connection. */
  function boundTo(client: WireSession, type = "tls-exporter"): ClientMethod {
    const data = client.connection.evidence?.channelBinding?.(type);
    if (data === undefined) throw new Error(`the channel has no ${type}`);
    return cryptosignClient({ ...device, channelBinding: { type, data } });
  }

  test.each([
    ["fingerprint", alice, "alice", "user"],
    ["common name", sensor, "sensor", "device"],
  ])(
    "accepts a certificate known by its %s, with the identity of its account",
    async (_by, certificate, authid, authrole) => {
      const client = await connect(certificate);
      hello(client, ["tls", "anonymous"]);
      const { details } = await client.expect(M.WELCOME);
      expect(details).toMatchObject({ authid, authrole, authmethod: "tls", authprovider: "static" });
      expectNothingOf(certificate, details);
    },
  );

  test("refuses a certificate of the authority without an account, and tries no other method", async () => {
    const client = await connect(unknown);
    hello(client, ["tls", "anonymous"]);
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
  });

  test("refuses a known certificate with another authid", async () => {
    const client = await connect(alice);
    hello(client, ["tls"], { authid: "sensor" });
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
  });

  test.each([
    ["without a certificate", {}],
    ["with a certificate of an unknown authority", forged],
  ])("a client %s: the next method is tried", async (_what, options) => {
    const client = await connect(options);
    hello(client, ["tls", "anonymous"]);
    expect((await client.expect(M.WELCOME)).details).toMatchObject({ authrole: "guest", authmethod: "anonymous" });
  });

  test("a client without a certificate and without another method: ABORT no_matching_auth_method", async () => {
    const client = await connect();
    hello(client, ["tls"]);
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
  });

  test("wamp.session.get shows nothing of the certificate", async () => {
    const [client, other] = [await connect(alice), await connect()];
    const { session } = await client.join(REALM, { authmethods: ["tls"] });
    await other.join(REALM, { authmethods: ["anonymous"] });
    for (const asking of [client, other]) {
      const [details] = (await asking.call("wamp.session.get", { args: [session] })).args ?? [];
      expect(details).toMatchObject({ session, authid: "alice", authmethod: "tls" });
      expectNothingOf(alice, details);
    }
  });

  test.each([
    ["TLSv1.3", "tls-exporter"],
    ["TLSv1.2", "tls-unique"],
  ] as const)("accepts a signature bound to its %s channel by %s", async (maxVersion, type) => {
    const client = await connect({ maxVersion });
    const details = await logIn(client, boundTo(client, type));
    expect(details).toMatchObject({ authid: "device1", authrole: "device", authmethod: "cryptosign" });
  });

  test.each([
    ["TLSv1.3", "tls-exporter"],
    ["TLSv1.2", "tls-unique"],
  ] as const)("refuses a signature bound to another %s channel by %s", async (maxVersion, type) => {
    const [client, other] = [await connect({ maxVersion }), await connect({ maxVersion })];
    await startLogin(client, boundTo(other, type));
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    // The same key, bound to its own channel, is accepted.
    expect(await logIn(other, boundTo(other, type))).toMatchObject({ authid: "device1" });
  });

  test("refuses an unbound signature if binding is required", async () => {
    const client = await connect();
    const method = cryptosignClient(device);
    hello(client, [method.authmethod], { authextra: method.authextra });
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
  });

  test("refuses a binding that the version of TLS does not have", async () => {
    const [modern, another, older] = [await connect(), await connect(), await connect({ maxVersion: "TLSv1.2" })];
    hello(modern, ["cryptosign"], { authextra: boundTo(older, "tls-unique").authextra });
    await expectAbort(modern, ErrorUri.AUTHENTICATION_DENIED);
    hello(older, ["cryptosign"], { authextra: boundTo(another, "tls-exporter").authextra });
    await expectAbort(older, ErrorUri.AUTHENTICATION_DENIED);
  });
});
