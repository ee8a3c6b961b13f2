import { describe, expect, it, onTestFinished } from "vitest";
import { createServer, type AddressInfo } from "node:net";
import { Endpoint, FakeClock, nextTurn, settle } from "@kreuz/testkit";
import { createMsgpackCodec } from "@kreuz/codec/msgpack";
import { connectRawSocket, RawSocketRefusedError } from "./connect-rawsocket.js";
import { listenRawSocket, type RawSocketListenOptions } from "../listen/listen.js";
import { binary, text } from "../testing/codecs.js";
import { BytePeer } from "../testing/byte-peer.js";
import { openListener, type OpenListener } from "../testing/open-listener.js";

const JSON_16M = [0x7f, 0xf1, 0, 0];
const open = (options?: Partial<RawSocketListenOptions>): Promise<OpenListener> =>
  openListener(listenRawSocket, options);

/** A client past its handshake. */
async function connected(server: OpenListener, request: readonly number[] = JSON_16M): Promise<BytePeer> {
  const peer = new BytePeer(server.port);
  peer.send(request);
  await peer.bytes(4);
  peer.received = Buffer.alloc(0);
  return peer;
}

describe("RawSocket: the handshake", () => {
  it.each([
    ["its serializer and the router's own maximum", {}, JSON_16M, [0x7f, 0xd1, 0, 0]],
    ["a maximum rounded down to a power of two", { maxMessageBytes: 5000 }, [0x7f, 0x21, 0, 0], [0x7f, 0x31, 0, 0]],
    ["no more than 16 MiB", { maxMessageBytes: 2 ** 30 }, JSON_16M, JSON_16M],
  ])("is granted with %s", async (_what, options, request, reply) => {
    const server = await open(options);
    const peer = new BytePeer(server.port);
    peer.send(request);
    expect(await peer.bytes(4)).toEqual(reply);
    expect((await server.end()).connection.transport).toEqual({
      type: "rawsocket",
      protocol: "wamp.2.json",
      serializer: "json",
      peer: `127.0.0.1:${peer.socket.localPort}`,
    });
  });

  it.each([
    ["1: a serializer without a codec", {}, [0x7f, 0xf2, 0, 0], 1],
    ["1: serializer 0, which is illegal", {}, [0x7f, 0xf0, 0, 0], 1],
    ["2: a maximum that is too small for a WELCOME", {}, [0x7f, 0x11, 0, 0], 2],
    ["2: a maximum below a minimum of one's own", { minPeerMessageBytes: 1025 }, [0x7f, 0x11, 0, 0], 2],
    ["3: reserved bits in the third octet", {}, [0x7f, 0xf1, 1, 0], 3],
    ["3: reserved bits in the fourth octet", {}, [0x7f, 0xf1, 0, 0x80], 3],
  ])("is refused with error %s", async (_what, options, request, error) => {
    const server = await open(options);
    const peer = new BytePeer(server.port);
    peer.send(request);
    await peer.end();
    expect([...peer.received]).toEqual([0x7f, error << 4, 0, 0]);
    expect(server.ends).toEqual([]);
  });

  it("is refused with error 4 while all connections are taken", async () => {
    const server = await open({ maxConnections: 1 });
    const first = await connected(server);
    const second = new BytePeer(server.port);
    second.send(JSON_16M);
    await second.end();
    expect([...second.received]).toEqual([0x7f, 0x40, 0, 0]);
    expect(server.limits).toEqual(["connections"]);
    first.socket.destroy();
    await (await server.end()).closed();
    expect(server.listener.connections).toBe(0);
    await connected(server);
  });

  it("fails without a reply when the first octet is wrong, before four have arrived", async () => {
    const server = await open();
    const peer = new BytePeer(server.port);
    peer.send("G");
    await peer.end();
    expect(peer.received.length).toBe(0);
  });

  it("may arrive octet by octet, with a message after it", async () => {
    const server = await open();
    const peer = new BytePeer(server.port);
    for (const octet of [...JSON_16M, 0, 0, 0, 2]) {
      peer.send([octet]);
      await settle(2);
    }
    peer.send("[]");
    const end = await server.end();
    await end.arrived(1);
    expect(end.texts).toEqual(["[]"]);
  });

  it("must arrive in time", async () => {
    const server = await open({ handshakeTimeout: 300 });
    const peer = new BytePeer(server.port);
    peer.send([0x7f, 0xf1]);
    await peer.until("the server to see it", () => server.clock.pending === 1);
    server.clock.advance(300);
    await peer.end();
    expect(server.limits).toEqual(["handshake-timeout"]);
  });

  it("needs codecs with a number in the specification", async () => {
    await expect(open({ codecs: [binary] })).rejects.toThrow("no number for the codec binary");
    await expect(open({ maxMessageBytes: 511 })).rejects.toThrow("maxMessageBytes");
  });
});

