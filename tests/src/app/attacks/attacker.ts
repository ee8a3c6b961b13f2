import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket, type ClientOptions } from "ws";
import { inTime } from "../../support/wait.js";

const ROLES = { caller: {}, callee: {}, publisher: {}, subscriber: {} };

/** A client that says what it likes, in JSON, and notes what it hears. */
export class Attacker {
  readonly socket: WebSocket;
  readonly heard: unknown[][] = [];
  /** Code of the close frame, 1006 where there was none. */
  readonly closed: Promise<number>;
  #listener: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      this.heard.push(JSON.parse(data.toString()) as unknown[]);
      this.#listener();
    });
  }

  /** Connects, and says nothing. */
  static async connect(url: string, options: ClientOptions = {}): Promise<Attacker> {
    const socket = new WebSocket(url, "wamp.2.json", { perMessageDeflate: false, ...options });
    const attacker = new Attacker(socket);
    await inTime("the attacker to connect", once(socket, "open"));
    return attacker;
  }

  /** Many of them, a few at a time: or it is the handshakes that are too many. */
  static async crowd(url: string, size: number): Promise<Attacker[]> {
    const crowd: Attacker[] = [];
    while (crowd.length < size)
      crowd.push(...(await Promise.all(Array.from({ length: 10 }, () => Attacker.connect(url)))));
    return crowd;
  }

  static async join(url: string, options?: ClientOptions): Promise<Attacker> {
    const attacker = await Attacker.connect(url, options);
    await attacker.join();
    return attacker;
  }

  async join(): Promise<void> {
    this.say([1, "realm1", { roles: ROLES }]);
    await this.hears(2);
  }

  /** Sends a message, or any text as one. */
  say(message: unknown[] | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next message of a type that was not asked for yet, as soon as it is there. */
  async hears(type: number, count = 1): Promise<unknown[]> {
    const found = (): unknown[][] => this.heard.filter((message) => message[0] === type);
    const arrived = new Promise<void>((resolve) => {
      this.#listener = () => {
        if (found().length >= count) resolve();
      };
      this.#listener();
    });
    await inTime(`${count} messages of type ${type}; heard ${JSON.stringify(this.heard).slice(0, 300)}`, arrived);
    return found()[count - 1]!;
  }

  end(): void {
    this.socket.terminate();
  }
}

/** A bare TCP connection to where the router listens. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await inTime("a TCP connection", once(socket, "connect"));
  return socket;
}

/** A WebSocket handshake by hand, to send any bytes after it. */
export async function upgrade(url: string): Promise<Socket> {
  const socket = await openSocket(url);
  const { host, pathname } = new URL(url);
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n`,
  );
  const [answer] = (await inTime("the answer to the handshake", once(socket, "data"))) as [Buffer];
  if (!answer.toString().startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${answer.toString().slice(0, 100)}`);
  return socket;
}

/** A WebSocket frame of a client, masked with zeros. */
export function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0x80 | 126, length >> 8, length & 255]
        : [0x80 | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload]);
}

/** Resolves when the router has ended a connection, in whatever way. */
export async function ended(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise((resolve) => {
    socket.resume().once("close", resolve);
  });
  await inTime("the router to end the connection", closed);
}
