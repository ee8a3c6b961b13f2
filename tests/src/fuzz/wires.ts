// How a conversation's bytes reach a router: over every transport, in parts, and broken off at any byte.
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { Acceptor, Clock, Codec, Connection } from "@kreuz/codec";
import { connectMemory } from "@kreuz/transport-memory";
import { inTime } from "../support/wait.js";
import type { SeededRandom } from "./seeded-random.js";
import { BINARY, fragments, frame, handshake, TEXT } from "./websocket-bytes.js";

/** Where the router can be reached. */
export interface Places {
  /** The port of a listener for WebSocket, RawSocket and long-poll. */
  readonly port: number;
  readonly router: Acceptor;
  readonly clock: Clock;
}

/** What a wire is told to do. */
export interface WireSettings extends Places {
  readonly codec: Codec;
  readonly random: SeededRandom;
  /** The connection breaks after as many bytes: within a header, a frame, a message. */
  readonly breaksAfter: number;
  /** Called with every WAMP message that the router sends. */
  readonly onMessage: (bytes: Uint8Array) => void;
}

/** A connection to the router. */
export interface Wire {
  /** Sends one WAMP message. @returns false once the connection has ended. */
  send(message: Uint8Array): Promise<boolean>;
  /** Ends the connection, and waits until the router has done so, too. */
  end(): Promise<void>;
}

/** How the messages of a connection become bytes, and its bytes become messages. */
interface Framing {
  readonly opening: Uint8Array;
  encode(message: Uint8Array): Uint8Array;
  /** Takes what has arrived. @returns whole messages; what is left of the bytes stays for the next time. */
  decode(bytes: Buffer): { readonly messages: readonly Uint8Array[]; readonly rest: Buffer };
}

const PATIENCE_MS = 30_000;

/** A WebSocket or a RawSocket. */
class SocketWire implements Wire {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  readonly #framing: Framing;
  readonly #random: SeededRandom;
  #left: number;
  #opened = false;