describe("RawSocket: frames", () => {
  it("answers PING at once with a PONG of the same bytes", async () => {
    const server = await open();
    const peer = await connected(server);
    peer.send([1, 0, 0, 3, 7, 8, 9, 1, 0, 0, 0]);
    expect(await peer.bytes(11)).toEqual([2, 0, 0, 3, 7, 8, 9, 2, 0, 0, 0]);
    expect((await server.end()).frames).toEqual([]);
  });

  it("never answers a PING with more than the peer takes", async () => {
    const server = await open({ minPeerMessageBytes: 512 });
    const peer = await connected(server, [0x7f, 0x01, 0, 0]);
    peer.send([1, 0, 2, 1]);
    peer.send(new Uint8Array(513));
    expect((await (await server.end()).closed())?.message).toContain("a PING of 513 bytes");
    expect(peer.received.length).toBe(0);
  });

  it.each([
    ["reserved bits", [0x10, 0, 0, 0]],
    ["a reserved type", [3, 0, 0, 0]],
    ["a reserved type", [7, 0, 0, 0]],
    ["the 25th bit with other bits of the length", [0x08, 0, 0, 1]],
  ])("fails the connection for %s", async (_what, prefix) => {
    const server = await open();
    const peer = await connected(server);
    peer.send(prefix);
    expect((await (await server.end()).closed())?.message).toContain("broke the RawSocket protocol");
    await peer.end();
  });

  it.each([
    ["a message", 4096, [0, 0, 0x10, 1], "message of 4097 bytes exceeds the maximum of 4096"],
    ["a PING", 4096, [1, 0, 0x10, 1], "message of 4097 bytes exceeds the maximum of 4096"],
    ["16 MiB", 2 ** 23, [0x08, 0, 0, 0], "message of 16777216 bytes exceeds the maximum of 8388608"],
  ])(
    "fails the connection for %s above the maximum, before it has come",
    async (_what, maxMessageBytes, prefix, reason) => {
      const server = await open({ maxMessageBytes });
      const peer = await connected(server);
      peer.send(prefix);
      expect((await (await server.end()).closed())?.message).toContain(reason);
      expect(server.limits).toEqual(["message-bytes"]);
    },
  );

  it("carries 16 MiB and one less, both ways", async () => {
    const outbox = { highWater: 2 ** 26, limit: 2 ** 27 };
    const maxMessageBytes = 2 ** 24;
    const server = await open({ outbox, maxMessageBytes });
    const client = new Endpoint({ turns: 20_000 });
    await connectRawSocket(server.listener.url, client, { codec: text, outbox, maxMessageBytes });
    const end = await server.end();
    for (const size of [2 ** 24, 2 ** 24 - 1]) {
      client.connection.send(new Uint8Array(size));
      end.connection.send(new Uint8Array(size));
    }
    await end.arrived(2);
    await client.arrived(2);
    for (const { frames } of [client, end]) expect(frames.map(({ length }) => length)).toEqual([2 ** 24, 2 ** 24 - 1]);
  });

  it("does not send a frame that is longer than the peer accepts", async () => {
    const server = await open({ minPeerMessageBytes: 512 });
    await connected(server, [0x7f, 0x11, 0, 0]);
    const { connection } = await server.end();
    expect(connection.maxFrameBytes).toBe(1024);
    expect(connection.send(new Uint8Array(1024))).toBe(true);
    expect(() => connection.send(new Uint8Array(1025))).toThrow(RangeError);
  });

  it("says so when the peer ends within a message", async () => {
    const server = await open();
    const peer = await connected(server);
    peer.send([0, 0, 0, 9, 1]);
    peer.socket.end();
    expect(await (await server.end()).closed()).toEqual(new Error("the peer ended the connection within a message"));
  });

  it("pings a silent peer, and drops it when it does not answer", async () => {
    const server = await open({ keepAlive: { interval: 1000, timeout: 600 } });
    const peer = await connected(server);
    const end = await server.end();
    server.clock.advance(1000);
    expect(await peer.bytes(4)).toEqual([1, 0, 0, 0]);
    peer.send([2, 0, 0, 0]);
    await settle(20);
    server.clock.advance(600);
    server.clock.advance(400);
    await peer.bytes(8);
    server.clock.advance(600);
    expect(await end.closed()).toMatchObject({ name: "SilentPeerError", message: "the peer did not answer a ping" });
    expect(server.limits).toEqual(["keep-alive-timeout"]);
  });

  it("keeps one answer for a peer that pings and does not read, and bounds its pings in number", async () => {
    const server = await open();
    const peer = await connected(server);
    const end = await server.end();
    peer.socket.pause();
    const ping = Buffer.concat([Buffer.from([1, 0, 0xff, 0xff]), Buffer.alloc(65_535)]);
    const flood = (error?: Error | null): void => {
      if (!error && end.closes.length === 0 && !peer.closed) peer.socket.write(ping, flood);
    };
    flood();
    let held = 0;
    while (end.closes.length === 0) {
      held = Math.max(held, end.connection.bufferedBytes);
      await nextTurn();
    }
    expect(held).toBeLessThan(2 * 65_539);
    expect(end.closes[0]?.message).toContain("more than 100 control frames in a second");
    expect(server.limits).toEqual(["control-frames"]);
  });
});

