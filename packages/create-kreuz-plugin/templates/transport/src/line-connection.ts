import type { Socket } from "node:net";
import {
  type Acceptor,
  type Account,
  type Budget,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  type LifecycleHooks,
  type LifecycleSettings,
  type Message,
  type OutboxLimits,
  OutboxOverflowError,
  type TransportInfo,
} from "@kreuz/codec";
import { LineReader } from "./line-reader.js";

const NEWLINE = 10;
const SPACE = 32;
/** As long as the client has not logged in, it may send only short lines. */
const MAX_HANDSHAKE_BYTES = 16 * 1024;
/** Messages of one client that are handled before others get their turn. */
const LINES_PER_TURN = 64;

/** Settings of a {@link LineConnection}. */
export interface LineSettings extends LifecycleSettings {
  readonly maxMessageBytes: number;
  readonly outbox: Required<OutboxLimits>;
  /** Absent: what the peer makes this end hold is not charged. */
  readonly budget?: Budget;
}

/**
 * A socket that carries one message a line. What all transports have in common is left to `ConnectionLifecycle`, which calls
 * `stop`, `end`, `destroy` and `release`.
 */
export class LineConnection implements Connection, LifecycleHooks {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly account?: Account;
  readonly #socket: Socket;
  readonly #settings: LineSettings;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #reader: LineReader;
  #paused = false;
  #scheduled = false;
  #peerEnded = false;
  #heldBack = false;

  /** @param socket - opened with `allowHalfOpen`, so that what was queued can be sent when the peer has ended. */
  constructor(socket: Socket, codec: Codec, settings: LineSettings) {
    this.codec = codec;
    this.transport = { type: "lines", protocol: codec.subprotocol, serializer: codec.id };
    this.#socket = socket;
    this.#settings = settings;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    if (settings.budget !== undefined)
      this.account = settings.budget.open({ cut: (cut) => this.#lifecycle.onCut(cut) });
    this.#reader = new LineReader(this.account);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("end", () => this.#onPeerEnd());
    socket.on("close", () => (this.#peerEnded ? this.#lifecycle.onEnd() : this.#lifecycle.onLost()));
    // An error is followed by `close`.
    socket.on("error", () => {});
  }

  admit(acceptor: Acceptor): void {
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  send(frame: Uint8Array): boolean {
    if (!this.#lifecycle.isOpen) return false;
    const { highWater, limit } = this.#settings.outbox;
    const after = this.bufferedBytes + frame.length + 1;
    if (after > limit && this.bufferedBytes > 0) {
      this.#lifecycle.onOverflow(new OutboxOverflowError(after, limit));
      return false;
    }
    // One write for all that is sent within a turn.
    this.#socket.cork();
    this.#socket.write(onOneLine(frame));
    this.#socket.write("\n", () => this.#onFlushed());
    process.nextTick(() => this.#socket.uncork());
    this.account?.setUnsent(after);
    if (after > highWater) this.#heldBack = true;
    return !this.#heldBack;
  }

  sendMessage(message: Message): boolean {
    return this.send(this.codec.encode(message));
  }

  close(status?: CloseStatus, message?: string): void {
    this.#lifecycle.close(status, message);
  }

  pause(): void {
    if (!this.#lifecycle.isOpen) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#deliverLater();
  }

  /** From here on nothing is delivered, and reading goes on until the peer ends. */
  stop(): void {
    this.#reader.clear();
    this.#paused = false;
    this.#socket.resume();
  }

  /** A line cannot carry a status: the peer sees the end, and nothing more. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  release(): void {
    this.#reader.clear();
    this.account?.close();
  }

  #onData(chunk: Buffer): void {
    if (!this.#lifecycle.isOpen) return;
    this.#reader.push(chunk);
    this.#deliver();
  }

  #onPeerEnd(): void {
    this.#peerEnded = true;
    this.#deliver();
  }

  #deliverLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Delivers the lines that have arrived. Reads on when it has delivered all. */
  #deliver(): void {
    for (let count = 0; this.#lifecycle.isOpen && !this.#paused; count++) {
      if (count === LINES_PER_TURN) {
        this.#socket.pause();
        return this.#deliverLater();
      }
      const line = this.#reader.next();
      if (!this.#fits(line?.length ?? this.#reader.restBytes)) return;
      if (line === undefined) return this.#readOn();
      this.#lifecycle.deliver(line);
    }
  }

  #readOn(): void {
    if (this.#peerEnded) this.#lifecycle.close();
    else this.#socket.resume();
  }

  #fits(bytes: number): boolean {
    const { maxMessageBytes } = this.#settings;
    const max = this.account?.authenticated === false ? MAX_HANDSHAKE_BYTES : maxMessageBytes;
    if (bytes <= max) return true;
    const reason = `message of ${bytes} bytes exceeds the maximum of ${max}`;
    this.#lifecycle.close("message-too-big", reason, new Error(reason));
    return false;
  }

  #onFlushed(): void {
    this.account?.setUnsent(this.bufferedBytes);
    if (!this.#heldBack || this.bufferedBytes > this.#settings.outbox.lowWater) return;
    this.#heldBack = false;
    this.#lifecycle.onDrain();
  }
}

/** JSON may have newlines between values, and nowhere else. The frame may be shared, so it is never written into. */
function onOneLine(frame: Uint8Array): Uint8Array {
  return frame.includes(NEWLINE) ? frame.map((byte) => (byte === NEWLINE ? SPACE : byte)) : frame;
}
