// Clients behind a proxy, each from an address of its own: 127.0.0.7 reaches 127.0.0.1, too.
import { request } from "node:https";
import { connect } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { inTime } from "../support/wait.js";

/** Where the clients of the tests come from. */
export const CLIENT = "127.0.0.7";

/** What a client might write to seem to come from elsewhere. */
export const FORGED = {
  Forwarded: "for=198.51.100.66",
  "X-Forwarded-For": "198.51.100.66",
  "X-Real-IP": "198.51.100.66",
} as const;

const HELLO = [1, "realm1", { roles: { caller: {}, subscriber: {}, publisher: {} } }];

export type WampArray = readonly unknown[];

export interface Target {
  readonly port: number;
  readonly ca: string;
}

/** A WAMP session over WebSocket, message by message. */
export class WebSocketClient {
  readonly #socket: WebSocket;
  readonly #received: WampArray[] = [];
  #waiting: (() => void) | undefined;
  #requests = 0;
  pings = 0;
  readonly closed: Promise<void>;

  static async join({ port, ca }: Target, origin = "https://example.com"): Promise<WebSocketClient> {
    const options = { ca, origin, headers: FORGED, localAddress: CLIENT, family: 4 };
    const socket = new WebSocket(`wss://localhost:${port}/ws`, ["wamp.2.json"], options);
    const client = new WebSocketClient(socket);
    await inTime("the WebSocket to open", opened(socket));
    client.#send(HELLO);
    return client;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => void socket.on("close", () => resolve()));
    socket.on("ping", () => this.pings++);
    socket.on("message", (data: Buffer) => {
      this.#received.push(JSON.parse(data.toString("utf8")) as WampArray);
      this.#waiting?.();
    });
  }

  /** The next message. */
  async next(): Promise<WampArray> {
    const arrived = new Promise<void>((resolve) => (this.#waiting = resolve));
    if (this.#received.length === 0) await inTime("a message", arrived);
    return this.#received.shift()!;
  }

  /** Calls a procedure. @returns the message that answers. */
  async call(procedure: string): Promise<WampArray> {
    this.#send([48, ++this.#requests, {}, procedure]);
    return this.next();
  }

  publish(topic: string, argument: string): void {
    this.#send([16, ++this.#requests, {}, topic, [argument]]);
  }

  close(): void {
    this.#socket.terminate();
  }

  #send(message: WampArray): void {
    this.#socket.send(JSON.stringify(message));
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve).once("error", reject);
  });
}

/** A WAMP session over long-poll, request by request. */
export class LongPollSession {
  readonly #target: Target;
  #path = "/longpoll";

  static async join(target: Target): Promise<LongPollSession> {
    const session = new LongPollSession(target);
    const { body } = await session.post("open", JSON.stringify({ protocols: ["wamp.2.json"] }));
    session.#path += `/${(JSON.parse(body) as { readonly transport: string }).transport}`;
    await session.send(HELLO);
    return session;
  }

  private constructor(target: Target) {
    this.#target = target;
  }

  async send(message: WampArray): Promise<number> {
    return (await this.post("send", JSON.stringify(message))).status;
  }

  /** The next message; `undefined` when none came in time. */
  async receive(): Promise<WampArray | undefined> {
    const { status, body } = await this.post("receive");
    return status === 200 ? (JSON.parse(body) as WampArray) : undefined;
  }

  post(action: string, body = ""): Promise<{ readonly status: number; readonly body: string }> {
    const { port, ca } = this.#target;
    const path = `${this.#path}/${action}`;
    const options = {
      host: "localhost",
      port,
      path,
      method: "POST",
      ca,
      localAddress: CLIENT,
      family: 4,
      headers: FORGED,
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.on("error", reject).end(body);
    });
  }
}

/** Joins over RawSocket with TLS. @returns WELCOME, and the socket. */
export async function joinRawSocket({
  port,
  ca,
}: Target): Promise<{ welcome: WampArray; socket: TLSSocket; localPort: number }> {
  const plain = connect({ host: "127.0.0.1", port, localAddress: CLIENT });
  const socket = connectTls({ socket: plain, ca, servername: "localhost" });
  let received = Buffer.alloc(0);
  let arrived = (): void => {};
  socket.on("data", (data: Buffer) => {
    received = Buffer.concat([received, data]);
    arrived();
  });
  const take = async (bytes: number): Promise<Buffer> => {
    while (received.length < bytes) await new Promise<void>((resolve) => (arrived = resolve));
    const taken = received.subarray(0, bytes);
    received = received.subarray(bytes);
    return taken;
  };
  const text = JSON.stringify(HELLO);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  socket.write(Buffer.of(0x7f, 0xf1, 0, 0));
  await inTime("the handshake of RawSocket", take(4));
  socket.write(Buffer.concat([length, Buffer.from(text)]));
  const size = (await inTime("a frame of RawSocket", take(4))).readUInt32BE();
  return { welcome: JSON.parse((await take(size)).toString("utf8")) as WampArray, socket, localPort: plain.localPort! };
}
