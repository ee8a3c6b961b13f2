import { connect, type Socket } from "node:net";
import { waitUntil } from "@kreuz/testkit";

/** One frame as a server sends it: not masked (RFC 6455, section 5.2). */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly rsv1: boolean;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** How a frame of {@link RawPeer.sendFrame} differs from a proper one. */
export interface FrameFlaws {
  readonly fin?: boolean;
  readonly masked?: boolean;
  readonly rsv1?: boolean;
}

/** A TCP client that speaks WebSocket by hand, so that it can do what a library does not allow. */
export class RawPeer {
  readonly socket: Socket;
  readonly frames: RawFrame[] = [];
  /** Everything before the first frame. */
  head = "";
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
    this.socket.on("data", (data) => this.#read(data));
  }

  /** Sends an upgrade request; `headers` replace the usual ones, `undefined` leaves one out. */
  request(headers: Readonly<Record<string, string | undefined>> = {}, path = "/ws"): void {
    const all = {
      Host: `127.0.0.1:${this.socket.remotePort ?? 80}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
      "Sec-WebSocket-Protocol": "wamp.2.json",
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Connects and finishes the opening handshake. */
  static async open(port: number, headers?: Readonly<Record<string, string | undefined>>): Promise<RawPeer> {
    const peer = new RawPeer(port);
    peer.request(headers);
    await peer.until("the handshake", () => peer.head !== "");
    if (!peer.head.startsWith("HTTP/1.1 101")) throw new Error(`expected 101, got ${peer.head}`);
    return peer;
  }

  sendFrame(opcode: number, payload: Uint8Array | string = "", flaws: FrameFlaws = {}): void {
    this.socket.write(rawFrame(opcode, Buffer.from(payload), flaws));
  }

  sendClose(code: number, reason = ""): void {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.sendFrame(OPCODE.close, payload);
  }

  async until(wanted: string, ready: () => boolean): Promise<void> {
    if (!(await waitUntil(ready, { turns: 10_000 }))) throw new Error(`waited in vain for ${wanted}`);
  }

  async frame(opcode: number): Promise<RawFrame> {
    const find = (): RawFrame | undefined => this.frames.find((frame) => frame.opcode === opcode);
    await this.until(`a frame with opcode ${opcode}`, () => find() !== undefined || this.closed);
    const found = find();
    if (found === undefined) throw new Error(`the connection closed before a frame with opcode ${opcode}`);
    return found;
  }

  /** The code of the server's close frame. */
  async closeCode(): Promise<number> {
    return (await this.frame(OPCODE.close)).payload.readUInt16BE();
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    if (this.head === "") {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.head = this.#rest.toString("latin1", 0, end);
      this.#rest = this.#rest.subarray(end + 4);
    }
    if (!this.head.startsWith("HTTP/1.1 101")) return;
    for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) this.frames.push(frame);
  }

  /** The body of a response that refuses the handshake. */
  get body(): string {
    return this.#rest.toString();
  }

  #nextFrame(): RawFrame | undefined {
    const rest = this.#rest;
    const [first = 0, second = 0] = rest;
    const short = second & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (rest.length < header) return undefined;
    const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < header + length) return undefined;
    this.#rest = rest.subarray(header + length);
    const payload = rest.subarray(header, header + length);
    return { opcode: first & 0x0f, payload, rsv1: (first & 0x40) !== 0 };
  }
}

function rawFrame(opcode: number, payload: Buffer, { fin = true, masked = true, rsv1 = false }: FrameFlaws): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = opcode | (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0);
  header[1] = (masked ? 0x80 : 0) | (header.length === 2 ? length : header.length === 4 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  // A mask of zeros leaves the payload unchanged.
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), payload]);
}
