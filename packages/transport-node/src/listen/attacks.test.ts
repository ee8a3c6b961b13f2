import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { deflateRawSync } from "node:zlib";
import { Budget } from "@kreuz/codec";
import { type Endpoint, FakeClock, nextTurn, settle } from "@kreuz/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Refusal } from "../server/refusals.js";
import { BytePeer } from "../testing/byte-peer.js";
import { post } from "../testing/longpoll-client.js";
import { openListener, type OpenListener } from "../testing/open-listener.js";
import { OPCODE, RawPeer } from "../testing/raw-peer.js";
import { listenUniversal, listenWebSocket, type UniversalListenOptions } from "./listen.js";

interface Attacked extends OpenListener {
  readonly budget: Budget;
  readonly refusals: Refusal[];
  readonly longPoll: string;
}

/** A listener of everything, with a budget. */
async function open(options: Partial<UniversalListenOptions> = {}, budget = new Budget()): Promise<Attacked> {
  const refusals: Refusal[] = [];
  const defaults = {
    longPoll: {},
    keepAlive: false as const,
    budget,
    onRefused: (refusal: Refusal) => void refusals.push(refusal),
  };
  const opened = await openListener(listenUniversal, { ...defaults, ...options });
  return { ...opened, budget, refusals, longPoll: `http://127.0.0.1:${opened.port}/longpoll` };
}

const eventually = (wanted: string, ready: () => boolean): Promise<void> => new BytePeer(1).until(wanted, ready);

async function rawSocket(server: OpenListener): Promise<BytePeer> {
  const peer = new BytePeer(server.port);
  peer.send([0x7f, 0xf1, 0, 0]);
  await peer.bytes(4);
  return peer;
}

async function session(server: Attacked): Promise<string> {
  const { body } = await post(`${server.longPoll}/open`, '{"protocols":["wamp.2.json"]}');
  return `${server.longPoll}/${(JSON.parse(body.toString()) as { readonly transport: string }).transport}`;
}

describe("silent sockets", () => {
  it("of one address go, the oldest first, and do not keep others out", async () => {
    const server = await open({ maxPendingHandshakes: 20, maxPendingHandshakesPerAddress: 10 });
    const silent: BytePeer[] = [];
    for (let socket = 0; socket < 30; socket++) {
      silent.push(new BytePeer(server.port));
      await eventually("the socket", () => server.budget.clients === Math.min(socket + 1, 10));
    }
    await eventually("20 to go", () => silent.filter(({ closed }) => closed).length === 20);
    expect(silent.slice(0, 20).every(({ closed }) => closed)).toBe(true);
    expect(server.limits).toEqual(Array(20).fill("pending-handshakes"));
    await RawPeer.open(server.port);
    expect(server.refusals[0]).toMatchObject({
      peer: expect.stringMatching(/^127\.0\.0\.1:/),
      limit: "pending-handshakes",
    });
  });

  it("are charged, and cost nothing once they are gone", async () => {
    const server = await open();
    const silent = Array.from({ length: 50 }, () => new BytePeer(server.port));
    await eventually("them", () => server.budget.clients === 50);
    expect(server.budget.bytes).toBeGreaterThan(50 * 16 * 1024);
    for (const { socket } of silent) socket.destroy();
    await eventually("their end", () => server.budget.clients === 0);
    expect(server.budget.bytes).toBe(0);
  });

  it("are cut when the budget is short, and clients that have logged in are not", async () => {
    const server = await open({}, new Budget({ maxBytes: 400_000 }));
    await RawPeer.open(server.port);
    const { account } = (await server.end()).connection;
    account!.authenticated = true;
    account!.charge(50_000, 0);
    const silent = Array.from({ length: 40 }, () => new BytePeer(server.port));
    await eventually("some to go", () => silent.filter(({ closed }) => closed).length >= 15);
    expect(server.budget.bytes).toBeLessThanOrEqual(400_000);
    expect((await server.end()).closes).toEqual([]);
  });

  it("hundreds of clients that connect at once all get in", async () => {
    const server = await open();
    const peers = await Promise.all(Array.from({ length: 600 }, () => RawPeer.open(server.port)));
    expect(peers.some(({ closed }) => closed)).toBe(false);
    expect(server.limits).toEqual([]);
    for (const { socket } of peers) socket.destroy();
    await eventually("their end", () => server.budget.clients === 0);
    expect(server.budget.bytes).toBe(0);
  });
});

