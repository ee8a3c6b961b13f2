import { X509Certificate } from "node:crypto";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { Endpoint } from "@kreuz/testkit";
import { connectRawSocket } from "../rawsocket/connect-rawsocket.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import { listenRawSocket, listenWebSocket } from "../listen/listen.js";
import { BytePeer } from "../testing/byte-peer.js";
import { Authority, testTls } from "../testing/certificates.js";
import { text } from "../testing/codecs.js";
import { openListener, type OpenListener } from "../testing/open-listener.js";
import type { ClientTlsOptions, TlsOptions } from "./tls-options.js";

const { authority, ca, server } = testTls();
const mutual: TlsOptions = { ...server, ca, requestCert: true };

/** A listener with TLS, and a client of it, for each transport that has them. */
const TRANSPORTS = [
  {
    name: "WebSocket",
    open: (tls: TlsOptions): Promise<OpenListener> => openListener(listenWebSocket, { tls }),
    connect: (url: string, tls: ClientTlsOptions) => connectWebSocket(url, new Endpoint(), { codecs: [text], tls }),
  },
  {
    name: "RawSocket",
    open: (tls: TlsOptions): Promise<OpenListener> => openListener(listenRawSocket, { tls }),
    connect: (url: string, tls: ClientTlsOptions) => connectRawSocket(url, new Endpoint(), { codec: text, tls }),
  },
];

describe.each(TRANSPORTS)("TLS under $name", ({ open, connect }) => {
  it("shows in the transport as tls: true, and nothing else does", async () => {
    const { listener, end } = await open(mutual);
    const client = authority.issue("alice", ["alice@example.com"]);
    const connection = await connect(listener.url, { ca, ...client });
    expect(listener.url).toMatch(/^(wss|rss):/);
    const { transport } = (await end()).connection;
    expect(transport.tls).toBe(true);
    expect(connection.transport.tls).toBe(true);
    expect(Object.keys(transport).toSorted()).toEqual(["peer", "protocol", "serializer", "tls", "type"]);
  });

  it("gives authenticators the verified certificate of the client", async () => {
    const { listener, end } = await open(mutual);
    const names = ["device.example.com", "alice@example.com", "urn:example:device, DNS:evil.example"];
    const client = authority.issue("alice", names);
    await connect(listener.url, { ca, ...client });
    expect((await end()).connection.evidence?.certificate).toEqual({
      fingerprint: new X509Certificate(client.cert).fingerprint256.replaceAll(":", "").toLowerCase(),
      commonName: "alice",
      alternativeNames: names,
    });
  });

  it("refuses clients without a certificate, and those of another authority", async () => {
    const { listener, ends } = await open(mutual);
    const stranger = new Authority("Another Authority").issue("alice", []);
    await expect(connect(listener.url, { ca })).rejects.toBeInstanceOf(Error);
    await expect(connect(listener.url, { ca, ...stranger })).rejects.toBeInstanceOf(Error);
    expect(ends).toEqual([]);
  });

  it("with rejectUnauthorized: false, accepts clients without a valid certificate and gives no evidence of it", async () => {
    const { listener, end } = await open({ ...mutual, rejectUnauthorized: false });
    const stranger = new Authority("Another Authority").issue("alice", []);
    await connect(listener.url, { ca });
    await connect(listener.url, { ca, ...stranger });
    for (const index of [0, 1]) expect((await end(index)).connection.evidence?.certificate).toBeUndefined();
  });

  it.each([
    ["TLSv1.3", "tls-exporter", 32],
    ["TLSv1.2", "tls-unique", 12],
  ] as const)("binds %s channels by %s, with the same bytes at both ends", async (version, type, size) => {
    const { listener, end } = await open(server);
    const connection = await connect(listener.url, { ca, maxVersion: version });
    const { evidence } = (await end()).connection;
    const bytes = evidence?.channelBinding?.(type);
    expect(bytes?.length).toBe(size);
    expect(connection.evidence?.channelBinding?.(type)).toEqual(bytes);
    expect(evidence?.channelBinding?.(type === "tls-unique" ? "tls-exporter" : "tls-unique")).toBeUndefined();
    expect(evidence?.channelBinding?.("tls-server-end-point")).toBeUndefined();
  });

  it("takes a new certificate without a restart; what is open goes on", async () => {
    const { listener, end } = await open(server);
    await connect(listener.url, { ca });
    const next = testTls();
    listener.setTls(next.server);
    await connect(listener.url, { ca: next.ca });
    await expect(connect(listener.url, { ca })).rejects.toBeInstanceOf(Error);
    expect((await end()).closes).toEqual([]);
  });

  it("keeps the old certificate when the new one cannot be used", async () => {
    const { listener } = await open(server);
    expect(() => listener.setTls({ ...server, key: testTls().server.key })).toThrow("tls");
    await connect(listener.url, { ca });
  });

  it("verifies the server", async () => {
    const { listener } = await open(server);
    await expect(connect(listener.url, {})).rejects.toBeInstanceOf(Error);
  });
});