  constructor({ port, random, breaksAfter, onMessage }: WireSettings, framing: Framing) {
    this.#framing = framing;
    this.#random = random;
    this.#left = breaksAfter;
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#socket.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      this.#socket.on("close", () => resolve());
    });
    this.#socket.on("end", () => this.#socket.end());
    let rest: Buffer = Buffer.alloc(0);
    this.#socket.on("data", (data) => {
      const { messages, rest: next } = framing.decode(Buffer.concat([rest, data]));
      rest = next;
      messages.forEach(onMessage);
    });
    // Some clients never read.
    if (random.chance(10)) this.#socket.pause();
  }

  async send(message: Uint8Array): Promise<boolean> {
    if (!this.#opened) await this.#write(this.#framing.opening);
    this.#opened = true;
    return this.#write(this.#framing.encode(message));
  }

  async end(): Promise<void> {
    if (this.#random.chance(30)) this.#socket.resetAndDestroy();
    else this.#socket.end();
    this.#socket.resume();
    await inTime("the router to end a connection", this.#closed, PATIENCE_MS);
  }

  /** Writes in one piece or in two, with a pause between them. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    const allowed = bytes.subarray(0, this.#left);
    this.#left -= allowed.length;
    if (this.#socket.destroyed) return false;
    const split = this.#random.chance(20) ? this.#random.below(allowed.length + 1) : allowed.length;
    this.#socket.write(allowed.subarray(0, split));
    if (split < allowed.length) {
      await setImmediate();
      this.#socket.write(allowed.subarray(split));
    }
    return allowed.length === bytes.length;
  }
}

function webSocket(settings: WireSettings, batched: boolean): Wire {
  const { codec, random } = settings;
  const opcode = codec.binary ? BINARY : TEXT;
  let upgraded = false;
  return new SocketWire(settings, {
    opening: handshake({ "Sec-WebSocket-Protocol": `${codec.subprotocol}${batched ? ".batched" : ""}` }),
    encode(message) {
      const content = batched ? batch(codec, message) : message;
      return random.chance(5) ? Buffer.concat(fragments(opcode, content, 3)) : frame(opcode, content);
    },
    decode(bytes) {
      const head = upgraded ? 0 : bytes.indexOf("\r\n\r\n") + 4;
      if (!upgraded && head < 4) return { messages: [], rest: bytes };
      upgraded = true;
      const { messages, rest } = webSocketFrames(bytes.subarray(head));
      return { messages: batched ? messages.flatMap((each) => unbatch(codec, each)) : messages, rest };
    },
  });
}

/** The payloads of a server's frames, which are neither masked nor, from this router, in fragments. */
function webSocketFrames(bytes: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = [];
  let rest = bytes;
  while (rest.length >= 2) {
    const short = rest[1]! & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < start) break;
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    if (rest.length < start + length) break;
    if ((rest[0]! & 15) <= BINARY) messages.push(rest.subarray(start, start + length));
    rest = rest.subarray(start + length);
  }
  return { messages, rest };
}

function batch(codec: Codec, message: Uint8Array): Uint8Array {
  return codec.binary ? lengthBefore(message) : Buffer.concat([message, Uint8Array.of(0x1e)]);
}

function unbatch(codec: Codec, bytes: Buffer): readonly Uint8Array[] {
  if (codec.binary) return lengthFramed(bytes).messages;
  return bytes
    .toString()
    .split("\x1e")
    .filter(Boolean)
    .map((text) => Buffer.from(text));
}

/** Of RawSocket: no message, but answered by a PONG. */
const PING = Buffer.of(1, 0, 0, 0);
const SERIALIZERS: Readonly<Record<string, number>> = { json: 1, msgpack: 2, cbor: 3 };

function rawSocket(settings: WireSettings): Wire {
  const { codec, random } = settings;
  let opened = false;
  return new SocketWire(settings, {
    opening: Uint8Array.of(0x7f, 0xf0 | SERIALIZERS[codec.id]!, 0, 0),
    // Some messages after a PING.
    encode: (message) => Buffer.concat([random.chance(5) ? PING : Buffer.alloc(0), lengthBefore(message)]),
    decode(bytes) {
      if (!opened && bytes.length < 4) return { messages: [], rest: bytes };
      const { messages, rest } = lengthFramed(opened ? bytes : bytes.subarray(4));
      opened = true;
      return { messages, rest };
    },
  });
}

function lengthBefore(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** The frames of RawSocket, and of binary batches: those with a type of their own, such as PONG, are left out. */
function lengthFramed(bytes: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = [];
  let rest = bytes;
  while (rest.length >= 4 && rest.length >= 4 + rest.readUIntBE(1, 3)) {
    const end = 4 + rest.readUIntBE(1, 3);
    if (rest[0] === 0) messages.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return { messages, rest };
}

/** HTTP long-poll, with a socket for each request. */
class LongPollWire implements Wire {
  readonly #settings: WireSettings;
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Set<Promise<unknown>>();
  #left: number;
  #transport: string | undefined;
  #ended = false;

  constructor(settings: WireSettings) {
    this.#settings = settings;
    this.#left = settings.breaksAfter;
  }

  async send(message: Uint8Array): Promise<boolean> {
    if (this.#left > 0) this.#transport ??= await this.#open();
    if (this.#left <= 0 || this.#transport === undefined) return false;
    const answer = this.#post(`${this.#transport}/send`, message);
    // Some clients send the next message before the one before is answered.
    if (this.#settings.random.chance(80)) return (await answer) !== undefined;
    return true;
  }

  async end(): Promise<void> {
    if (this.#left > 0 && this.#transport !== undefined && this.#settings.random.chance(50))
      await this.#post(`${this.#transport}/close`, Buffer.alloc(0));
    this.#ended = true;
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#answers);
  }

  async #open(): Promise<string | undefined> {
    const body = await this.#post(
      "open",
      Buffer.from(JSON.stringify({ protocols: [this.#settings.codec.subprotocol] })),
    );
    if (body === undefined) return undefined;
    const { transport } = JSON.parse(body.toString()) as { readonly transport: string };
    if (this.#settings.random.chance(90)) this.#answers.add(this.#receive(transport));
    return transport;
  }

  async #receive(transport: string): Promise<void> {
    while (!this.#ended) {
      const body = await this.#post(`${transport}/receive`, Buffer.alloc(0), Infinity);
      if (body === undefined) return;
      if (body.length > 0) this.#settings.onMessage(body);
    }
  }

  /** @returns the body of the answer; `undefined` when there was none, or an error. */
  #post(path: string, body: Uint8Array, left = this.#left): Promise<Buffer | undefined> {
    const head = `POST /longpoll/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const request = Buffer.concat([Buffer.from(head), body]);
    const allowed = request.subarray(0, left);
    if (left !== Infinity) this.#left -= allowed.length;
    const socket = connect({ port: this.#settings.port, host: "127.0.0.1" });
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.write(allowed, () => {
      if (allowed.length < request.length) socket.destroy();
    });
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    const answer = new Promise<Buffer | undefined>((resolve) => {
      socket.on("close", () => {
        this.#sockets.delete(socket);
        resolve(bodyOf(Buffer.concat(parts)));
      });
    });
    this.#answers.add(answer);
    return answer.finally(() => this.#answers.delete(answer));
  }
}

/** The body of a whole answer; `undefined` for an error. */
function bodyOf(answer: Buffer): Buffer | undefined {
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.subarray(0, end).toString("latin1");
  const body = answer.subarray(end + 4);
  if (end < 0 || !/^HTTP\/1.1 20\d/.test(head)) return undefined;
  return /transfer-encoding: chunked/i.test(head) ? unchunk(body) : body;
}

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  let rest = body;
  for (;;) {
    const start = rest.indexOf("\r\n") + 2;
    const length = Number.parseInt(rest.subarray(0, start).toString("latin1"), 16);
    if (start < 2 || !(length > 0)) return Buffer.concat(parts);
    parts.push(rest.subarray(start, start + length));
    rest = rest.subarray(start + length + 2);
  }
}

/** Within the process: no bytes but whole frames, so the last one is cut. */
class MemoryWire implements Wire {
  readonly #connection: Connection;
  #left: number;

  constructor({ router, codec, clock, breaksAfter, onMessage }: WireSettings) {
    this.#left = breaksAfter;
    const client: Acceptor = { accept: () => ({ onFrame: onMessage, onDrain: () => {}, onClose: () => {} }) };
    this.#connection = connectMemory(router, client, { codec, clock, closeTimeout: 500 });
  }

  async send(message: Uint8Array): Promise<boolean> {
    const allowed = message.slice(0, this.#left);
    this.#left -= allowed.length;
    this.#connection.send(allowed);
    return allowed.length === message.length;
  }

  async end(): Promise<void> {
    this.#connection.close();
  }
}

/** Each kind of connection by name. */
export const WIRES: Readonly<Record<string, (settings: WireSettings) => Wire>> = {
  websocket: (settings) => webSocket(settings, false),
  batched: (settings) => webSocket(settings, true),
  rawsocket: rawSocket,
  longpoll: (settings) => new LongPollWire(settings),
  memory: (settings) => new MemoryWire(settings),
};