describe("connections before login", () => {
  const big = "x".repeat(16 * 1024 + 1);

  it("a WebSocket is told which message was too big, and how big it may be", async () => {
    const server = await open();
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, big);
    const { payload } = await peer.frame(OPCODE.close);
    expect(payload.readUInt16BE()).toBe(1009);
    expect(payload.toString("utf8", 2)).toBe("message of 16385 bytes exceeds the maximum of 16384");
    expect(server.limits).toEqual(["message-bytes"]);
  });

  it("a compressed message counts inflated", async () => {
    const server = await openListener(listenWebSocket, { compression: true, budget: new Budget() });
    const peer = await RawPeer.open(server.port, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    peer.sendFrame(OPCODE.text, deflateRawSync(Buffer.alloc(1_000_000, 0x20)), { rsv1: true });
    expect(await peer.closeCode()).toBe(1009);
    expect((await server.end()).frames).toEqual([]);
  });

  it("a RawSocket ends before the message has come", async () => {
    const server = await open();
    const peer = await rawSocket(server);
    peer.send([0, 0, 0x40, 1]);
    expect((await (await server.end()).closed())?.message).toContain(
      "message of 16385 bytes exceeds the maximum of 16384",
    );
  });

  it("long-poll answers 413 before it reads the body", async () => {
    const server = await open();
    const answer = await post(`${await session(server)}/send`, big);
    expect([answer.status, answer.body.toString().trim()]).toEqual([
      413,
      "message of 16385 bytes exceeds the maximum of 16384",
    ]);
  });

  it("all take more once the client has logged in", async () => {
    const server = await open();
    const webSocket = await RawPeer.open(server.port);
    const raw = await rawSocket(server);
    const base = await session(server);
    for (let index = 0; index < 3; index++) (await server.end(index)).connection.account!.authenticated = true;
    webSocket.sendFrame(OPCODE.text, big);
    raw.send([0, 0, 0x40, 1]);
    raw.send(big);
    expect((await post(`${base}/send`, big)).status).toBe(204);
    for (let index = 0; index < 3; index++) await (await server.end(index)).arrived(1);
    expect(server.limits).toEqual([]);
  });
});

describe("messages that are never finished", () => {
  it("end a WebSocket after messageTimeout, and say so", async () => {
    const server = await open({ messageTimeout: 1000 });
    const peer = await RawPeer.open(server.port);
    peer.sendFrame(OPCODE.text, "half", { fin: false });
    const end = await server.end();
    await eventually("the half", () => end.connection.account!.bytes > 0);
    server.clock.advance(1001);
    expect(await peer.closeCode()).toBe(1008);
    expect(server.limits).toEqual(["message-timeout"]);
    peer.sendClose(1008);
    await end.closed();
    await eventually("the refund", () => server.budget.bytes === 0);
  });

  it("end a RawSocket, too", async () => {
    const server = await open({ messageTimeout: 1000 });
    const peer = await rawSocket(server);
    peer.send([0, 0]);
    const end = await server.end();
    await eventually("the half", () => end.connection.account!.bytes > 0);
    server.clock.advance(1001);
    await peer.end();
    expect((await end.closed())?.message).toContain("was not complete within messageTimeout (1000 ms)");
  });

  it("are not late while they arrive at a fair rate", async () => {
    const server = await open({ messageTimeout: 1000 });
    const peer = await rawSocket(server);
    const end = await server.end();
    end.connection.account!.authenticated = true;
    peer.send([0, 4, 0, 0]);
    for (let part = 1; part <= 4; part++) {
      peer.send(new Uint8Array(65_536));
      if (part === 4) break;
      const held = part * 65_536;
      await eventually("the part", () => end.connection.account!.bytes >= held);
      server.clock.advance(900);
    }
    await end.arrived(1);
  });

  it("in a body are answered with 408, and the socket goes", async () => {
    const server = await open({ messageTimeout: 1000 });
    const base = new URL(await session(server));
    const peers = Array.from({ length: 20 }, () => new BytePeer(server.port));
    for (const peer of peers) peer.send(`POST ${base.pathname}/send HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[`);
    for (const peer of peers) {
      await settle(20);
      server.clock.advance(1001);
      await peer.end();
    }
    expect(peers[0]!.received.toString()).toContain("408");
    await eventually("their end", () => server.budget.clients <= 1);
  });

  it("in one byte per segment do not take more memory than a few times their bytes", async () => {
    const server = await open();
    const peer = await rawSocket(server);
    peer.socket.setNoDelay(true);
    peer.send([0, 0, 0x20, 0]);
    const { account } = (await server.end()).connection;
    for (let byte = 0; byte < 500; byte++) {
      peer.send([0x20]);
      await nextTurn();
    }
    await eventually("them", () => account!.bytes > 500);
    expect(account!.bytes).toBeLessThan(4 * 1024);
    expect(account!.pieces).toBe(1);
  });
});

