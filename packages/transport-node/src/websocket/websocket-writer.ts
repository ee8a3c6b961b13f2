import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Subprotocol } from "../connection/subprotocol.js";
import type { Flusher } from "../output/flusher.js";
import { Framer } from "../output/framer.js";
import type { Framing } from "../output/framing.js";
import { BatchWriter, DirectWriter, type SocketWriter, type Written } from "../output/socket-writer.js";

/** Frames for an end that neither masks nor compresses: a server without permessage-deflate (RFC 6455, section 5.2). */
export function webSocketFraming(binary: boolean): Framing {
  return binary ? BINARY : TEXT;
}

const TEXT: Framing = framing(0x81);
const BINARY: Framing = framing(0x82);

function framing(opcode: number): Framing {
  return {
    headerLength: (length) => (length < 126 ? 2 : length < 65_536 ? 4 : 10),
    writeHeader(target, offset, length) {
      target[offset] = opcode;
      if (length < 126) {
        target[offset + 1] = length;
      } else if (length < 65_536) {
        target[offset + 1] = 126;
        target[offset + 2] = length >>> 8;
        target[offset + 3] = length & 0xff;
      } else {
        target[offset + 1] = 127;
        target.writeUInt16BE(0, offset + 2);
        target.writeUIntBE(length, offset + 4, 6);
      }
    },
  };
}

/** The framers that all WebSockets of a listener share. */
export interface WebSocketFramers {
  readonly text: Framer;
  readonly binary: Framer;
}

export function webSocketFramers(flusher: Flusher): WebSocketFramers {
  return {
    text: new Framer(webSocketFraming(false), flusher),
    binary: new Framer(webSocketFraming(true), flusher),
  };
}

/** @param framers - of the server. Without them, or with an extension, `ws` frames: it can mask and compress. */
export function webSocketWriter(
  webSocket: WebSocket,
  socket: Socket,
  { codec, batch }: Subprotocol,
  tls: boolean,
  framers: WebSocketFramers | undefined,
): SocketWriter {
  const writer =
    framers === undefined || webSocket.extensions !== ""
      ? new WsWriter(webSocket, socket, codec.binary)
      : new DirectWriter(socket, codec.binary ? framers.binary : framers.text, tls);
  return batch === undefined ? writer : new BatchWriter(writer, batch);
}

/** Lets `ws` frame messages. */
class WsWriter implements SocketWriter {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #options: { readonly binary: boolean };

  constructor(webSocket: WebSocket, socket: Socket, binary: boolean) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = { binary };
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  write(message: Uint8Array, written?: Written): void {
    this.#webSocket.send(message, this.#options, written);
  }

  writeAll(messages: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const message of messages) this.#webSocket.send(message, this.#options);
    this.#socket.uncork();
  }
}
