import { ConnectionLifecycle, OutboxOverflowError } from "@kreuz/codec";
import { LineReader } from "./line-reader.js";

const NEWLINE = 10;
const SPACE = 32;
/** As long as the client has not logged in, it may send only short lines. */
const MAX_HANDSHAKE_BYTES = 16 * 1024;
/** Messages of one client that are handled before others get their turn. */
const LINES_PER_TURN = 64;

/**
 * A socket that carries one message a line. What all transports have in common is left to `ConnectionLifecycle`, which calls
 * `stop`, `end`, `destroy` and `release`.
 *
 * @implements {import("@kreuz/codec").Connection}
 */
export class LineConnection {
  #socket;
  #settings;
  #lifecycle;
  #reader;
  #paused = false;
  #scheduled = false;
  #peerEnded = false;
  #heldBack = false;

  /** @param socket - opened with `allowHalfOpen`, so that what was queued can be sent when the peer has ended. */
  constructor(socket, codec, settings) {
    this.codec = codec;
    this.transport = { type: "lines", protocol: codec.subprotocol, serializer: codec.id };
    this.#socket = socket;
    this.#settings = settings;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    this.account = settings.budget?.open({ cut: (cut) => this.#lifecycle.onCut(cut) });
    this.#reader = new LineReader(this.account);
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("end", () => this.#onPeerEnd());
    socket.on("close", () => (this.#peerEnded ? this.#lifecycle.onEnd() : this.#lifecycle.onLost()));
    // An error is followed by `close`.
    socket.on("error", () => {});
  }

  admit(acceptor) {
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes() {
    return this.#socket.writableLength;
  }

  send(frame) {
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

  sendMessage(message) {
    return this.send(this.codec.encode(message));
  }

  close(status, message) {
    this.#lifecycle.close(status, message);
  }

  pause() {
    if (!this.#lifecycle.isOpen) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume() {
    this.#paused = false;
    this.#deliverLater();
  }

  /** From here on nothing is delivered, and reading goes on until the peer ends. */
  stop() {
    this.#reader.clear();
    this.#paused = false;
    this.#socket.resume();
  }

  /** A line cannot carry a status: the peer sees the end, and nothing more. */
  end() {
    this.#socket.end();
  }

  destroy() {
    this.#socket.destroy();
  }

  release() {
    this.#reader.clear();
    this.account?.close();
  }

  #onData(chunk) {
    if (!this.#lifecycle.isOpen) return;
    this.#reader.push(chunk);
    this.#deliver();
  }

  #onPeerEnd() {
    this.#peerEnded = true;
    this.#deliver();
  }

  #deliverLater() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Delivers the lines that have arrived. Reads on when it has delivered all. */
  #deliver() {
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

  #readOn() {
    if (this.#peerEnded) this.#lifecycle.close();
    else this.#socket.resume();
  }

  #fits(bytes) {
    const { maxMessageBytes } = this.#settings;
    const max = this.account?.authenticated === false ? MAX_HANDSHAKE_BYTES : maxMessageBytes;
    if (bytes <= max) return true;
    const reason = `message of ${bytes} bytes exceeds the maximum of ${max}`;
    this.#lifecycle.close("message-too-big", reason, new Error(reason));
    return false;
  }

  #onFlushed() {
    this.account?.setUnsent(this.bufferedBytes);
    if (!this.#heldBack || this.bufferedBytes > this.#settings.outbox.lowWater) return;
    this.#heldBack = false;
    this.#lifecycle.onDrain();
  }
}

/** JSON may have newlines between values, and nowhere else. The frame may be shared, so it is never written into. */
function onOneLine(frame) {
  return frame.includes(NEWLINE) ? frame.map((byte) => (byte === NEWLINE ? SPACE : byte)) : frame;
}
