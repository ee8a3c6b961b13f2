import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket, type ClientOptions } from "ws";
import { inTime } from "../../support/wait.js";

const PROGRESS = { progressive_call_results: true, progressive_call_invocations: true, call_canceling: true };
const ROLES = { caller: { features: PROGRESS }, callee: { features: PROGRESS }, publisher: {}, subscriber: {} };

/** A client that can send any JSON, and keeps the messages that it receives. */
export class Attacker {
  readonly socket: WebSocket;
  readonly received: unknown[][] = [];
  /** The cookies that it was given, as `name=value`. */
  readonly cookies: string[] = [];
  /** Bytes of the messages that it has sent. */
  sentBytes = 0;
  /** Resolves with the code of the close frame, 1006 without one. */
  readonly closed: Promise<number>;
  #listener: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
    socket.on("error", () => {});
    socket.on("upgrade", ({ headers }) => {
      for (const cookie of headers["set-cookie"] ?? []) this.cookies.push(cookie.split(";")[0]!);
    });
    socket.on("message", (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as unknown[]);
      this.#listener();
    });
  }

  /** Connects and sends nothing. */
  static async connect(url: string, options: ClientOptions = {}): Promise<Attacker> {
    const socket = new WebSocket(url, "wamp.2.json", { perMessageDeflate: false, ...options });
    const attacker = new Attacker(socket);
    await inTime("an attacker to connect", once(socket, "open"));
    return attacker;
  }

  /** Connects many clients, ten at a time: more would exceed the limit of pending handshakes. */
  static async connectMany(url: string, count: number): Promise<Attacker[]> {
    const attackers: Attacker[] = [];
    while (attackers.length < count)
      attackers.push(...(await Promise.all(Array.from({ length: 10 }, () => Attacker.connect(url)))));
    return attackers;
  }

  /** Connects many clients that join a realm. */
  static async joinMany(url: string, count: number, realm?: string): Promise<Attacker[]> {
    const attackers = await Attacker.connectMany(url, count);
    await Promise.all(attackers.map((attacker) => attacker.join(realm)));
    return attackers;
  }

  static async join(url: string, options?: ClientOptions): Promise<Attacker> {
    const attacker = await Attacker.connect(url, options);
    await attacker.join();
    return attacker;
  }

  async join(realm = "realm1"): Promise<void> {
    this.send([1, realm, { roles: ROLES }]);
    await this.receives(2);
  }

  /** Sends a message, or any text. */
  send(message: unknown[] | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.sentBytes += Buffer.byteLength(text);
    this.socket.send(text);
  }

  /** Waits until `count` messages of a type have arrived in all. @returns the last of them. */
  async receives(type: number, count = 1): Promise<unknown[]> {
    const found = (): unknown[][] => this.all(type);
    const arrived = new Promise<void>((resolve) => {
      this.#listener = () => {
        if (found().length < count) return;
        this.#listener = () => {};
        resolve();
      };
      this.#listener();
    });
    const others = this.received.filter((message) => message[0] !== type);
    const closed = this.closed.then((code) => {
      if (found().length < count) throw new Error(`closed with ${code} before ${count} messages of type ${type} came`);
      return undefined;
    });
    const wanted = `${count} messages of type ${type}; others: ${JSON.stringify(others).slice(0, 300)}`;
    await inTime(wanted, Promise.race([arrived, closed]));
    return found()[count - 1]!;
  }

  /** Returns all messages of a type that have arrived. */
  all(type: number): unknown[][] {
    return this.received.filter((message) => message[0] === type);
  }

  /** The URIs of all ERRORs that have arrived. */
  get errors(): unknown[] {
    return this.all(8).map((error) => error[4]);
  }

  end(): void {
    this.socket.terminate();
  }
}

/** Opens a TCP connection to the router. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await inTime("a TCP connection", once(socket, "connect"));
  return socket;
}

/** Opens a WebSocket over which any bytes can be sent. */
export async function upgrade(url: string, extensions?: string): Promise<Socket> {
  const socket = await openSocket(url);
  const { host, pathname } = new URL(url);
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n" +
      `${extensions === undefined ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`}\r\n`,
  );
  const [answer] = (await inTime("the answer to the opening handshake", once(socket, "data"))) as [Buffer];
  if (!answer.toString().startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${answer.toString().slice(0, 100)}`);
  return socket;
}

/** Encodes a WebSocket frame of a client, masked with zeros. */
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

/** Waits until the router has ended a connection. */
export async function ended(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise((resolve) => {
    socket.resume().once("close", resolve);
  });
  await inTime("the router to end the connection", closed);
}
