import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Codec, Message } from "@kreuz/codec";

/**
 * A WebSocket client that costs as little as possible: it counts the frames that arrive by their headers and looks at
 * none of them, so that the generator is never what is measured.
 */
export class LoadSocket {
  /** Called for each batch of whole frames that arrived. */
  onFrames: (count: number) => void = () => {};
  readonly #socket: Socket;
  readonly #codec: Codec;
  /** Bytes of the current frame that have not arrived yet. */
  #missing = 0;
  #header: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, codec: Codec) {
    this.#socket = socket;
    this.#codec = codec;
    socket.on("data", (chunk: Buffer) => this.#count(chunk));
  }

  static open(port: number, path: string, codec: Codec): Promise<LoadSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      const key = randomBytes(16).toString("base64");
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${codec.subprotocol}\r\n\r\n`,
      );
      socket.once("error", reject);
      socket.once("data", (answer: Buffer) => {
        if (!answer.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(answer.toString("latin1")));
        resolve(new LoadSocket(socket, codec));
      });
    });
  }

  /** Sends each message as a frame of its own, all of them in one write. */
  send(messages: readonly Message[]): void {
    const opcode = this.#codec.binary ? 0x82 : 0x81;
    this.#socket.write(Buffer.concat(messages.flatMap((message) => frame(opcode, this.#codec.encode(message)))));
  }

  /** Sends one message and waits for one frame. */
  request(message: Message): Promise<void> {
    return new Promise((resolve) => {
      this.onFrames = () => resolve();
      this.send([message]);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #count(chunk: Buffer): void {
    let frames = 0;
    let rest: Buffer = chunk;
    while (rest.length > 0) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, rest.length);
        this.#missing -= taken;
        rest = rest.subarray(taken);
        if (this.#missing === 0) frames++;
        continue;
      }
      const data = this.#header.length === 0 ? rest : Buffer.concat([this.#header, rest]);
      const begun = payloadOf(data);
      this.#header = begun === undefined ? data : Buffer.alloc(0);
      if (begun === undefined) break;
      this.#missing = begun.length;
      rest = data.subarray(begun.offset);
    }
    if (frames > 0) this.onFrames(frames);
  }
}

/** Where the payload of an unmasked frame begins and how long it is, or nothing when the header is not whole yet. */
function payloadOf(data: Buffer): { readonly offset: number; readonly length: number } | undefined {
  const short = data.length < 2 ? undefined : data[1]! & 0x7f;
  if (short === undefined) return undefined;
  if (short < 126) return { offset: 2, length: short };
  if (short === 126) return data.length < 4 ? undefined : { offset: 4, length: data.readUInt16BE(2) };
  return data.length < 10 ? undefined : { offset: 10, length: Number(data.readBigUInt64BE(2)) };
}

/** A client's frame. The mask is zero: the server has the same work with it, and this side has none. */
function frame(opcode: number, payload: Uint8Array): Uint8Array[] {
  const header = payload.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
  header[0] = opcode;
  header[1] = 0x80 | Math.min(payload.length, 126);
  if (payload.length >= 126) header.writeUInt16BE(payload.length, 2);
  return [header, payload];
}
