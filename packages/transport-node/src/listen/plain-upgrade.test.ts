import { createHook } from "node:async_hooks";
import { Endpoint } from "@kreuz/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Refusal } from "../server/refusals.js";
import { openListener, openServer, type OpenListener } from "../testing/open-listener.js";
import { RawPeer } from "../testing/raw-peer.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import { text } from "../testing/codecs.js";
import { listenUniversal, listenWebSocket, type WebSocketListenOptions } from "./listen.js";

/** A field that changes nothing, but leaves the request to Node's HTTP server. */
const BY_NODE = { TE: "trailers" };

type Headers = Readonly<Record<string, string | undefined>>;

/** Everything that a client and the operator see of an upgrade request. */
interface Seen {
  readonly answer: string;
  readonly refusals: unknown;
  readonly limits: readonly string[];
  readonly transport: unknown;
  readonly evidence: unknown;
}

async function see(options: Partial<WebSocketListenOptions>, headers: Headers, path?: string): Promise<Seen> {
  const refusals: Omit<Refusal, "listener">[] = [];
  const onRefused = ({ listener: _listener, ...refusal }: Refusal): void => void refusals.push(refusal);
  const server = await openServer({ onRefused, ...options });
  const peer = new RawPeer(server.port);
  // The same in both.
  peer.request({ Host: "127.0.0.1:8080", ...headers }, path);
  await peer.until("the answer", () => peer.head.startsWith("HTTP/1.1 101") || peer.closed);
  const { transport, evidence } = server.ends[0]?.connection ?? {};
  const withoutPort = (what: unknown): unknown =>
    JSON.parse(JSON.stringify(what ?? null).replaceAll(/(127\.0\.0\.1):\d+/g, "$1:port"));
  const answer = `${peer.head}\n${peer.body}`;
  peer.socket.destroy();
  return {
    answer,
    refusals: withoutPort(refusals),
    limits: server.limits,
    transport: withoutPort(transport),
    evidence,
  };
}

/** Counts the sockets that Node's HTTP server serves. */
function countServedByNode(): () => number {
  let count = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === "HTTPINCOMINGMESSAGE") count++;
    },
  });
  hook.enable();
  onTestFinished(() => void hook.disable());
  return () => count;
}

async function open(server: OpenListener, headers: Headers = {}): Promise<void> {
  await RawPeer.open(server.port, headers);
}

describe("a plain upgrade request", () => {
  it("does without Node's HTTP server, and others do not", async () => {
    const servedByNode = countServedByNode();
    const server = await openListener(listenUniversal);
    await open(server);
    await connectWebSocket(server.listener.url, new Endpoint(), { codecs: [text], keepAlive: false });
    expect(servedByNode()).toBe(0);
    await open(server, BY_NODE);
    expect(servedByNode()).toBe(1);
  });

  it("is Node's when it arrives in two pieces", async () => {
    const servedByNode = countServedByNode();
    const { port, clock } = await openListener(listenWebSocket);
    const peer = new RawPeer(port);
    await peer.until("the server to see it", () => clock.pending === 1);
    peer.socket.write("GET /ws HTTP/1.1\r\nHost: x\r\n");
    await peer.until("the first piece", () => servedByNode() === 1);
    peer.socket.write("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    peer.socket.write("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n");
    await peer.until("the handshake", () => peer.head.startsWith("HTTP/1.1 101"));
  });

  it("keeps no timer of its handshake", async () => {
    const server = await openListener(listenWebSocket, { keepAlive: false });
    await open(server);
    expect(server.clock.pending).toBe(0);
  });

  const cookies = ({ cookieHeader = "" }): { id: string; setCookie: string } => ({
    id: `id of ${cookieHeader}`,
    setCookie: "kreuz=new; HttpOnly",
  });
  it.each<[string, Partial<WebSocketListenOptions>, Headers, string?]>([
    ["is accepted", {}, {}],
    ["is accepted with a query", {}, {}, "/ws?token=%20"],
    ["has its choice of subprotocols", {}, { "Sec-WebSocket-Protocol": "x, wamp.2.binary.batched,wamp.2.json" }],
    ["offers none that the server has", {}, { "Sec-WebSocket-Protocol": "x, y" }],
    ["offers no subprotocol", {}, { "Sec-WebSocket-Protocol": undefined }],
    ["offers one twice", {}, { "Sec-WebSocket-Protocol": "wamp.2.json, wamp.2.json" }],
    ["offers an empty one", {}, { "Sec-WebSocket-Protocol": "wamp.2.json,," }],
    ["offers one that is no token", {}, { "Sec-WebSocket-Protocol": "wamp.2.json, (x)" }],
    ["asks for another path", {}, {}, "/elsewhere"],
    ["asks for a path that begins alike", {}, {}, "/ws/"],
    ["comes from a foreign page", {}, { Origin: "https://evil.example" }],
    ["comes from the same origin by name", {}, { Origin: "http://rebound.example", Host: "rebound.example" }],
    ["comes from a page on this machine", {}, { Origin: "http://localhost:3000" }],
    ["comes from a listed page", { origins: ["https://app.example"] }, { Origin: "https://APP.example" }],
    ["offers compression", { compression: true }, { "Sec-WebSocket-Extensions": "permessage-deflate" }],
    ["offers compression in vain", {}, { "Sec-WebSocket-Extensions": "permessage-deflate" }],
    [
      "offers compression that is none",
      { compression: true },
      { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99" },
    ],
    ["has cookies", { cookies }, { Cookie: "kreuz=old; a=b" }],
    ["has no cookies", { cookies }, {}],
    ["comes through a proxy", { trustedProxies: ["127.0.0.1"] }, { "X-Forwarded-For": "203.0.113.7" }],
    [
      "comes through a proxy that two headers contradict",
      { trustedProxies: ["127.0.0.1"] },
      { "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.8" },
    ],
    ["comes through a proxy that is not trusted", {}, { "X-Forwarded-For": "203.0.113.7" }],
  ])("%s: the same as by Node.js", async (_what, options, headers, path) => {
    const servedByNode = countServedByNode();
    const own = await see(options, headers, path);
    expect(servedByNode()).toBe(0);
    expect(own).toEqual(await see(options, { ...headers, ...BY_NODE }, path));
    expect(servedByNode()).toBe(1);
    expect(own.answer).toMatch(/^HTTP\/1\.1 \d{3} /);
  });

  it.each([{}, BY_NODE])("is refused when the server is full (with %o)", async (headers) => {
    const server = await openListener(listenWebSocket, { maxConnections: 1 });
    await open(server);
    const peer = new RawPeer(server.port);
    peer.request(headers);
    await peer.until("the answer", () => peer.closed);
    expect(peer.head).toMatch(/^HTTP\/1\.1 503 /);
    expect(peer.body).toBe("the server is full (1 connections)\n");
    expect(server.limits).toEqual(["connections"]);
  });

  it.each([{}, BY_NODE])("counts for its client behind a trusted proxy (with %o)", async (headers) => {
    const options = { trustedProxies: ["127.0.0.1"], maxConnectionsPerAddress: 1 };
    const server = await openListener(listenWebSocket, options);
    const client = { ...headers, "X-Forwarded-For": "203.0.113.7" };
    await open(server, client);
    await expect(open(server, client)).rejects.toThrow("429");
    await open(server, { ...headers, "X-Forwarded-For": "203.0.113.8" });
    (await server.end()).connection.close();
    expect(server.limits).toEqual(["connections-per-address"]);
  });
});
