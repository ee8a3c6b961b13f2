import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { Endpoint } from "@kreuz/testkit";
import { connectRawSocket } from "../rawsocket/connect-rawsocket.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import { testTls } from "../testing/certificates.js";
import { BytePeer } from "../testing/byte-peer.js";
import { text } from "../testing/codecs.js";
import { post } from "../testing/longpoll-client.js";
import { openListener } from "../testing/open-listener.js";
import { listenUniversal } from "./listen.js";

describe("listenUniversal", () => {
  it("tells WebSocket, RawSocket, long-poll and plain HTTP apart on one port", async () => {
    const { listener, port, end } = await openListener(listenUniversal, {
      longPoll: {},
      onRequest: (_request, response) => void response.end("hello"),
    });
    await connectWebSocket(listener.url, new Endpoint(), { codecs: [text] });
    await connectRawSocket(`rs://127.0.0.1:${port}`, new Endpoint(), { codec: text });
    await post(`http://127.0.0.1:${port}/longpoll/open`, '{"protocols":["wamp.2.json"]}');
    const types = [0, 1, 2].map(async (index) => (await end(index)).connection.transport.type);
    expect(await Promise.all(types)).toEqual(["websocket", "rawsocket", "longpoll"]);
    const page = await post(`http://127.0.0.1:${port}/page`, "", { method: "GET" });
    expect(page.body.toString()).toBe("hello");
    expect(listener.connections).toBe(3);
  });

  it("does so within TLS, too", async () => {
    const { ca, server } = testTls();
    const { port, end } = await openListener(listenUniversal, { tls: server });
    await connectRawSocket(`rss://127.0.0.1:${port}`, new Endpoint(), { codec: text, tls: { ca } });
    await connectWebSocket(`wss://127.0.0.1:${port}/ws`, new Endpoint(), { codecs: [text], tls: { ca } });
    expect((await end(0)).connection.transport).toMatchObject({ type: "rawsocket", tls: true });
    expect((await end(1)).connection.transport).toMatchObject({ type: "websocket", tls: true });
    const socket = connectTls({ port, host: "127.0.0.1", ca });
    socket.write("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    expect(answer.toString()).toContain("404 Not Found");
  });

  it("limits the connections of all protocols together", async () => {
    const { listener, port } = await openListener(listenUniversal, { maxConnections: 1, longPoll: {} });
    await connectRawSocket(`rs://127.0.0.1:${port}`, new Endpoint(), { codec: text });
    await expect(connectWebSocket(listener.url, new Endpoint(), { codecs: [text] })).rejects.toThrow("503");
    const opened = await post(`http://127.0.0.1:${port}/longpoll/open`, '{"protocols":["wamp.2.json"]}');
    expect(opened.status).toBe(503);
  });

  it("waits for the first octet, but not forever", async () => {
    const { port, clock, limits } = await openListener(listenUniversal, { handshakeTimeout: 300 });
    const peer = new BytePeer(port);
    await peer.until("the server to see it", () => clock.pending === 1);
    clock.advance(300);
    await peer.end();
    expect(limits).toEqual(["handshake-timeout"]);
  });

  it("accepts a handshake that arrives octet by octet", async () => {
    const { port, end } = await openListener(listenUniversal);
    const peer = new BytePeer(port);
    for (const octet of [0x7f, 0xf1, 0, 0]) {
      peer.send([octet]);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(await peer.bytes(4)).toEqual([0x7f, 0xd1, 0, 0]);
    expect((await end()).connection.transport.type).toBe("rawsocket");
  });
});
