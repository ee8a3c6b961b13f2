import type { Socket } from "node:net";
import {
  type Acceptor,
  type Codec,
  type Connection,
  type ConnectionHandler,
  OutboxOverflowError,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import { asError } from "../connection/as-error.js";
import type { Flusher } from "../output/flusher.js";
import type { FrameWriter } from "../output/socket-writer.js";
import { Inbound } from "../connection/turn-limiter.js";
import { KeepAlive, type Pingable } from "../connection/keep-alive.js";
import { Outbox, type OutboxOwner } from "../output/outbox.js";
import { controlFrame, FrameType } from "./rawsocket-framing.js";
import { RawSocketReader, type RawSocketSink } from "./rawsocket-reader.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** The parts that a {@link RawSocketConnection} is put together from. */
export interface RawSocketParts {
  /** Past its handshake. */
  readonly socket: Socket;
  readonly codec: Codec;
  readonly peer: string | undefined;
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
  /** The longest message that this side announced to take. */
  readonly maxMessageBytes: number;
  /** The longest one that the peer did. */
  readonly peerMaxBytes: number;
  readonly writer: FrameWriter;
  readonly flusher: Flusher;
  readonly settings: TransportSettings;
}

/** A RawSocket as a `Connection`, for both sides of it (spec: "RawSocket Transport"). */
export class RawSocketConnection implements Connection, OutboxOwner, RawSocketSink, Pingable {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly maxFrameBytes: number;
  readonly evidence?: PeerEvidence;
  readonly #socket: Socket;
  readonly #settings: TransportSettings;
  readonly #outbox: Outbox;
  readonly #inbound: Inbound;
  readonly #reader: RawSocketReader;
  readonly #keepAlive: KeepAlive | undefined;
  #handler: ConnectionHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #failure: Error | undefined;
  #ended = false;
  #cutOff = false;
  #cancelCutOff: (() => void) | undefined;

  constructor(parts: RawSocketParts) {
    const { socket, codec, peer, settings } = parts;
    this.codec = codec;
    this.transport = {
      type: "rawsocket",
      protocol: codec.subprotocol,
      serializer: codec.id,
      ...(peer === undefined ? {} : { peer }),
      ...(parts.tls ? { tls: true } : {}),
    };
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    this.maxFrameBytes = parts.peerMaxBytes;
    this.#socket = socket;
    this.#settings = settings;
    this.#outbox = new Outbox(socket, parts.writer, parts.flusher, settings.outbox, this);
    this.#inbound = new Inbound(socket, parts.flusher, this.#deliver);
    this.#reader = new RawSocketReader(this, parts.maxMessageBytes);
    if (settings.keepAlive !== undefined)
      this.#keepAlive = new KeepAlive(this, socket, settings.keepAlive, settings.clock, this.#onSilence);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onSocketError);
    socket.on("close", this.#onClose);
  }

  /** Asks `acceptor` for the handler of this connection; done once. `first` are bytes that came with the handshake. */
  admit(acceptor: Acceptor, first: Buffer): void {
    this.#keepAlive?.start();
    try {
      this.#handler = acceptor.accept(this);
    } catch (error) {
      this.#closeOnBug(error);
    }
    this.#reader.push(first);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get isPaused(): boolean {
    return this.#inbound.paused;
  }

  /** @throws RangeError for a frame that the peer announced not to take; nothing was sent. */
  send(frame: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    if (frame.length > this.maxFrameBytes)
      throw new RangeError(
        `the peer takes frames of ${this.maxFrameBytes} bytes at most, this one has ${frame.length}`,
      );
    return this.#outbox.send(frame);
  }

  /** RawSocket has no words for the reason of a close. */
  close(): void {
    this.#end(undefined);
  }

  pause(): void {
    this.#inbound.pause();
  }

  resume(): void {
    this.#inbound.resume();
  }

  ping(_data: unknown, _mask: unknown, left: () => void): void {
    this.#socket.write(controlFrame(FrameType.PING, NOTHING), left);
  }

  onDrain(): void {
    if (this.#state !== "open") return;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      this.#closeOnBug(error);
    }
  }

  onOverflow(error: OutboxOverflowError): void {
    this.#settings.onLimit("outbox-bytes");
    this.#drop(error);
  }

  onMessage(frame: Uint8Array): void {
    this.#inbound.push(frame);
  }

  /** Answered at once and with the same bytes; a peer that asks and never reads is bounded like one that is sent much. */
  onPing(payload: Uint8Array): void {
    if (this.#state !== "open") return;
    if (payload.length > this.maxFrameBytes)
      return this.onViolation(`a PING of ${payload.length} bytes, whose answer would be longer than the peer takes`);
    const { limit } = this.#settings.outbox;
    const buffered = this.bufferedBytes + payload.length;
    if (buffered > limit && this.bufferedBytes > 0) return this.onOverflow(new OutboxOverflowError(buffered, limit));
    this.#socket.write(controlFrame(FrameType.PONG, payload));
  }

  /** Any sign of life is as good: the keep-alive looks at the bytes that were read. */
  onPong(): void {}

  onViolation(reason: string): void {
    this.#end(new Error(`the peer broke the RawSocket protocol: ${reason}`));
  }

  onTooLong(length: number): void {
    this.#settings.onLimit("message-bytes");
    this.#end(new Error(`the peer sent a message of ${length} bytes, which is more than it was allowed`));
  }

  readonly #deliver = (frame: Uint8Array): void => {
    try {
      this.#handler?.onFrame(frame);
    } catch (error) {
      this.#closeOnBug(error);
    }
  };

  #closeOnBug(thrown: unknown): void {
    this.#end(asError(thrown));
  }

  /** Sends what was queued and then the end; from here on nothing is delivered, and it takes a bounded time. */
  #end(failure: Error | undefined): void {
    if (this.#state !== "open") return;
    const { clock, closeTimeout } = this.#settings;
    this.#failure ??= failure;
    this.#state = "closing";
    this.#keepAlive?.stop();
    this.#reader.stop();
    this.#outbox.flush();
    this.#inbound.stop();
    this.#socket.end();
    this.#cancelCutOff = clock.schedule(closeTimeout, () => this.#onCloseTimeout());
  }

  #drop(failure: Error): void {
    if (this.#state === "closed") return;
    this.#failure ??= failure;
    this.#state = "closing";
    this.#reader.stop();
    reset(this.#socket, this.transport.tls === true);
  }

  readonly #onData = (chunk: Buffer): void => this.#reader.push(chunk);

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#state === "open" && this.#reader.within) this.#failure ??= new Error("the peer ended within a message");
  };

  #onCloseTimeout(): void {
    this.#cutOff = true;
    this.#socket.destroy();
  }

  readonly #onSilence = (): void => {
    this.#settings.onLimit("keep-alive-timeout");
    this.#drop(new Error("the peer did not answer a ping"));
  };

  readonly #onSocketError = (error: Error): void => {
    this.#failure ??= error;
  };

  readonly #onClose = (): void => {
    this.#state = "closed";
    this.#keepAlive?.stop();
    this.#cancelCutOff?.();
    this.#reader.stop();
    this.#inbound.stop();
    try {
      this.#handler?.onClose(this.#failure ?? this.#lost());
    } catch (error) {
      this.#settings.onError(asError(error));
    }
  };

  #lost(): Error | undefined {
    if (this.#ended) return undefined;
    if (!this.#cutOff) return new Error("the connection was lost");
    this.#settings.onLimit("close-timeout");
    return new Error(`the peer did not end the connection within ${this.#settings.closeTimeout} ms`);
  }
}

/** The peer must not take what it got for everything there was. Only TCP knows a reset. */
function reset(socket: Socket, tls: boolean): void {
  // By itself this waits until what is queued was written, which is what must not happen.
  if (!tls && socket.remoteAddress !== undefined && socket.writableLength > 0) socket.resetAndDestroy();
  socket.destroy();
}

const NOTHING: Uint8Array = new Uint8Array(0);