describe("TLS", () => {
  it("requires version 1.2", async () => {
    const { port } = await openListener(listenRawSocket, { tls: server });
    const attempt = new Promise((resolve, reject) => {
      const options: ConnectionOptions = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };
      const socket = connectTls({ port, host: "127.0.0.1", ca, ...options });
      socket.on("secureConnect", resolve).on("error", reject);
    });
    await expect(attempt).rejects.toBeInstanceOf(Error);
  });

  it.each(["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"])(
    "does not take %s, which lacks forward secrecy or authenticated encryption",
    async (ciphers) => {
      const { ca, server } = testTls();
      const { port } = await openListener(listenWebSocket, { tls: server });
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
        const socket = connectTls({ port, host: "127.0.0.1", ca, maxVersion: "TLSv1.2", ciphers });
        socket.on("error", resolve);
      });
      expect(error.message).toContain("handshake failure");
    },
  );

  it("takes the ciphers that it is told", async () => {
    const { ca, server } = testTls();
    const ciphers = "ECDHE-ECDSA-AES128-SHA256";
    const { port } = await openListener(listenWebSocket, { tls: { ...server, ciphers } });
    const socket = connectTls({ port, host: "127.0.0.1", ca, maxVersion: "TLSv1.2", ciphers });
    await new Promise((resolve, reject) => void socket.on("secureConnect", resolve).on("error", reject));
    expect(socket.getCipher().name).toBe(ciphers);
    socket.destroy();
  });

  it.each([
    ["an empty key", { key: "" }, "tls.key"],
    ["an empty certificate", { cert: "" }, "tls.cert"],
    ["the key of another certificate", { key: testTls().server.key }, "tls"],
    ["no key at all", { key: "nonsense" }, "tls"],
  ])("prepareTls refuses %s, and changes nothing before its function is called", async (_what, wrong, option) => {
    const { server } = testTls();
    const { listener } = await openListener(listenWebSocket, { tls: server });
    expect(() => listener.prepareTls({ ...server, ...wrong })).toThrow(option);
    await expect(openListener(listenWebSocket, { tls: { ...server, ...wrong } })).rejects.toThrow(option);
    expect(listener.prepareTls(testTls().server)).toBeInstanceOf(Function);
  });

  it("offers HTTP/1.1 by ALPN", async () => {
    const { port } = await openListener(listenWebSocket, { tls: server });
    const socket = connectTls({ port, host: "127.0.0.1", ca, ALPNProtocols: ["h2", "http/1.1"] });
    await new Promise((resolve) => socket.on("secureConnect", resolve));
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
  });

  it("rejects an invalid key when it listens, and setTls without TLS", async () => {
    await expect(openListener(listenRawSocket, { tls: { ...server, key: "nonsense" } })).rejects.toThrow("tls");
    const { listener } = await openListener(listenRawSocket);
    expect(() => listener.setTls(server)).toThrow("opened without TLS");
  });

  it("drops a socket that does not finish its handshake in time", async () => {
    const { port, clock, limits } = await openListener(listenRawSocket, { tls: server, handshakeTimeout: 300 });
    const peer = new BytePeer(port);
    peer.send([0x16, 0x03]);
    await peer.until("the server to see it", () => clock.pending === 1);
    clock.advance(300);
    await peer.end();
    expect(limits).toEqual(["handshake-timeout"]);
  });

  it("drops a socket that does not speak it", async () => {
    const { port, ends } = await openListener(listenRawSocket, { tls: server });
    const peer = new BytePeer(port);
    peer.send([0x7f, 0xf1, 0, 0, 0, 0, 0, 2, 0x5b, 0x5d]);
    await peer.end();
    expect(ends).toEqual([]);
  });
});
