import { get, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { Endpoint } from "@kreuz/testkit";
import { connectWebSocket } from "./connect-websocket.js";
import { binary, text } from "../testing/codecs.js";
import { openServer } from "../testing/open-listener.js";
import { RawPeer } from "../testing/raw-peer.js";
import { listenWebSocket } from "../listen/listen.js";

async function refusal(port: number, headers: Record<string, string | undefined>, path?: string): Promise<string[]> {
  const peer = new RawPeer(port);
  peer.request(headers, path);
  await peer.until("the answer", () => peer.closed);
  return [peer.head.split("\r\n")[0] ?? "", peer.body.trim()];
}

async function httpGet(
  url: string,
  method = "GET",
): Promise<{ status: number | undefined; body: string; upgrade: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: false };
    const request = method === "GET" ? get(url, options) : httpRequest(url, options).end();
    request.on("error", reject).on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => void (body += part));
      response.on("end", () => resolve({ status: response.statusCode, body, upgrade: response.headers.upgrade }));
    });
  });
}

describe("the opening handshake", () => {
  it("chooses the first supported subprotocol of the client", async () => {
    const { port, ends } = await openServer();
    const peer = await RawPeer.open(port, { "Sec-WebSocket-Protocol": "wamp.2.unknown, wamp.2.binary,wamp.2.json" });
    expect(peer.head).toContain("Sec-WebSocket-Protocol: wamp.2.binary");
    expect(ends[0]?.connection.codec).toBe(binary);
    expect(ends[0]?.connection.transport).toEqual({
      type: "websocket",
      protocol: "wamp.2.binary",
      serializer: "binary",
      peer: `127.0.0.1:${peer.socket.localPort}`,
    });
  });

  it.each(["wamp.2.unknown", undefined])("refuses the subprotocol %s and names the supported ones", async (offered) => {
    const { port, ends } = await openServer();
    const [status, body] = await refusal(port, { "Sec-WebSocket-Protocol": offered });
    expect(status).toBe("HTTP/1.1 400 Bad Request");
    expect(body).toBe(
      `no WAMP subprotocol in common: ${offered ?? "none"} offered, wamp.2.json, wamp.2.binary supported`,
    );
    expect(ends).toEqual([]);
  });

  it.each([
    { "Sec-WebSocket-Protocol": "wamp.2.json,," },
    { "Sec-WebSocket-Key": "short" },
    { "Sec-WebSocket-Version": "7" },
    { Upgrade: "h2c" },
  ])("refuses the malformed handshake %o", async (headers) => {
    const { port, ends } = await openServer();
    expect((await refusal(port, headers))[0]).toBe("HTTP/1.1 400 Bad Request");
    expect(ends).toEqual([]);
  });

  it("refuses a foreign origin and counts it", async () => {
    const { port, limits } = await openServer();
    const [status, body] = await refusal(port, { Origin: "https://evil.example" });
    expect(status).toBe("HTTP/1.1 403 Forbidden");
    expect(body).toBe("origin https://evil.example is not allowed");
    expect(limits).toEqual(["origin"]);
  });

  it("allows the listed origins", async () => {
    const { port } = await openServer({ origins: ["https://app.example"] });
    await RawPeer.open(port, { Origin: "https://app.example" });
    expect((await refusal(port, { Origin: "http://localhost" }))[0]).toContain("403");
  });

  it("refuses other paths, and ignores a query", async () => {
    const { port } = await openServer({ path: "/wamp" });
    const [status, body] = await refusal(port, {}, "/ws");
    expect(status).toBe("HTTP/1.1 404 Not Found");
    expect(body).toBe("not found: the WAMP WebSocket endpoint is /wamp");
    const peer = new RawPeer(port);
    peer.request({}, "/wamp?token=1");
    await peer.until("the handshake", () => peer.head.startsWith("HTTP/1.1 101"));
  });

  it("refuses connections above the maximum, until one has gone", async () => {
    const server = await openServer({ maxConnections: 2 });
    const first = await RawPeer.open(server.port);
    await RawPeer.open(server.port);
    expect(server.listener.connections).toBe(2);
    expect(await refusal(server.port, {})).toEqual([
      "HTTP/1.1 503 Service Unavailable",
      "the server is full (2 connections)",
    ]);
    expect(server.limits).toEqual(["connections"]);
    first.socket.destroy();
    await (await server.end()).closed();
    expect(server.listener.connections).toBe(1);
    await RawPeer.open(server.port);
  });

  it("drops a socket that does not finish its handshake in time", async () => {
    const { port, clock, limits } = await openServer({ handshakeTimeout: 300 });
    const peer = new RawPeer(port);
    peer.socket.write("GET /ws HTTP/1.1\r\nHost:");
    await peer.until("the server to see it", () => clock.pending === 1);
    clock.advance(299);
    expect(limits).toEqual([]);
    clock.advance(1);
    await peer.until("the end", () => peer.closed);
    expect(limits).toEqual(["handshake-timeout"]);
    expect(clock.pending).toBe(0);
  });

  it("cancels the handshake timeout when the client leaves or finishes its handshake", async () => {
    const { port, clock } = await openServer({ keepAlive: false });
    const peer = new RawPeer(port);
    await peer.until("the server to see it", () => clock.pending === 1);
    peer.socket.end();
    await peer.until("the timer to go", () => clock.pending === 0);
    await RawPeer.open(port);
    expect(clock.pending).toBe(0);
  });

  it("drops the oldest socket when too many have not finished their handshake", async () => {
    const { port, clock, limits } = await openServer({ maxPendingHandshakes: 1 });
    const first = new RawPeer(port);
    await first.until("the server to see it", () => clock.pending === 1);
    await RawPeer.open(port);
    await first.until("the end", () => first.closed);
    expect(limits).toEqual(["pending-handshakes"]);
  });

  it("offers compression only when asked to", async () => {
    const extension = { "Sec-WebSocket-Extensions": "permessage-deflate" };
    const plain = await RawPeer.open((await openServer()).port, extension);
    expect(plain.head).not.toContain("permessage-deflate");
    const squeezed = await RawPeer.open((await openServer({ compression: true })).port, extension);
    expect(squeezed.head).toContain(
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    );
  });
});

