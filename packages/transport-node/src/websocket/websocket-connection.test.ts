import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { OutboxOverflowError } from "@kreuz/codec";
import { nextTurn, settle } from "@kreuz/testkit";
import { openServer } from "../testing/open-listener.js";
import { OPCODE, RawPeer } from "../testing/raw-peer.js";

const BINARY = { "Sec-WebSocket-Protocol": "wamp.2.binary" };

describe("what a peer may send", () => {
  it.each([
    ["a binary message on a text codec", {}, OPCODE.binary, "wamp.2.json uses text messages"],
    ["a text message on a binary codec", BINARY, OPCODE.text, "wamp.2.binary uses binary messages"],
  ] as const)("refuses %s with 1003", async (_name, headers, opcode, reason) => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port, headers);
    peer.sendFrame(opcode, "[]");
    peer.sendFrame(opcode, "[]");
    const close = await peer.frame(OPCODE.close);
    expect(close.payload.readUInt16BE()).toBe(1003);
    expect(close.payload.toString("utf8", 2)).toBe(reason);
    peer.sendClose(1003);
    const end = await server.end();
    expect((await end.closed())?.message).toContain(reason);
    expect(end.frames).toEqual([]);
  });

  it("accepts messages up to the maximum and closes with 1009 above it", async () => {
    const server = await openServer({ maxMessageBytes: 1000 });
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, "x".repeat(1000));
    peer.sendFrame(OPCODE.text, "x".repeat(1001));
    expect(await peer.closeCode()).toBe(1009);
    peer.socket.end();
    const end = await server.end();
    expect((await end.closed())?.message).toContain("message of 1001 bytes exceeds the maximum of 1000");
    expect(end.frames.map(({ length }) => length)).toEqual([1000]);
    expect(server.limits).toEqual(["message-bytes"]);
  });

  it("adds up the fragments of a message", async () => {
    const server = await openServer({ maxMessageBytes: 1000 });
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, "a".repeat(400), { fin: false });
    peer.sendFrame(OPCODE.ping, "between");
    peer.sendFrame(OPCODE.continuation, "b".repeat(400));
    peer.sendFrame(OPCODE.text, "a".repeat(600), { fin: false });
    peer.sendFrame(OPCODE.continuation, "b".repeat(600));
    expect(await peer.closeCode()).toBe(1009);
    expect((await peer.frame(OPCODE.pong)).payload.toString()).toBe("between");
    expect((await server.end()).texts).toEqual(["a".repeat(400) + "b".repeat(400)]);
    expect(server.limits).toEqual(["message-bytes"]);
  });

  it("stops inflating at the maximum", async () => {
    const server = await openServer({ maxMessageBytes: 100_000, compression: true });
    const peer = await RawPeer.open(server.port, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    const bomb = deflateRawSync(Buffer.alloc(16 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    peer.sendFrame(OPCODE.text, bomb, { rsv1: true });
    expect(await peer.closeCode()).toBe(1009);
    expect((await server.end()).frames).toEqual([]);
    expect(server.limits).toEqual(["message-bytes"]);
  });

  it("reads compressed messages and compresses large ones", async () => {
    const server = await openServer({ compression: true });
    const peer = await RawPeer.open(server.port, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    const end = await server.end();
    end.reaction = (frame) => void end.connection.send(frame);
    peer.sendFrame(OPCODE.text, deflateRawSync(Buffer.from("x".repeat(5000))), { rsv1: true });
    const answer = await peer.frame(OPCODE.text);
    expect(end.texts).toEqual(["x".repeat(5000)]);
    expect(answer.rsv1).toBe(true);
    expect(answer.payload.length).toBeLessThan(100);
  });

  it.each([
    ["a frame without a mask", [OPCODE.text, "x", { masked: false }]],
    ["an unknown opcode", [3, "x", {}]],
    ["a continuation of nothing", [OPCODE.continuation, "x", {}]],
    ["a compressed message without compression", [OPCODE.text, "x", { rsv1: true }]],
    ["a ping that is too long", [OPCODE.ping, "x".repeat(126), {}]],
    ["a ping in fragments", [OPCODE.ping, "x", { fin: false }]],
    ["a close frame with half a code", [OPCODE.close, "x", {}]],
  ] as const)("closes with 1002 on %s", async (_name, [opcode, payload, flaws]) => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(opcode, payload, flaws);
    expect(await peer.closeCode()).toBe(1002);
    peer.socket.end();
    const end = await server.end();
    expect(await end.closed()).toBeInstanceOf(Error);
    expect(end.closes).toHaveLength(1);
  });

  it("survives garbage after the handshake, and a flood of pings whose answers nobody reads", async () => {
    const server = await openServer();
    const garbage = await RawPeer.open(server.port);
    garbage.socket.write(Buffer.alloc(100_000, 0xff));
    const flood = await RawPeer.open(server.port);
    flood.socket.pause();
    const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
    for (let i = 0; i < 20_000; i++) flood.socket.write(ping);
    await garbage.until("the end of the garbage", () => server.ends[0]?.closes.length === 1);
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, "still here");
    await server.ends[2]?.arrived(1);
  });

  it("does not check the text: the codec does", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, Buffer.from([0xff, 0xfe]));
    await (await server.end()).arrived(1);
  });
});

