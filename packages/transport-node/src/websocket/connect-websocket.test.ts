import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Endpoint, FakeClock, settle } from "@kreuz/testkit";
import { connectWebSocket, HandshakeRefusedError } from "./connect-websocket.js";
import { binary, text } from "../testing/codecs.js";
import { openServer } from "../testing/open-listener.js";

/** A TCP server that answers whatever comes with `answer`. */
async function tcpServer(answer: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(answer));
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
}

describe("connectWebSocket", () => {
  it("offers its codecs in order and tells what was chosen", async () => {
    const server = await openServer({ codecs: [text, binary] });
    const client = new Endpoint();
    const connection = await connectWebSocket(server.listener.url, client, { codecs: [binary, text] });
    expect(connection).toBe(client.connection);
    expect(connection.transport).toEqual({
      type: "websocket",
      protocol: "wamp.2.binary",
      serializer: "binary",
      peer: `127.0.0.1:${server.port}`,
    });
    connection.close();
    await client.closed();
  });

  it("sends origin and headers", async () => {
    const server = await openServer({ origins: ["https://app.example"] });
    const client = new Endpoint();
    const headers = { "X-Tool": "test" };
    await connectWebSocket(server.listener.url, client, { codecs: [text], origin: "https://app.example", headers });
    client.connection.close();
    await client.closed();
  });

  it("gives the server's reason when it is refused", async () => {
    const server = await openServer({ codecs: [text] });
    const error = await connectWebSocket(server.listener.url, new Endpoint(), { codecs: [binary] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(HandshakeRefusedError);
    expect(error).toMatchObject({
      status: 400,
      reason: "no WAMP subprotocol in common: wamp.2.binary offered, wamp.2.json supported",
    });
  });

  it("fails when nobody listens", async () => {
    const server = await openServer();
    await server.listener.close();
    const connecting = connectWebSocket(server.listener.url, new Endpoint(), { codecs: [text] });
    await expect(connecting).rejects.toHaveProperty("code", "ECONNREFUSED");
  });

  it("fails when the URL is invalid", async () => {
    await expect(connectWebSocket("nonsense", new Endpoint(), { codecs: [text] })).rejects.toThrow("Invalid URL");
  });

  it("fails when the server does not answer in time", async () => {
    const url = await tcpServer("");
    const clock = new FakeClock();
    const limits: string[] = [];
    const options = { codecs: [text], clock, handshakeTimeout: 100, onLimit: (name: string) => limits.push(name) };
    const connecting = connectWebSocket(url, new Endpoint(), options);
    const failure = connecting.catch((error: unknown) => error);
    await settle();
    clock.advance(100);
    expect(await failure).toEqual(new Error("no answer to the WebSocket handshake within 100 ms"));
    expect(limits).toEqual(["handshake-timeout"]);
    expect(clock.pending).toBe(0);
  });

  it("fails when a refusal does not come to an end", async () => {
    const url = await tcpServer("HTTP/1.1 500 Oops\r\nContent-Length: 10\r\n\r\nhalf");
    const clock = new FakeClock();
    const connecting = connectWebSocket(url, new Endpoint(), { codecs: [text], clock, handshakeTimeout: 100 });
    const failure = connecting.catch((error: unknown) => error);
    await settle(20);
    clock.advance(100);
    expect(await failure).toEqual(new Error("no answer to the WebSocket handshake within 100 ms"));
  });

  it("fails when the server chooses no subprotocol", async () => {
    const url = await tcpServer("HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    await expect(connectWebSocket(url, new Endpoint(), { codecs: [text] })).rejects.toThrow("Sec-WebSocket-Accept");
  });

  it("leaves no timer behind", async () => {
    const server = await openServer();
    const clock = new FakeClock();
    const client = new Endpoint();
    await connectWebSocket(server.listener.url, client, { codecs: [text], clock });
    client.connection.close();
    await client.closed();
    expect(clock.pending).toBe(0);
  });
});
