import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { Framer } from "./framer.js";

/** Told when a frame has left this process, or with an error when it never will. */
export type Written = (error?: Error | null) => void;

/** Puts whole messages on a socket. */
export interface FrameWriter {
  /** Bytes that were written here and have not left this process yet. */
  readonly bufferedBytes: number;
  write(message: Uint8Array, written?: Written): void;
  /** Writes several messages in order, in one system call where it can. The list is not kept. */
  writeAll(messages: readonly Uint8Array[]): void;
}

/**
 * Frames messages by the `ws` library, which masks and compresses: for clients, and for servers with
 * permessage-deflate.
 */
export class LibraryWriter implements FrameWriter {
  readonly #webSocket: WebSocket;
  readonly #socket: Writable;
  readonly #options: { readonly binary: boolean };

  constructor(webSocket: WebSocket, socket: Writable, binary: boolean) {
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

/** Writes framed messages straight to the socket, between control frames. */
export class PlainWriter implements FrameWriter {
  readonly #socket: Writable;
  readonly #framer: Framer;

  constructor(socket: Writable, framer: Framer) {
    this.#socket = socket;
    this.#framer = framer;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(message: Uint8Array, written?: Written): void {
    if (message.length <= LARGEST_COPY) {
      this.#socket.write(this.#framer.whole(message), written);
      return;
    }
    this.#socket.cork();
    this.#socket.write(this.#framer.header(message));
    this.#socket.write(message, written);
    this.#socket.uncork();
  }

  writeAll(messages: readonly Uint8Array[]): void {
    const small = messages.every(isSmall);
    if (small) {
      this.#socket.write(this.#framer.scratched(messages));
      // Nearly always the system has taken it all by now; what it has not is the socket's.
      if (this.#socket.writableLength > 0) this.#framer.giveAway();
      return;
    }
    this.#socket.cork();
    for (let index = 0; index < messages.length;) {
      const end = endOfRun(messages, index);
      if (end > index) this.#socket.write(this.#framer.several(messages, index, end));
      else this.write(messages[index]!);
      index = Math.max(end, index + 1);
    }
    this.#socket.uncork();
  }
}

/** Up to this many bytes, copying a message behind its header is cheaper than a buffer of its own in a system call. */
const LARGEST_COPY = 8192;

function isSmall(message: Uint8Array): boolean {
  return message.length <= LARGEST_COPY;
}

/** The end of the run of small messages that begins at `start`; `start` itself when the first one is not small. */
function endOfRun(messages: readonly Uint8Array[], start: number): number {
  let end = start;
  while (end < messages.length && isSmall(messages[end]!)) end++;
  return end;
}