describe("how a connection ends", () => {
  it.each([
    [1000, undefined],
    [1001, undefined],
    [1002, "protocol-error"],
    [1009, "message-too-big"],
    [4321, "policy-violation"],
  ] as const)("takes the peer's close code %i", async (code, status) => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, "last words");
    peer.sendClose(code, "why");
    const end = await server.end();
    const error = await end.closed();
    if (status === undefined) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ name: "PeerClosedError", status, reason: "why" });
    expect(await peer.closeCode()).toBe(code);
    expect(end.texts).toEqual(["last words"]);
    expect(end.closes).toHaveLength(1);
  });

  it("does not wait forever for a peer that closes but keeps the socket open", async () => {
    const server = await openServer({ closeTimeout: 30, keepAlive: false });
    const peer = await RawPeer.open(server.port);
    peer.socket.allowHalfOpen = true;
    peer.sendClose(1000);
    expect(await (await server.end()).closed()).toBeUndefined();
    expect(server.limits).toEqual([]);
  });

  it("takes a close frame without a code for a clean end", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.close);
    expect(await (await server.end()).closed()).toBeUndefined();
  });

  it("reports a peer that ends the socket without a close frame", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.socket.end();
    expect(await (await server.end()).closed()).toEqual(new Error("the connection was lost"));
  });

  it("reports a peer that resets the socket", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    peer.socket.resetAndDestroy();
    expect(await (await server.end()).closed()).toHaveProperty("code", "ECONNRESET");
  });

  it("sends the status, the reason and what was queued before", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.send("goodbye");
    end.connection.close("policy-violation", "€".repeat(100));
    const close = await peer.frame(OPCODE.close);
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([OPCODE.text, OPCODE.close]);
    expect(close.payload.readUInt16BE()).toBe(1008);
    expect(close.payload.toString("utf8", 2)).toBe("€".repeat(41));
  });

  it("cuts off a peer that ignores the close frame", async () => {
    const server = await openServer({ closeTimeout: 250 });
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.connection.close();
    await peer.closeCode();
    peer.sendFrame(OPCODE.text, "I stay");
    server.clock.advance(249);
    await settle();
    expect(end.closes).toEqual([]);
    server.clock.advance(1);
    expect((await end.closed())?.message).toBe("the peer did not answer the close within 250 ms");
    expect(server.limits).toEqual(["close-timeout"]);
    expect(end.frames).toEqual([]);
    expect(server.clock.pending).toBe(0);
  });

  it("does not wait for the timeout of a peer that answers but keeps the socket open", async () => {
    const server = await openServer({ closeTimeout: 250, keepAlive: false });
    const peer = await RawPeer.open(server.port);
    peer.socket.allowHalfOpen = true;
    const end = await server.end();
    end.connection.close();
    await peer.closeCode();
    peer.sendClose(1000);
    await settle(20);
    server.clock.advance(250);
    expect(await end.closed()).toBeUndefined();
    expect(server.limits).toEqual([]);
  });

  it("sends nothing after the answer to the peer's close frame", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.reaction = () => {
      setImmediate(() => end.send("too late"));
    };
    peer.socket.cork();
    peer.sendFrame(OPCODE.text, "hello");
    peer.sendClose(1000);
    peer.socket.uncork();
    await end.closed();
    await peer.closeCode();
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([OPCODE.close]);
  });
});

describe("a slow consumer", () => {
  it("is dropped at the hard limit of its outbox, which is counted; the others go on", async () => {
    const server = await openServer({ outbox: { highWater: 100_000, limit: 1_000_000 } });
    const slow = await RawPeer.open(server.port);
    slow.socket.pause();
    const quick = await RawPeer.open(server.port);
    const [slowEnd, quickEnd] = server.ends;
    if (slowEnd === undefined || quickEnd === undefined) throw new Error("two connections expected");
    const frame = new Uint8Array(50_000).fill(0x20);
    let sent = 0;
    while (slowEnd.closes.length === 0) {
      slowEnd.connection.send(frame);
      quickEnd.connection.send(frame);
      sent++;
      await nextTurn();
    }
    expect(slowEnd.closes[0]).toBeInstanceOf(OutboxOverflowError);
    expect(server.limits).toEqual(["outbox-bytes"]);
    await quick.until("all frames", () => quick.frames.length === sent);
    expect(quickEnd.closes).toEqual([]);
  });

  it("stops reading while it is paused, so that back-pressure reaches the peer", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    end.connection.pause();
    const message = "x".repeat(65_000);
    let full = false;
    for (let i = 0; i < 2000 && !full; i++) {
      peer.sendFrame(OPCODE.text, message);
      await nextTurn();
      full = peer.socket.writableLength > 1_000_000;
    }
    expect(full).toBe(true);
    expect(end.frames).toEqual([]);
    end.connection.resume();
    await peer.until("the backlog to go", () => peer.socket.writableLength === 0);
  });
});
