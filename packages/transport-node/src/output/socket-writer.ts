import type { Writable } from "node:stream";
import type { BatchFormat } from "./batch-format.js";
import type { FrameBuffer, FrameBuffers } from "./frame-buffer.js";
import type { Framer } from "./framer.js";

/** Called when a message has left this process, or with an error when it never will. */
export type Written = (error?: Error | null) => void;

/** Writes whole messages to a socket. */
export interface SocketWriter {
  /** Bytes that were written here and have not left this process yet. */
  readonly bufferedBytes: number;
  write(message: Uint8Array, written?: Written): void;
  /** Writes several messages in order, in one system call if possible. Does not keep the list. */
  writeAll(messages: readonly Uint8Array[]): void;
  /** Where messages can be encoded, each behind its header, for {@link writeBuffer}. Absent where somebody else frames. */
  readonly buffers?: FrameBuffers;
  /** Writes what is in a buffer of {@link buffers}, and closes it. */
  writeBuffer?(buffer: FrameBuffer): void;
}

/** Up to this many bytes, copying a message behind its header is cheaper than a buffer of its own in a system call. */
const MAX_COPY_BYTES = 8192;

/** Frames messages itself and writes them straight to the socket. */
export class DirectWriter implements SocketWriter {
  readonly buffers: FrameBuffers;
  readonly #socket: Writable;
  readonly #framer: Framer;
  readonly #keepsMemory: boolean;

  /** @param keepsMemory - whether the socket keeps what it writes for a while, as one with TLS does. */
  constructor(socket: Writable, framer: Framer, keepsMemory = false) {
    this.buffers = framer.buffers;
    this.#socket = socket;
    this.#framer = framer;
    this.#keepsMemory = keepsMemory;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(message: Uint8Array, written?: Written): void {
    if (isSmall(message)) {
      this.#socket.write(this.#framer.frame(message), written);
      return;
    }
    this.#socket.cork();
    this.#socket.write(this.#framer.header(message));
    this.#socket.write(message, written);
    this.#socket.uncork();
  }

  writeBuffer(buffer: FrameBuffer): void {
    const { bytes } = buffer;
    const copied = this.#waits;
    if (bytes.length > 0) this.#socket.write(copied ? Buffer.from(bytes) : bytes);
    // As with the scratch.
    this.buffers.close(buffer, !copied && this.#socket.writableLength > 0);
  }

  /** Whether what is written next will be kept for a while: it waits for the peer, or for TLS. */
  get #waits(): boolean {
    return this.#keepsMemory || this.#socket.writableLength > 0;
  }

  writeAll(messages: readonly Uint8Array[]): void {
    if (messages.every(isSmall)) {
      // The memory of the scratch would be kept for as long as a few bytes in it wait.
      if (this.#waits) {
        this.#socket.write(this.#framer.frameMany(messages, 0, messages.length));
        return;
      }
      this.#socket.write(this.#framer.frameInScratch(messages));
      // The system has nearly always taken all of it by now. What it has not taken still belongs to the socket.
      if (this.#socket.writableLength > 0) this.#framer.releaseScratch();
      return;
    }
    this.#socket.cork();
    for (let index = 0; index < messages.length;) {
      const end = endOfSmallRun(messages, index);
      if (end > index) this.#socket.write(this.#framer.frameMany(messages, index, end));
      else this.write(messages[index]!);
      index = Math.max(end, index + 1);
    }
    this.#socket.uncork();
  }
}

/** Joins the messages of one turn to one message of the transport. */
export class BatchWriter implements SocketWriter {
  readonly #writer: SocketWriter;
  readonly #format: BatchFormat;

  constructor(writer: SocketWriter, format: BatchFormat) {
    this.#writer = writer;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  write(message: Uint8Array, written?: Written): void {
    this.#writer.write(this.#format.join([message]), written);
  }

  writeAll(messages: readonly Uint8Array[]): void {
    this.#writer.write(this.#format.join(messages));
  }
}

export function isSmall(message: Uint8Array): boolean {
  return message.length <= MAX_COPY_BYTES;
}

/** The end of the run of small messages that begins at `start`; `start` itself if the first message is not small. */
function endOfSmallRun(messages: readonly Uint8Array[], start: number): number {
  let end = start;
  while (end < messages.length && isSmall(messages[end]!)) end++;
  return end;
}