describe("connectRawSocket", () => {
  it("says what the router refused", async () => {
    const server = await open();
    const refused = connectRawSocket(server.listener.url, new Endpoint(), { codec: createMsgpackCodec() });
    await expect(refused).rejects.toThrow(RawSocketRefusedError);
    await expect(refused).rejects.toMatchObject({ code: 1 });
  });

  it.each([
    ["HTTP", "the server does not speak RawSocket"],
    ["\x7f\xf2\0\0", "a serializer that was not requested"],
    ["\x7f\xf1\0\x01", "reserved bits"],
  ])("refuses the reply %j", async (reply, problem) => {
    const server = createServer((socket) => void socket.on("error", () => {}).end(Buffer.from(reply, "latin1")));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `rs://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(connectRawSocket(url, new Endpoint(), { codec: text })).rejects.toThrow(problem);
  });

  it("does not wait forever", async () => {
    const clock = new FakeClock();
    const server = createServer((socket) => void socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `rs://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attempt = connectRawSocket(url, new Endpoint(), { codec: text, clock, handshakeTimeout: 100 });
    clock.advance(100);
    await expect(attempt).rejects.toThrow("within 100 ms");
    expect(clock.pending).toBe(0);
  });

  it.each(["http://127.0.0.1:1", "rs://127.0.0.1", "rs:/tmp/x"])("takes no URL such as %s", (url) => {
    expect(() => connectRawSocket(url, new Endpoint(), { codec: text })).toThrow(TypeError);
  });
});