describe("plain HTTP", () => {
  it("explains the endpoint", async () => {
    const { listener, port } = await openServer();
    const endpoint = await httpGet(listener.url.replace("ws:", "http:"));
    expect(endpoint).toMatchObject({ status: 426, upgrade: "websocket" });
    expect(endpoint.body).toContain("WAMP");
    const other = await httpGet(`http://127.0.0.1:${port}/elsewhere`);
    expect(other).toMatchObject({ status: 404, body: "not found: the WAMP WebSocket endpoint is /ws\n" });
    expect((await httpGet(`http://127.0.0.1:${port}/`, "POST")).status).toBe(404);
  });

  it("answers load balancers, which ask for / and take everything but 200 for no", async () => {
    const { port } = await openServer();
    const root = `http://127.0.0.1:${port}/`;
    expect(await httpGet(root)).toMatchObject({
      status: 200,
      body: "a WAMP router: connect with a WAMP client to /ws\n",
    });
    expect(await httpGet(root, "HEAD")).toMatchObject({ status: 200, body: "" });
  });

  it("gives requests to the route with the longest path that fits, else to onRequest", async () => {
    const answer = (text: string) => (_: unknown, response: { end(text: string): unknown }) => void response.end(text);
    const { port } = await openServer({
      routes: { "/api": answer("api"), "/api/v2": answer("v2"), "/files/": answer("files") },
      onRequest: answer("rest"),
    });
    const paths = ["/api", "/api/v1?a", "/api/v2", "/api/v2/x", "/apix", "/files/a", "/files", "/"];
    const bodies = await Promise.all(
      paths.map(async (path) => (await httpGet(`http://127.0.0.1:${port}${path}`)).body),
    );
    expect(bodies).toEqual(["api", "api", "v2", "v2", "rest", "files", "rest", "rest"]);
  });

  it("gives other paths to onRequest", async () => {
    const { port, errors } = await openServer({
      onRequest: async (request, response) => {
        if (request.url === "/bad") throw new Error("bad hook");
        response.end("metrics");
      },
    });
    expect(await httpGet(`http://127.0.0.1:${port}/metrics`)).toMatchObject({ status: 200, body: "metrics" });
    expect((await httpGet(`http://127.0.0.1:${port}/ws`)).status).toBe(426);
    expect(await httpGet(`http://127.0.0.1:${port}/bad`)).toMatchObject({ status: 500, body: "internal error\n" });
    expect(errors).toEqual([new Error("bad hook")]);
  });
});

