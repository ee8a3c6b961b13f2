import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import type { Connection, ConnectionHandler, Cut } from "@kreuz/codec";
import { expect, test } from "vitest";
import { SilentPeerError } from "../connection/keep-alive.js";
import { text } from "../testing/codecs.js";
import { Authority } from "../testing/certificates.js";
import { openServer } from "../testing/open-listener.js";
import { RawPeer } from "../testing/raw-peer.js";
import { ListenerStats } from "./listener-stats.js";

test("connections by transport and codec, how they ended, and the bytes of their sockets", async () => {
  const { listener, port, end } = await openServer();
  const { stats } = listener;
  const peer = await RawPeer.open(port);
  const server = await end();
  expect([stats.opened, ...stats.open]).toEqual([1, { transport: "websocket", codec: "json", count: 1 }]);
  await stats.refresh();
  const [before, out] = [stats.bytesIn, stats.bytesOut];
  // The request and its answer.
  expect(before).toBeGreaterThan(100);
  expect(out).toBeGreaterThan(100);
  await stats.refresh();
  expect([stats.bytesIn, stats.bytesOut]).toEqual([before, out]);
  peer.socket.destroy();
  await server.closed();
  expect([...stats.open]).toEqual([{ transport: "websocket", codec: "json", count: 0 }]);
  expect(stats.closed.error).toBe(1);
});

test("clients that are refused, by reason", async () => {
  const { listener, port } = await openServer({ origins: ["https://example.com"] });
  await expect(RawPeer.open(port, { Origin: "https://evil.example" })).rejects.toThrow("403");
  expect(listener.stats.refused).toMatchObject({ origin: 1, limit: 0, per_address: 0 });
});

test("a TLS handshake that fails", async () => {
  const { listener, port } = await openServer({ tls: new Authority("Test").issue("localhost", ["localhost"]) });
  const stranger = connectSocket(port, "127.0.0.1", () => stranger.write("GET / HTTP/1.1\r\n\r\n"));
  await once(stranger, "close");
  expect(listener.stats.refused).toMatchObject({ tls: 1, other: 0 });
});

test("connections that are sent away while the listener closes, and peers that do not answer", async () => {
  const { listener } = await openServer();
  const handler: ConnectionHandler = { onFrame() {}, onDrain() {}, onClose() {} };
  const connection = { transport: { type: "websocket" }, codec: text } as unknown as Connection;
  const connect = (): ConnectionHandler => listener.stats.counting({ accept: () => handler }).accept(connection);
  const [first, second, silent] = [connect(), connect(), connect()];
  first.onClose();
  silent.onClose(new SilentPeerError());
  listener.stopAccepting();
  second.onClose();
  expect(listener.stats.closed).toMatchObject({ normal: 1, keepalive: 1, going_away: 1, error: 0 });
});

test("100,000 connections are looked at in many turns, a few in each", async () => {
  const stats = new ListenerStats(10);
  const handler = {} as unknown as ConnectionHandler;
  const acceptor = stats.counting({ accept: () => handler });
  let looked = 0;
  const connection = {
    transport: { type: "websocket", protocol: "wamp.2.json", serializer: "json" },
    codec: text,
    get bufferedBytes() {
      looked++;
      return 20;
    },
  };
  const socket = {
    get bytesRead() {
      looked++;
      return 3;
    },
    bytesWritten: 5,
  };
  for (let client = 0; client < 100_000; client++) {
    acceptor.accept(Object.create(connection) as Connection);
    stats.watch(Object.create(socket) as Socket);
  }
  const refresh = { done: false };
  void stats.refresh().then(() => (refresh.done = true));
  let most = looked;
  while (!refresh.done) {
    const before = looked;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, looked - before);
  }
  expect([stats.slowConnections, stats.outboxBytes]).toEqual([100_000, 2_000_000]);
  expect([stats.bytesIn, stats.bytesOut]).toEqual([300_000, 500_000]);
  expect(looked).toBeLessThanOrEqual(300_000);
  expect(most).toBeLessThanOrEqual(4096);
});

test("a connection that is counted tells its handler everything", () => {
  const heard: unknown[] = [];
  const handler: ConnectionHandler = {
    onFrame: (frame) => heard.push(frame.length),
    onControlFrame: (bytes) => heard.push(`control frame of ${bytes}`),
    onCut: ({ message }) => heard.push(message),
    onDrain: () => heard.push("drain"),
    onClose: (error) => heard.push(error),
  };
  const connection = { transport: { type: "websocket" }, codec: text } as unknown as Connection;
  const counted = new ListenerStats(10).counting({ accept: () => handler }).accept(connection);
  counted.onFrame(new Uint8Array(7));
  counted.onControlFrame?.(3);
  counted.onCut?.({ message: "too much", unsentBytes: 0 } as Cut);
  counted.onDrain();
  counted.onClose();
  expect(heard).toEqual([7, "control frame of 3", "too much", "drain", undefined]);
});
