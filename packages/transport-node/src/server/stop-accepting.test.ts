import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Endpoint } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { listenRawSocket, listenUniversal, listenWebSocket } from "../listen/listen.js";
import { connectRawSocket } from "../rawsocket/connect-rawsocket.js";
import { text } from "../testing/codecs.js";
import { openListener } from "../testing/open-listener.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";

test.each([
  ["WebSocket", listenWebSocket],
  ["universal", listenUniversal],
])("a %s listener that stops accepting closes its port and keeps its connections", async (_, listen) => {
  const { listener, end } = await openListener(listen);
  const client = new Endpoint({ turns: 10_000 });
  const connection = await connectWebSocket(listener.url, client, { codecs: [text] });
  const server = await end();
  listener.stopAccepting();
  listener.stopAccepting();
  await expect(connectWebSocket(listener.url, new Endpoint(), { codecs: [text] })).rejects.toThrow("ECONNREFUSED");
  connection.send(Buffer.from("still here"));
  await server.until("the frame", () => server.frames.length > 0);
  expect(listener.connections).toBe(1);
  await listener.close();
  await client.closed();
});

test("the file of a Unix socket is gone, so that a new router can have its place", async () => {
  const path = join(tmpdir(), `kreuz-stop-${process.pid}.sock`);
  const { listener } = await openListener(listenRawSocket, { unix: { path } });
  listener.stopAccepting();
  expect(existsSync(path)).toBe(false);
  const { listener: successor } = await openListener(listenRawSocket, { unix: { path } });
  await listener.close();
  await connectRawSocket(successor.url, new Endpoint(), { codec: text });
});

test("a listener with long-poll goes on accepting: its clients need a socket for each request", async () => {
  const { listener, port } = await openListener(listenWebSocket, { longPoll: {} });
  listener.stopAccepting();
  const opened = await fetch(`http://127.0.0.1:${port}/longpoll/open`, {
    method: "POST",
    body: JSON.stringify({ protocols: ["wamp.2.json"] }),
    headers: { Connection: "close" },
  });
  expect(opened.status).toBe(200);
});