describe("long-poll", () => {
  it("reads one body at a time while its messages are held back, and refuses too many", async () => {
    const server = await open();
    const base = await session(server);
    const end = await server.end();
    const { account } = end.connection;
    account!.authenticated = true;
    end.connection.pause();
    const answers = Array.from({ length: 100 }, () =>
      post(`${base}/send`, "x".repeat(200_000)).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    let refused = 0;
    for (const answer of answers) void answer.then((status) => (refused += status === 204 ? 0 : 1));
    await eventually("the refusals", () => refused >= 35);
    expect(account!.bytes).toBeLessThan(200_000 + 64 * 80_000);
    expect(account!.pieces).toBeLessThanOrEqual(65);
    end.connection.resume();
    const statuses = await Promise.all(answers);
    expect(statuses.filter((status) => status === 204)).toHaveLength(65);
    expect(end.frames).toHaveLength(65);
    expect(account!.bytes).toBe(0);
  });

  it("sessions that nobody fetches make room for newer ones, and few of them linger", async () => {
    const server = await open({ maxConnections: 20 });
    for (let count = 0; count < 100; count++) await session(server);
    expect(server.listener.connections).toBeLessThanOrEqual(22);
    expect((await server.end(79)).closes).toHaveLength(1);
    expect((await server.end(99)).closes).toEqual([]);
  });

  it("tells each of them why when it asks next, however many had to go", async () => {
    const server = await open({ maxConnections: 10 });
    const sessions: string[] = [];
    for (let count = 0; count < 20; count++) sessions.push(await session(server));
    for (const base of sessions.slice(0, 10)) {
      const answer = await post(`${base}/receive`);
      expect([answer.status, answer.body.toString().trim()]).toEqual([
        410,
        "the session was closed: policy-violation: dropped for a newer client: 10 connections are open",
      ]);
    }
    expect((await server.end(9)).cuts).toEqual(["dropped for a newer client: 10 connections are open"]);
  });

  it("drops a session whose answer is not read", async () => {
    const server = await open({ longPoll: { sessionTimeout: 1000 }, outbox: { highWater: 2 ** 26, limit: 2 ** 27 } });
    const base = new URL(await session(server));
    const end = await server.end();
    end.connection.send(new Uint8Array(2 ** 25));
    const peer = new BytePeer(server.port);
    peer.socket.pause();
    peer.send(`POST ${base.pathname}/receive HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    for (let turn = 0; end.closes.length === 0 && turn < 100; turn++) {
      await settle(20);
      server.clock.advance(1000);
    }
    expect(server.limits).toContain("session-timeout");
    await eventually("the refund", () => server.budget.clients <= 1);
  });
});

const reason = "dropped for a newer client: 10 connections are open";

describe("clients that make room for newer ones", () => {
  it("are told why over WebSocket, however many have to go", async () => {
    const server = await open({ maxConnections: 10 });
    const peers: RawPeer[] = [];
    for (let count = 0; count < 20; count++) peers.push(await RawPeer.open(server.port));
    for (const peer of peers.slice(0, 10)) {
      const { payload } = await peer.frame(OPCODE.close);
      expect([payload.readUInt16BE(), payload.toString("utf8", 2)]).toEqual([1008, reason]);
    }
    expect(peers.slice(10).some(({ closed }) => closed)).toBe(false);
  });

  it("can be told why over RawSocket, by their handler", async () => {
    const server = await open({ maxConnections: 10 });
    const peers: BytePeer[] = [];
    for (let count = 0; count < 20; count++) {
      peers.push(await rawSocket(server));
      const end = await server.end(count);
      Object.assign(end.cuts, { push: (message: string) => void end.send(message) });
    }
    for (const peer of peers.slice(0, 10)) {
      await peer.end();
      expect(peer.received.toString()).toContain(reason);
    }
  });
});

describe("clients that make room for newer ones and do not read", () => {
  const unread =
    /^dropped for a newer client: 10 connections are open; the peer was not told, since it has not read \d+ bytes$/;

  /** Fills what the system takes for a peer that does not read. */
  async function fill({ connection }: Endpoint): Promise<void> {
    await eventually("a full socket", () => {
      connection.send(new Uint8Array(2 ** 20));
      return connection.bufferedBytes > 2 ** 22;
    });
  }

  it("are cut off at once over RawSocket, with what was on its way, and their handler knows why", async () => {
    const server = await open({ maxConnections: 10, outbox: { highWater: 2 ** 26, limit: 2 ** 27 } });
    const peers: BytePeer[] = [];
    for (let count = 0; count < 10; count++) {
      const peer = await rawSocket(server);
      peer.socket.pause();
      peers.push(peer);
      await fill(await server.end(count));
    }
    for (let count = 10; count < 20; count++) await rawSocket(server);
    // The first has the time to close in order.
    for (let count = 1; count < 10; count++) {
      const end = await server.end(count);
      expect((await end.closed())?.message).toMatch(unread);
      expect(end.cuts).toEqual([reason]);
    }
    // What was on its way is dropped: nobody gets a whole message.
    for (const { socket } of peers.slice(1)) socket.resume();
    for (const peer of peers.slice(1)) {
      await peer.end();
      expect(peer.received.length).toBeLessThan(2 ** 20);
    }
  });

  it("are cut off over WebSocket, too", async () => {
    const server = await open({ maxConnections: 10, outbox: { highWater: 2 ** 26, limit: 2 ** 27 } });
    for (let count = 0; count < 10; count++) {
      const peer = await RawPeer.open(server.port);
      peer.socket.pause();
      await fill(await server.end(count));
    }
    for (let count = 10; count < 20; count++) await RawPeer.open(server.port);
    for (let count = 1; count < 10; count++)
      expect((await (await server.end(count)).closed())?.message).toMatch(unread);
  });
});

describe("clients that are cut by the budget", () => {
  it("are told why, if they read", async () => {
    const server = await open({}, new Budget({ maxBytes: 1_000_000, maxClientBytes: 50_000 }));
    const peer = await RawPeer.open(server.port);
    const { account } = (await server.end()).connection;
    account!.charge(60_000, 0);
    const { payload } = await peer.frame(OPCODE.close);
    expect(payload.readUInt16BE()).toBe(1008);
    expect(payload.toString("utf8", 2)).toContain("the client exceeded its limit (50000 bytes");
    expect((await server.end()).cuts).toEqual([expect.stringContaining("the client exceeded its limit")]);
    expect(server.limits).toEqual(["memory"]);
    expect(server.budget.bytes).toBe(0);
  });

  it("and do not read are dropped, the slowest first", async () => {
    const budget = new Budget({ maxBytes: 20_000_000, maxClientBytes: 20_000_000 });
    const server = await open({ outbox: { highWater: 2 ** 26, limit: 2 ** 27 } }, budget);
    const peers = [await rawSocket(server), await rawSocket(server)];
    const ends = [await server.end(0), await server.end(1)];
    for (const { connection } of ends) connection.account!.authenticated = true;
    peers[0]!.socket.pause();
    for (let frame = 0; frame < 60 && ends[0]!.closes.length === 0; frame++) {
      ends[0]!.connection.send(new Uint8Array(1_000_000));
      await nextTurn();
    }
    expect((await ends[0]!.closed())?.name).toBe("ClientCutError");
    expect(ends[1]!.closes).toEqual([]);
    expect(budget.bytes).toBeLessThan(20_000_000);
  });
});

describe("messages in many fragments", () => {
  /** A message in fragments of `bytes` bytes each. */
  const fragmented = (text: Buffer, bytes: number): Buffer => {
    const frames: Buffer[] = [];
    for (let at = 0; at < text.length; at += bytes) {
      const first = (at === 0 ? 0x01 : 0) | (at + bytes >= text.length ? 0x80 : 0);
      const part = text.subarray(at, at + bytes);
      frames.push(Buffer.from([first, 0x80 | part.length, 0, 0, 0, 0]), part);
    }
    return Buffer.concat(frames);
  };

  it.each([1, 7, 100])("of %i bytes arrive, and take little memory meanwhile", async (bytes) => {
    const server = await open();
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    const { account } = end.connection;
    account!.authenticated = true;
    const message = fragmented(Buffer.alloc(300_000, "message "), bytes);
    const half = Math.floor(message.length / 2);
    peer.socket.write(message.subarray(0, half));
    await eventually("half of it", () => account!.bytes > 140_000);
    expect(account!.bytes).toBeLessThan(400_000);
    peer.socket.write(message.subarray(half));
    await end.arrived(1);
    expect(end.frames[0]!.length).toBe(300_000);
    expect(server.limits).toEqual([]);
  });

  it("end a WebSocket with a reason when they have no bytes; some are no harm", async () => {
    const server = await open();
    const peer = await RawPeer.open(server.port);
    const send = (count: number): void => {
      peer.sendFrame(OPCODE.text, "", { fin: false });
      for (let fragment = 1; fragment < count; fragment++) peer.sendFrame(OPCODE.continuation, "", { fin: false });
    };
    send(1000);
    peer.sendFrame(OPCODE.continuation, "[]");
    await (await server.end()).arrived(1);
    send(20_000);
    const { payload } = await peer.frame(OPCODE.close);
    expect([payload.readUInt16BE(), payload.toString("utf8", 2)]).toEqual([
      1008,
      "the message came in too many fragments for its length: send longer ones",
    ]);
    expect(server.limits).toEqual(["fragments"]);
  });

  it("are worth longer fragments when they are compressed", async () => {
    const server = await openListener(listenWebSocket, { compression: true });
    const peer = await RawPeer.open(server.port, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    const send = (count: number): void => {
      peer.sendFrame(OPCODE.text, "", { fin: false, rsv1: true });
      for (let fragment = 1; fragment < count; fragment++) peer.sendFrame(OPCODE.continuation, "", { fin: false });
    };
    send(100);
    peer.sendFrame(OPCODE.continuation, deflateRawSync(Buffer.from("[]")));
    await (await server.end()).arrived(1);
    send(3000);
    expect(await peer.closeCode()).toBe(1008);
    expect(server.limits).toEqual(["fragments"]);
  });

  it("count in the rates of their sender, each like a message", async () => {
    const server = await open();
    const peer = await RawPeer.open(server.port);
    const end = await server.end();
    for (let fragment = 0; fragment < 50; fragment++) {
      peer.sendFrame(fragment === 0 ? OPCODE.text : OPCODE.continuation, "x", { fin: false });
      await nextTurn();
    }
    peer.sendFrame(OPCODE.continuation, "x");
    await end.arrived(1);
    expect(end.controlFrames).toBeGreaterThanOrEqual(45);
  });
});

describe("requests on one socket", () => {
  const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

  it("that wait for their answers are few; the client is told, and what follows is not even parsed", async () => {
    const server = await open();
    const peer = new BytePeer(server.port);
    peer.send(GET.repeat(20));
    await eventually("the answers", () => peer.received.toString().split("HTTP/1.1 200").length === 21);
    let parsed = 0;
    const onParsed = (): void => void parsed++;
    subscribe("http.server.request.start", onParsed);
    onTestFinished(() => void unsubscribe("http.server.request.start", onParsed));
    peer.send(GET.repeat(20_000));
    await peer.end();
    const reason = "more than 32 requests wait for an answer on one socket";
    const answers = peer.received.toString();
    expect(answers.match(/HTTP\/1\.1 (200|429)/g)!.slice(20)).toEqual([
      ...Array(32).fill("HTTP/1.1 200"),
      "HTTP/1.1 429",
    ]);
    expect(answers).toContain(reason);
    expect(server.refusals).toMatchObject([{ reason, limit: "waiting-requests" }]);
    expect(server.limits).toEqual(["waiting-requests"]);
    expect(parsed).toBeLessThan(100);
  });

  it("are all answered when each is sent after the answer before, whatever chunks they come in", async () => {
    const server = await open();
    const peer = new BytePeer(server.port);
    peer.socket.setNoDelay(true);
    for (let request = 1; request <= 50; request++) {
      for (const part of GET.match(/.{1,7}/gs) ?? []) {
        peer.send(part);
        await nextTurn();
      }
      await eventually("the answer", () => peer.received.toString().split("HTTP/1.1 200").length === request + 1);
    }
    expect(server.limits).toEqual([]);
  });

  it("with a long head get 431, and that is counted", async () => {
    const server = await open();
    const peer = new BytePeer(server.port);
    peer.send(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    await peer.end();
    const reason = "the head of a request is longer than 16384 bytes";
    expect(peer.received.toString()).toMatch(new RegExp(`^HTTP/1.1 431 [^]*${reason}\n$`));
    expect(server.limits).toEqual(["request-bytes"]);
    expect(server.refusals).toMatchObject([{ reason: `a request was refused: ${reason}`, limit: "request-bytes" }]);
  });

  it("with bodies do not let in more than there is time for, and what waits is charged", async () => {
    let reads = 0;
    // No turn has time for more than a little.
    class BusyClock extends FakeClock {
      override now(): number {
        return super.now() + 5 * reads++;
      }
    }
    let answered = 0;
    const server = await open({
      clock: new BusyClock(),
      onRequest: (request, response) => {
        request.on("data", () => {});
        response.end("x");
        answered++;
      },
    });
    const peer = new BytePeer(server.port);
    const body = "x".repeat(500);
    peer.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(5000));
    let most = 0;
    await eventually("some requests to be served", () => {
      most = Math.max(most, server.budget.bytes);
      return answered > 500;
    });
    expect(most).toBeGreaterThan(32 * 1024);
    expect(most).toBeLessThan(300 * 1024);
  });

  it("with large bodies are answered", async () => {
    const bodies: number[] = [];
    const server = await open({
      onRequest: async (request, response) => {
        let bytes = 0;
        for await (const chunk of request) bytes += (chunk as Buffer).length;
        bodies.push(bytes);
        response.end("x".repeat(100_000));
      },
    });
    const body = "x".repeat(1_000_000);
    const peer = new BytePeer(server.port);
    const post = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    peer.send(post.repeat(5));
    await eventually("the answers", () => peer.received.length > 500_000);
    expect(bodies).toEqual(Array(5).fill(1_000_000));
  });
});

describe("control frames", () => {
  it("beyond their rate end a WebSocket with a reason", async () => {
    const server = await open({ maxControlFramesPerSecond: 5 });
    const peer = await RawPeer.open(server.port);
    for (let ping = 0; ping < 5; ping++) peer.sendFrame(ping % 2 === 0 ? OPCODE.ping : OPCODE.pong);
    await peer.frame(OPCODE.pong);
    server.clock.advance(200);
    peer.sendFrame(OPCODE.ping);
    await settle(20);
    expect(server.limits).toEqual([]);
    expect((await server.end()).controlFrames).toBe(6);
    peer.sendFrame(OPCODE.ping);
    const { payload } = await peer.frame(OPCODE.close);
    expect(payload.readUInt16BE()).toBe(1008);
    expect(payload.toString("utf8", 2)).toContain("more than 5 control frames in a second");
    expect(server.limits).toEqual(["control-frames"]);
  });
});

describe("refusals", () => {
  it("name the client, the page, the reason and the remedy", async () => {
    const server = await open({ origins: ["https://good.example"] });
    const peer = new RawPeer(server.port);
    peer.request({ Origin: "https://evil.example" });
    await peer.until("the refusal", () => server.refusals.length > 0);
    expect(server.refusals).toEqual([
      {
        listener: server.listener.url,
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
        origin: "https://evil.example",
        reason: "a WebSocket was refused with 403: origin https://evil.example is not allowed",
        limit: "origin",
        remedy: "add it to the allowed origins",
      },
    ]);
  });

  it.each([
    ["GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n", "not found: /elsewhere"],
    ["nonsense\r\n\r\n", "a request was refused: Parse Error"],
    ["\x7f\xf9\0\0", "error 1: serializer unsupported"],
    [
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n",
      "refused with 400",
    ],
  ])("tell of %j", async (bytes, reason) => {
    const server = await open();
    const peer = new BytePeer(server.port);
    peer.send(Buffer.from(bytes, "latin1"));
    await eventually("the refusal", () => server.refusals.length > 0);
    expect(server.refusals[0]!.reason).toContain(reason);
    expect(server.refusals[0]!.peer).toMatch(/^127\.0\.0\.1:/);
  });

  it("tell of a missing PROXY header", async () => {
    const server = await open({ proxyProtocol: true, trustedProxies: ["127.0.0.1"] });
    new BytePeer(server.port).send("GET / HTTP/1.1\r\n\r\n");
    await eventually("the refusal", () => server.refusals.length > 0);
    expect(server.refusals[0]).toMatchObject({
      reason: expect.stringContaining("PROXY header"),
      remedy: expect.any(String),
    });
  });
});

describe("requests that are pipelined before a WebSocket", () => {
  it("are answered first, and the WebSocket stays", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const server = await open();
    const peer = new BytePeer(server.port);
    const upgrade = `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n`;
    peer.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20) + upgrade);
    const end = await server.end();
    await eventually("all answers", () => peer.received.toString().includes("101 Switching"));
    expect(peer.received.toString().match(/HTTP\/1\.1 (404|101)/g)).toEqual([
      ...Array(20).fill("HTTP/1.1 404"),
      "HTTP/1.1 101",
    ]);
    server.clock.advance(60_000);
    await settle(20);
    expect(end.closes).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

describe("a socket that is open already", () => {
  it("is listened on", async () => {
    const server = await openListener(listenWebSocket, { fd: boundSocket() });
    expect(server.listener.url).toBe(`ws://127.0.0.1:${server.port}/ws`);
    await RawPeer.open(server.port);
  });
});

/** The descriptor of a socket that has an address, as systemd passes it on. Node.js has no public way to get one. */
function boundSocket(): number {
  const { TCP, constants } = (process as unknown as { readonly binding: (name: string) => TcpBinding }).binding(
    "tcp_wrap",
  );
  const handle = new TCP(constants.SERVER);
  handle.bind("127.0.0.1", 0);
  return handle.fd;
}

interface TcpBinding {
  readonly TCP: new (kind: number) => { readonly fd: number; bind(address: string, port: number): number };
  readonly constants: { readonly SERVER: number };
}