describe("listenWebSocket", () => {
  const acceptor = new Endpoint();

  it("names host and port when the port is taken", async () => {
    const { port } = await openServer();
    const error = await listenWebSocket(acceptor, { codecs: [text], port }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: `cannot listen on 127.0.0.1:${port}: another program uses that port` });
    expect(error).toHaveProperty("cause.code", "EADDRINUSE");
  });

  it("names the host when this machine does not have it", async () => {
    const listening = listenWebSocket(acceptor, { codecs: [text], host: "203.0.113.7", port: 0 });
    await expect(listening).rejects.toThrow("cannot listen on 203.0.113.7:0: this machine does not have that address");
  });

  it("has a URL that clients can connect to", async () => {
    const { listener } = await openServer({ host: "0.0.0.0", path: "/" });
    expect(listener.url).toBe(`ws://127.0.0.1:${listener.port}/`);
    const client = new Endpoint();
    await connectWebSocket(listener.url, client, { codecs: [text], keepAlive: false });
    client.connection.close();
    await client.closed();
  });

  it.each([
    [{ codecs: [] }, "codecs"],
    [{ codecs: [text, text] }, "codecs"],
    [{ maxMessageBytes: 0 }, "maxMessageBytes"],
    [{ maxConnections: 1.5 }, "maxConnections"],
    [{ handshakeTimeout: 2 ** 31 }, "handshakeTimeout"],
    [{ keepAlive: { interval: -1 } }, "keepAlive.interval"],
    [{ outbox: { highWater: 0 } }, "outbox.highWater"],
  ])("refuses the options %o", async (options, name) => {
    const listening = listenWebSocket(acceptor, { codecs: [text], port: 0, ...options });
    await expect(listening).rejects.toThrow(`${name}: `);
  });

  it("reports what a handler throws at the end", async () => {
    const bug = new Error("bug in onClose");
    const errors: Error[] = [];
    const broken = {
      accept: () => ({
        onFrame() {},
        onDrain() {},
        onClose() {
          throw bug;
        },
      }),
    };
    const listener = await listenWebSocket(broken, { codecs: [text], port: 0, onError: (error) => errors.push(error) });
    const peer = await RawPeer.open(listener.port);
    peer.socket.destroy();
    await peer.until("the report", () => errors.length > 0);
    await listener.close();
    expect(errors).toEqual([bug]);
  });
});

describe("WebSocketListener.close", () => {
  it("closes every connection with 1001 and resolves when they are gone", async () => {
    const { listener, ends } = await openServer();
    const peers = [await RawPeer.open(listener.port), await RawPeer.open(listener.port)];
    const closed = listener.close();
    expect(listener.close()).toBe(closed);
    for (const peer of peers) {
      expect(await peer.closeCode()).toBe(1001);
      peer.sendClose(1001);
    }
    await closed;
    expect(ends.map((end) => end.closes)).toEqual([[undefined], [undefined]]);
    expect(listener.connections).toBe(0);
  });

  it("does not wait longer than the close timeout for peers that do not answer", async () => {
    const { listener, clock, ends } = await openServer({ closeTimeout: 400 });
    const peer = await RawPeer.open(listener.port);
    const closed = listener.close();
    await peer.closeCode();
    clock.advance(400);
    await closed;
    expect(ends[0]?.closes).toMatchObject([{ message: "the peer did not answer the close within 400 ms" }]);
    expect(clock.pending).toBe(0);
  });

  it("ends pending handshakes, idle HTTP connections and unanswered requests", async () => {
    let requests = 0;
    const { listener, clock, limits } = await openServer({ onRequest: () => void requests++ });
    const pending = new RawPeer(listener.port);
    const unanswered = new RawPeer(listener.port);
    unanswered.socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    await pending.until("the server to see both", () => clock.pending === 2 && requests === 1);
    const closed = listener.close();
    await pending.until("the end of the pending one", () => pending.closed);
    expect(unanswered.closed).toBe(false);
    clock.advance(5000);
    await closed;
    expect(limits).toEqual([]);
  });

  it("takes no new connections", async () => {
    const { listener, port } = await openServer();
    await listener.close();
    const socket = connect(port, "127.0.0.1");
    const error = await new Promise((resolve) => socket.on("error", resolve));
    expect(error).toHaveProperty("code", "ECONNREFUSED");
  });
});
