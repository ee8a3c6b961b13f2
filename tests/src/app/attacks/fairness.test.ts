// Many clients that each send as much as they can, over every transport. However many they are, another client is answered:
// the round trip of its calls is compared with that before the attack.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { THOROUGH } from "../../support/thorough.js";
import { inTime, until } from "../../support/wait.js";
import { Attacker, frame, openSocket, upgrade } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, startRouterWithDefaults } from "./router-under-attack.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startRouterWithDefaults("", "{ type: universal, port: 0, longPoll: {} }");
});

afterEach(() => expectSound(router));

afterAll(async () => {
  await router.stop();
  await expectSound(router);
});

const CLIENTS = 200;
const SECONDS = THOROUGH ? 4 : 1;
/**
 * A round trip takes about four turns of the router. Before they were bounded, one took 160 to 250 ms, and seconds in a
 * flood of HTTP. Now it takes about 10 ms of CPU, and longer where others need it, too.
 */
const SLOWDOWN = 300;
/**
 * Mostly what V8 has not collected yet, by Node's version 200 to 350 MiB: five times as long a flood takes the same, three
 * times as many clients a third more.
 */
const MEMORY = 600;
const HELLO = Buffer.from('[1,"realm1",{"roles":{"publisher":{}}}]');
const PUBLISH = Buffer.from('[16,1,{},"com.attack.topic"]');

type Sender = (socket: Socket) => void;

/** Keeps `data` on its way to the router. */
const always =
  (data: Buffer): Sender =>
  (socket) => {
    const more = (): void => void (socket.writable && socket.write(data, more));
    more();
  };

/** Sends `data` each time that the router has sent something. */
const whenAnswered =
  (data: Buffer): Sender =>
  (socket) =>
    void socket.on("data", () => socket.writable && socket.write(data));

/** Sends until the attack is over or the socket is closed. */
async function flood(socket: Socket, send: Sender, over: Promise<unknown>): Promise<void> {
  send(socket);
  socket.resume();
  // Not `once`, which would reject with the error of a socket that the router closed.
  await Promise.race([new Promise((closed) => socket.on("close", closed)), over]);
  // What the system has for the router would keep it busy for long.
  socket.resetAndDestroy();
}

/**
 * Opens many sockets, floods the router through them, and waits until it has forgotten them. Sockets that the router closes
 * are replaced.
 */
function floodOf(what: string, open: () => Promise<Socket>, send: Sender): Promise<void> {
  const attack = async (): Promise<void> => {
    const watcher = await Attacker.join(router.url);
    const before = await descriptors(watcher);
    const sockets: Socket[] = [];
    while (sockets.length < CLIENTS) sockets.push(...(await Promise.all(Array.from({ length: 20 }, open))));
    const time = AbortSignal.timeout(SECONDS * 1000);
    const over = new Promise((resolve) => time.addEventListener("abort", resolve));
    const floodOn = async (first: Socket): Promise<void> => {
      await flood(first, send, over);
      while (!time.aborted) await flood(await open(), send, over);
    };
    await Promise.all(sockets.map(floodOn));
    await until("the attackers to be forgotten", async () => (await descriptors(watcher)) < before + 5);
    watcher.end();
  };
  return withOtherClient(what, router, attack, {
    cpuSeconds: 10 * SECONDS,
    memory: MEMORY,
    slowdown: SLOWDOWN,
    newcomers: true,
  });
}

async function descriptors(watcher: Attacker): Promise<number> {
  const calls = watcher.all(50).length + 1;
  watcher.send([48, calls, {}, "com.other.usage"]);
  const [, , , [usage] = []] = (await watcher.receives(50, calls)) as [50, number, object, { descriptors: number }[]];
  return usage!.descriptors;
}

async function openWebSocket(): Promise<Socket> {
  const socket = await upgrade(router.url);
  socket.write(frame(1, HELLO));
  return socket;
}

async function openRawSocket(): Promise<Socket> {
  const socket = await openSocket(router.url);
  socket.write(Buffer.from([0x7f, 0xf1, 0, 0]));
  await inTime("the answer to the handshake", once(socket, "data"));
  socket.write(prefixed(HELLO));
  return socket;
}

/** A RawSocket message. */
const prefixed = (text: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, text.length]), text]);

const repeat = (data: Buffer, count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(data));

test("two hundred WebSockets", () =>
  floodOf("flood over many WebSockets", openWebSocket, always(repeat(frame(1, PUBLISH), 2000))));

test("two hundred RawSockets", () =>
  floodOf("flood over many RawSockets", openRawSocket, always(repeat(prefixed(PUBLISH), 2000))));

test("two hundred WebSockets with messages in hundreds of fragments without a byte", () => {
  const [first, more, last] = [frame(1, Buffer.alloc(0)), frame(0, Buffer.alloc(0)), frame(0, PUBLISH)];
  first[0] = 0x01;
  more[0] = 0x00;
  const message = Buffer.concat([first, repeat(more, 500), last]);
  return floodOf("flood of fragments over many WebSockets", openWebSocket, always(repeat(message, 20)));
});

test("two hundred sockets with HTTP requests, long-poll and others, without end", () => {
  const body = '{"protocols":["wamp.2.json"]}';
  const open = `POST /longpoll/open HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const requests = `GET / HTTP/1.1\r\nHost: x\r\n\r\n${open}`;
  return floodOf("flood of HTTP requests", () => openSocket(router.url), always(repeat(Buffer.from(requests), 10)));
});

// Little enough to be handled at once, while there is time in the turn.
test("two hundred WebSockets that send a little each time that they are answered", () => {
  const acknowledged = Buffer.from('[16,1,{"acknowledge":true},"com.attack.topic"]');
  const data = Buffer.concat([repeat(frame(1, PUBLISH), 80), frame(1, acknowledged)]);
  return floodOf("small messages over many WebSockets", openWebSocket, whenAnswered(data));
});
