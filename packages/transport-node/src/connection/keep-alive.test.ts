import { describe, expect, it } from "vitest";
import { FakeClock, nextTurn, settle } from "@kreuz/testkit";
import { KeepAlive } from "./keep-alive.js";
import { SharedTimers } from "./shared-timers.js";
import { openServer } from "../testing/open-listener.js";
import { OPCODE, RawPeer } from "../testing/raw-peer.js";

const keepAlive = { interval: 1000, timeout: 600 };

describe("keep-alive", () => {
  it("pings a silent peer and drops it when it does not answer", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    server.clock.advance(999);
    await settle();
    expect(peer.frames).toEqual([]);
    server.clock.advance(1);
    await peer.frame(OPCODE.ping);
    server.clock.advance(599);
    await settle();
    expect(end.closes).toEqual([]);
    server.clock.advance(1);
    expect(await end.closed()).toMatchObject({ name: "SilentPeerError", message: "the peer did not answer a ping" });
    expect(server.limits).toEqual(["keep-alive-timeout"]);
    expect(server.clock.pending).toBe(0);
  });

  it("keeps a peer that answers", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    for (let round = 1; round <= 3; round++) {
      server.clock.advance(round === 1 ? 1000 : 400);
      await peer.until("a ping", () => peer.frames.length === round);
      peer.sendFrame(OPCODE.pong);
      await settle(20);
      server.clock.advance(600);
    }
    expect(end.closes).toEqual([]);
    expect(server.limits).toEqual([]);
  });

  it("does not ping a peer that sends messages", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    for (let round = 1; round <= 6; round++) {
      peer.sendFrame(OPCODE.text, "hello");
      await end.arrived(round);
      server.clock.advance(500);
    }
    await settle();
    expect(peer.frames).toEqual([]);
  });

  it.each([1, 250, 499, 501, 999])("never lets more than the interval pass after a message at %i ms", async (at) => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    server.clock.advance(at);
    peer.sendFrame(OPCODE.text, "hello");
    await end.arrived(1);
    server.clock.advance(1000);
    await peer.frame(OPCODE.ping);
  });

  it("pings a peer that only receives: what is sent to it proves nothing", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.send("news");
    await peer.frame(OPCODE.text);
    server.clock.advance(1000);
    await peer.frame(OPCODE.ping);
    end.send("more news");
    await peer.until("more news", () => peer.frames.length === 3);
    server.clock.advance(600);
    expect(await end.closed()).toMatchObject({ name: "SilentPeerError", message: "the peer did not answer a ping" });
  });

  it("is patient with a slow peer as long as its backlog moves and the ping is still behind it", () => {
    const clock = new FakeClock();
    const socket = { bytesRead: 10, bytesWritten: 5000, writableLength: 5000 };
    let leave = (): void => {};
    let dead = false;
    const owner = {
      isPaused: false,
      ping: (sent: () => void) => void (leave = sent),
      onSilence: () => void (dead = true),
    };
    new KeepAlive(owner, socket, { ...keepAlive, timers: new SharedTimers(clock, 1) }).start();
    clock.advance(1000);
    for (let round = 0; round < 5; round++) {
      socket.writableLength -= 1000;
      clock.advance(600);
      expect(dead).toBe(false);
    }
    leave();
    clock.advance(600);
    expect(dead).toBe(true);
  });

  it("drops a peer that does not read its backlog", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    peer.socket.pause();
    const frame = new Uint8Array(65_536).fill(0x20);
    while (end.connection.send(frame)) await nextTurn();
    server.clock.advance(1000);
    await settle();
    server.clock.advance(600);
    expect(await end.closed()).toMatchObject({ name: "SilentPeerError", message: "the peer did not answer a ping" });
  });

  it("does not judge a peer that is not being read", async () => {
    const server = await openServer({ keepAlive });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.connection.pause();
    server.clock.advance(5000);
    await settle();
    expect(end.closes).toEqual([]);
    expect(peer.frames).toEqual([]);
    end.connection.resume();
    server.clock.advance(1000);
    await peer.frame(OPCODE.ping);
  });

  it("can be switched off", async () => {
    const server = await openServer({ keepAlive: false });
    await RawPeer.open(server.port);
    expect(server.clock.pending).toBe(0);
  });
});
