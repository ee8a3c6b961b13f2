import { describe, expect, it } from "vitest";
import { Endpoint } from "@kreuz/testkit";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import { listenRawSocket, listenUniversal } from "../listen/listen.js";
import { BytePeer } from "../testing/byte-peer.js";
import { text } from "../testing/codecs.js";
import { openListener } from "../testing/open-listener.js";
import { networkOf } from "../connection/peer-address.js";
import { clientOf, readProxyHeader, trustedAddresses } from "./proxies.js";

const V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
const SIGNATURE = "0d0a0d0a000d0a515549540a";
const JSON_16M = [0x7f, 0xf1, 0, 0];
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const LOCAL = ["127.0.0.1"];

describe("readProxyHeader", () => {
  it.each([
    [V1, { address: "203.0.113.7", port: 56_324 }],
    ["PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n", { address: "2001:db8::1", port: 1 }],
    ["PROXY UNKNOWN\r\n", undefined],
    ["PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", undefined],
  ])("reads version 1: %j", (line, peer) => {
    expect(readProxyHeader(Buffer.from(`${line}rest`))).toEqual({ length: line.length, peer });
    for (let end = 0; end < line.length; end++) expect(readProxyHeader(Buffer.from(line.slice(0, end)))).toBe("more");
  });

  it.each([
    [`${SIGNATURE} 21 11 000c cb007107 c0000201 dc04 01bb`, { address: "203.0.113.7", port: 56_324 }],
    [
      `${SIGNATURE} 21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 0001 ffff`,
      { address: "2001:db8::1", port: 1 },
    ],
    [`${SIGNATURE} 21 11 000f cb007107 c0000201 dc04 01bb 040000`, { address: "203.0.113.7", port: 56_324 }],
    [`${SIGNATURE} 20 00 0000`, undefined],
    [`${SIGNATURE} 21 31 0000`, undefined],
  ])("reads version 2: %s", (octets, peer) => {
    const header = hex(octets);
    expect(readProxyHeader(Buffer.concat([header, Buffer.from("rest")]))).toEqual({ length: header.length, peer });
    for (let end = 0; end < header.length; end++) expect(readProxyHeader(header.subarray(0, end))).toBe("more");
  });

  it.each([
    "GET / HTTP/1.1\r\n",
    "PROXY TCP4 203.0.113.7\r\n",
    "PROXY TCP4 2001:db8::1 192.0.2.1 1 2\r\n",
    "PROXY TCP6 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 65536 2\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2 3\r\n",
    `PROXY UNKNOWN ${"x".repeat(100)}`,
  ])("refuses %j", (line) => {
    expect(readProxyHeader(Buffer.from(line))).toBe("bad");
  });

  it.each([
    `${SIGNATURE} 11 11 000c`,
    `${SIGNATURE} 22 11 000c`,
    `${SIGNATURE} 21 11 ffff`,
    `${SIGNATURE} 21 11 0004 cb007107`,
  ])("refuses %s", (octets) => {
    expect(readProxyHeader(hex(octets))).toBe("bad");
  });
});

describe("trustedAddresses", () => {
  it("knows addresses, networks and Unix sockets", () => {
    const trusted = trustedAddresses(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "unix"]);
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1", "2001:db8::5", undefined])
      expect(trusted(address)).toBe(true);
    for (const address of ["11.0.0.1", "192.0.2.2", "2001:db9::1", "nonsense"]) expect(trusted(address)).toBe(false);
    expect(trustedAddresses(undefined)(undefined)).toBe(false);
  });

  it.each(["localhost", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8/8", ""])("refuses %j", (entry) => {
    expect(() => trustedAddresses([entry])).toThrow("trustedProxies");
  });
});

