import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { transportSettings } from "../connection/transport-settings.js";
import { takeListener, WebSocketFrameReader } from "../websocket/frame-reader.js";
import { WebSocketReceiver } from "../websocket/receiver.js";
import { wsOptions } from "../websocket/websocket-protocol.js";

/** How a frame of {@link clientFrame} is made. By default it is a whole message with a mask. */
export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly mask?: Uint8Array | undefined;
  /** Bits of the length: 7, 16 or 64. Default the fewest. */
  readonly lengthBits?: number;
  /** Announces another length than that of the payload. */
  readonly length?: number;
}

const NO_PAYLOAD = new Uint8Array(0);
export const MASK: Uint8Array = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A frame as a client sends it (RFC 6455, section 5.2), or nearly. */
export function clientFrame(parts: FrameParts): Buffer {
  const { opcode, payload = NO_PAYLOAD, fin = true, rsv = 0, length = payload.length } = parts;
  const mask = "mask" in parts ? parts.mask : MASK;
  const bits = parts.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const second = (mask === undefined ? 0 : 0x80) | (bits === 7 ? length & 0x7f : bits === 16 ? 126 : 127);
  const extended = Buffer.alloc(bits === 7 ? 0 : bits / 8);
  if (bits === 16) extended.writeUInt16BE(length & 0xffff);
  if (bits === 64) extended.writeBigUInt64BE(BigInt(length));
  const masked = mask === undefined ? payload : payload.map((byte, at) => byte ^ mask[at & 3]!);
  return Buffer.concat([Buffer.of(first, second), extended, mask ?? NO_PAYLOAD, masked]);
}

/** What a peer, and our side, saw of a connection. */
export interface Recording {
  readonly seen: readonly string[];
  /** Messages that `ws` read. */
  readonly readByWs: number;
}

/** What a server does when it gets a message. */
export type Reaction = (webSocket: WebSocket, messages: number) => void;

/**
 * Hands chunks of data to a WebSocket of a server, and writes down everything that can be seen from outside.
 *
 * @param ownReader - whether a {@link WebSocketFrameReader} stands before `ws`.
 */
export async function record(
  chunks: readonly Uint8Array[],
  ownReader: boolean,
  maxMessageBytes: number,
  react: Reaction = () => {},
): Promise<Recording> {
  const log: string[] = [];
  const silent = new SilentSocket((data) => log.push(`wrote ${data.toString("hex")}`));
  // `ws` needs no more of it than a stream has.
  const socket = silent as unknown as Socket;
  const webSocket = upgrade(socket, maxMessageBytes);
  log.length = 0;
  const receiver = new WebSocketReceiver(webSocket);
  let messages = 0;
  const onMessage = (data: Buffer, isBinary: boolean): void => {
    log.push(`${isBinary ? "binary" : "text"} ${data.toString("hex")}`);
    react(webSocket, ++messages);
  };
  // Once the peer has closed or broken the protocol, it does not matter what is held.
  const onRead = (): void => void (receiver.writable && log.push(`holds ${receiver.heldBytes} bytes`));
  let readByWs = 0;
  webSocket.on("message", (data: Buffer, isBinary) => {
    readByWs++;
    onMessage(data, isBinary);
  });
  webSocket.on("ping", (data: Buffer) => log.push(`ping ${data.toString("hex")}`));
  webSocket.on("pong", (data: Buffer) => log.push(`pong ${data.toString("hex")}`));
  webSocket.on("error", (error: Error & { code?: string }) => log.push(`error ${error.code} ${error.message}`));
  webSocket.on("close", (code, reason) => log.push(`close ${code} ${reason.toString("hex")}`));
  if (ownReader) {
    const owner = { maxMessageBytes: () => maxMessageBytes, onMessage, onRead, timeIsOver: false };
    socket.on("data", new WebSocketFrameReader(socket, receiver, owner, takeListener(socket)).read);
  } else {
    socket.on("data", onRead);
  }
  for (const chunk of chunks) {
    // A copy: the payload is unmasked in place.
    socket.emit("data", Buffer.from(chunk));
    log.push(`state ${webSocket.readyState}`);
  }
  socket.destroy();
  await new Promise((resolve) => webSocket.once("close", resolve));
  return { seen: log, readByWs };
}

function upgrade(socket: Socket, maxMessageBytes: number): WebSocket {
  const server = new WebSocketServer({
    ...wsOptions(transportSettings({ maxMessageBytes })),
    noServer: true,
    clientTracking: false,
  });
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.headers = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  let webSocket: WebSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (upgraded) => (webSocket = upgraded));
  if (webSocket === undefined) throw new Error("expected a WebSocket at once");
  return webSocket;
}

/** A socket without a network: data are emitted by the test, and what is written is only noted. */
class SilentSocket extends Duplex {
  readonly #onWrite: (data: Buffer) => void;

  constructor(onWrite: (data: Buffer) => void) {
    super();
    this.#onWrite = onWrite;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#onWrite(chunk);
    done();
  }
}
