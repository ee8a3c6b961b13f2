import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { Flushable, Flusher } from "./flusher.js";

/** Told when a frame has left this process, or with an error when it never will. */
export type Written = (error?: Error | null) => void;

/** Puts whole messages on a socket. */
export interface FrameWriter {
  /** Bytes that were written here and have not left this process yet. */
  readonly bufferedBytes: number;
  write(message: Uint8Array, written?: Written): void;
}

/**
 * Frames messages by the `ws` library, which masks and compresses: for clients, and for servers with
 * permessage-deflate.
 */
export class LibraryWriter implements FrameWriter {
  readonly #webSocket: WebSocket;
  readonly #options: { readonly binary: boolean };

  constructor(webSocket: WebSocket, binary: boolean) {
    this.#webSocket = webSocket;
    this.#options = { binary };
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  write(message: Uint8Array, written?: Written): void {
    this.#webSocket.send(message, this.#options, written);
  }
}

/** Writes messages framed by a {@link PlainFramer} straight to the socket, between the library's control frames. */
export class PlainWriter implements FrameWriter {
  readonly #socket: Writable;
  readonly #framer: PlainFramer;

  constructor(socket: Writable, framer: PlainFramer) {
    this.#socket = socket;
    this.#framer = framer;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(message: Uint8Array, written?: Written): void {
    if (message.length > LARGEST_COPY) {
      this.#socket.write(this.#framer.header(message));
      this.#socket.write(message, written);
    } else {
      this.#socket.write(this.#framer.whole(message), written);
    }
  }
}

/** Below this many bytes, copying a message behind its header is cheaper than a second write. */
const LARGEST_COPY = 4096;
const TEXT = 0x81;
const BINARY = 0x82;

/**
 * Frames messages for the side that does not mask and does not compress: a server without permessage-deflate
 * (RFC 6455, section 5.2). It serves many sockets, and frames a message that goes to many of them once.
 */
export class PlainFramer implements Flushable {
  readonly #opcode: number;
  readonly #flusher: Flusher;
  #message: Uint8Array | undefined;
  #framed: Uint8Array | undefined;

  constructor(binary: boolean, flusher: Flusher) {
    this.#opcode = binary ? BINARY : TEXT;
    this.#flusher = flusher;
  }

  /** The header alone. */
  header(message: Uint8Array): Uint8Array {
    return this.#begin(message.length, 0);
  }

  /** Header and message. */
  whole(message: Uint8Array): Uint8Array {
    if (message === this.#message && this.#framed !== undefined) return this.#framed;
    const framed = this.#begin(message.length, message.length);
    framed.set(message, framed.length - message.length);
    if (this.#message === undefined) this.#flusher.add(this);
    this.#message = message;
    this.#framed = framed;
    return framed;
  }

  /** Lets go of the last message: it is only remembered for one turn. */
  flush(): void {
    this.#message = undefined;
    this.#framed = undefined;
  }

  /** A header for `length` bytes with room for `extra` bytes behind it. */
  #begin(length: number, extra: number): Buffer {
    if (length < 126) {
      const header = Buffer.allocUnsafe(2 + extra);
      header[0] = this.#opcode;
      header[1] = length;
      return header;
    }
    if (length < 65_536) {
      const header = Buffer.allocUnsafe(4 + extra);
      header[0] = this.#opcode;
      header[1] = 126;
      header.writeUInt16BE(length, 2);
      return header;
    }
    const header = Buffer.allocUnsafe(10 + extra);
    header[0] = this.#opcode;
    header[1] = 127;
    header.writeUInt16BE(0, 2);
    header.writeUIntBE(length, 4, 6);
    return header;
  }
}