describe("a listener behind a proxy", () => {
  it("learns the peer from the PROXY protocol, for RawSocket and HTTP", async () => {
    const options = { trustedProxies: LOCAL, proxyProtocol: true };
    const { port, end } = await openListener(listenUniversal, options);
    const peer = new BytePeer(port);
    peer.send(V1.slice(0, 20));
    await new Promise((resolve) => setTimeout(resolve, 0));
    peer.send(V1.slice(20));
    peer.send(JSON_16M);
    await peer.bytes(4);
    expect((await end()).connection.transport.peer).toBe("203.0.113.7:56324");
    const http = new BytePeer(port);
    http.send(`${V1}GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await http.end();
    expect(http.received.toString()).toContain("404 Not Found");
  });

  it("requires the PROXY protocol from a trusted proxy, and rejects it from others", async () => {
    const strict = await openListener(listenRawSocket, { trustedProxies: LOCAL, proxyProtocol: true });
    const direct = new BytePeer(strict.port);
    direct.send(JSON_16M);
    await direct.end();
    const open = await openListener(listenRawSocket, { trustedProxies: ["10.0.0.1"], proxyProtocol: true });
    const liar = new BytePeer(open.port);
    liar.send(V1);
    liar.send(JSON_16M);
    await liar.end();
    const honest = new BytePeer(open.port);
    honest.send(JSON_16M);
    await honest.bytes(4);
    expect((await open.end()).connection.transport.peer).toBe(`127.0.0.1:${honest.socket.localPort}`);
    expect([strict.ends.length, open.ends.length]).toEqual([0, 1]);
  });

  it("trusts X-Forwarded-For only from trusted proxies", async () => {
    const headers = { "X-Forwarded-For": "198.51.100.1, 203.0.113.7" };
    const connect = (url: string) => connectWebSocket(url, new Endpoint(), { codecs: [text], headers });
    const trusting = await openListener(listenUniversal, { trustedProxies: LOCAL });
    await connect(trusting.listener.url);
    expect((await trusting.end()).connection.transport.peer).toBe("203.0.113.7");
    const careful = await openListener(listenUniversal);
    await connect(careful.listener.url);
    expect((await careful.end()).connection.transport.peer).toMatch(/^127\.0\.0\.1:/);
  });

  it("limits the connections per address", async () => {
    const { port, limits, end } = await openListener(listenRawSocket, { maxConnectionsPerAddress: 2 });
    const peers = [new BytePeer(port), new BytePeer(port)];
    for (const peer of peers) {
      peer.send(JSON_16M);
      await peer.bytes(4);
    }
    const third = new BytePeer(port);
    await third.end();
    expect(limits).toEqual(["connections-per-address"]);
    peers[0]?.socket.destroy();
    await (await end(0)).closed();
    const fourth = new BytePeer(port);
    fourth.send(JSON_16M);
    await fourth.bytes(4);
  });

  it("counts the clients of a trusted proxy, not the proxy", async () => {
    const options = { trustedProxies: LOCAL, maxConnectionsPerAddress: 1 };
    const { listener, limits } = await openListener(listenUniversal, options);
    const connect = (client: string) =>
      connectWebSocket(listener.url, new Endpoint(), { codecs: [text], headers: { "X-Forwarded-For": client } });
    await connect("203.0.113.7");
    await connect("203.0.113.8");
    await expect(connect("203.0.113.8")).rejects.toThrow("429");
    expect(limits).toEqual(["connections-per-address"]);
  });
});

describe("clientOf", () => {
  const trusted = trustedAddresses(["10.0.0.0/8", "fd00::/8"]);

  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"],
    ["10.0.0.2, 10.0.0.1", "10.0.0.2"],
    ["203.0.113.7:1234", "203.0.113.7"],
    ["[2001:db8::1]:1234", "2001:db8::1"],
    ["evil, 10.0.0.1", "10.0.0.1"],
    ["evil", undefined],
    [undefined, undefined],
  ])("believes of X-Forwarded-For %j only %j", (header, client) => {
    expect(clientOf({ "x-forwarded-for": header }, trusted)).toBe(client);
  });

  it.each([
    ["for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"],
    ['For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"],
    ["for=198.51.100.1, for=192.0.2.43:99, for=10.1.2.3", "192.0.2.43"],
    ['for="_hidden", for=10.0.0.1', "10.0.0.1"],
    ['for="192.0.2.1, 192.0.2.2", for=10.0.0.1', "10.0.0.1"],
    ["proto=https", undefined],
  ])("believes of Forwarded %j only %j", (header, client) => {
    expect(clientOf({ forwarded: header }, trusted)).toBe(client);
  });

  it("takes X-Real-IP where it is an address", () => {
    expect(clientOf({ "x-real-ip": "192.0.2.9" }, trusted)).toBe("192.0.2.9");
    expect(clientOf({ "x-real-ip": "not an address" }, trusted)).toBeUndefined();
    expect(clientOf({}, trusted)).toBeUndefined();
  });

  it("takes several headers that agree, and none where the client wrote one of them", () => {
    const forwarded = "for=192.0.2.7";
    const others = { "x-forwarded-for": "192.0.2.7, 10.0.0.1", "x-real-ip": "10.0.0.1" };
    expect(clientOf({ forwarded, ...others }, trusted)).toBe("192.0.2.7");
    expect(clientOf({ ...others, "x-real-ip": "192.0.2.7" }, trusted)).toBe("192.0.2.7");
    expect(clientOf({ ...others, "x-real-ip": "nobody" }, trusted)).toBe("192.0.2.7");
    for (const forged of ["192.0.2.8", "192.0.2.9"]) {
      expect(clientOf({ ...others, forwarded: `for=${forged}` }, trusted)).toBeUndefined();
      expect(clientOf({ ...others, "x-real-ip": forged }, trusted)).toBeUndefined();
      expect(clientOf({ "x-forwarded-for": forged, "x-real-ip": "192.0.2.7" }, trusted)).toBeUndefined();
    }
  });
});

describe("networkOf", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
