import { expect, test } from "vitest";
import { openServer } from "../testing/open-listener.js";
import { RawPeer } from "../testing/raw-peer.js";

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
