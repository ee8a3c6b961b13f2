import type { Socket } from "node:net";
import {
  type Account,
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  FrameTooLongError,
  type LifecycleHooks,
  type Message,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import { type ConnectionList, type ConnectionParts, transportInfo } from "../connection/connection-parts.js";
import { destroyOnceSent } from "../connection/destroy-once-sent.js";
import { ControlFrames, type ControlFramesOwner } from "../connection/control-frames.js";
import { KeepAlive, type KeepAliveOwner, SilentPeerError } from "../connection/keep-alive.js";
import { PartialMessage, type PartialMessageOwner } from "../connection/partial-message.js";
import { messageTooBig, type TransportSettings } from "../connection/transport-settings.js";
import { TurnLimiter } from "../connection/turn-limiter.js";
import type { Framer } from "../output/framer.js";
import { Outbox } from "../output/outbox.js";
import { DirectWriter } from "../output/socket-writer.js";
import { ignoreError } from "../server/accepted-socket.js";
import { controlFrame, FrameType, RawSocketReader, type RawSocketSink } from "./rawsocket-framing.js";

/** What a {@link RawSocketConnection} is made of. */
export interface RawSocketParts extends ConnectionParts {
  /** Past its handshake. */
  readonly socket: Socket;
  readonly codec: Codec;
  /** The longest message that this end announced to accept. */
  readonly maxMessageBytes: number;
  /** The longest message that the peer announced to accept. */
  readonly peerMaxBytes: number;
  readonly framer: Framer;
}

/** A RawSocket as a `Connection`, for both ends (spec: "RawSocket Transport"). */
export class RawSocketConnection
  implements Connection, LifecycleHooks, RawSocketSink, KeepAliveOwner, ControlFramesOwner, PartialMessageOwner
{
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly maxFrameBytes: number;
  readonly evidence?: PeerEvidence;
  readonly account?: Account;
  readonly #socket: Socket;
  readonly #settings: TransportSettings;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox: Outbox;
  readonly #input: TurnLimiter;
  readonly #reader: RawSocketReader;
  /** Made for the first control frame. */
  #control: ControlFrames | undefined;
  /** Made for the first message that does not arrive in one piece. */
  #partial: PartialMessage | undefined;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #openConnections: ConnectionList | undefined;
  #peerEnded = false;

  constructor(parts: RawSocketParts) {
    const { socket, codec, flusher, pace, account, settings } = parts;
    this.codec = codec;
    this.transport = transportInfo("rawsocket", codec.subprotocol, codec, parts);
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    if (account !== undefined) this.account = account.account;
    this.maxFrameBytes = parts.peerMaxBytes;
    this.#socket = socket;
    this.#settings = settings;
    this.#openConnections = parts.openConnections;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    const writer = new DirectWriter(socket, parts.framer, parts.tls);
    this.#outbox = new Outbox(socket, writer, flusher, settings.outbox, this.#lifecycle, this.account);
    this.#input = new TurnLimiter(socket, pace, this.#lifecycle, this.account);
    this.#reader = new RawSocketReader(this, () => this.#maxMessageBytes(parts.maxMessageBytes));
    account?.handOver(this.#lifecycle);
    if (settings.keepAlive !== undefined) this.#keepAlive = new KeepAlive(this, socket, settings.keepAlive);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.off("error", ignoreError).on("error", this.#onSocketError);
    socket.on("close", this.#onClose);
  }

  /** Asks `acceptor` for the handler. Call it once. `first` are bytes that arrived with the handshake. */
  admit(acceptor: Acceptor, first: Buffer): void {
    this.#keepAlive?.start();
    this.#lifecycle.admit(acceptor, this);
    this.#onData(first);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  send(frame: Uint8Array): boolean {
    // Node.js ends our side when the peer has ended its own.
    if (!this.#lifecycle.isOpen || this.#socket.writableEnded) return false;
    if (frame.length > this.maxFrameBytes) throw new FrameTooLongError(frame.length, this.maxFrameBytes);
    return this.#outbox.send(frame);
  }

  sendMessage(message: Message): boolean {
    if (!this.#lifecycle.isOpen || this.#socket.writableEnded) return false;
    return this.#outbox.sendMessage(this.codec, message, this.maxFrameBytes);
  }

  close(status?: CloseStatus, message?: string): void {
    this.#lifecycle.close(status, message);
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  stop(): void {
    this.#keepAlive?.stop();
    this.#reader.stop();
    this.#partial?.stop();
    this.#input.stop();
  }

  /** RawSocket cannot carry the reason of a close. */
  end(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  dismiss(message: string, waits: boolean): void {
    this.#lifecycle.onDismissed(message);
    if (!waits) destroyOnceSent(this.#socket, this.#lifecycle, message);
  }

  destroy(): void {
    // The peer must not take what it got for everything. Only TCP has a reset, which drops what is queued.
    const { tls } = this.transport;
    if (tls !== true && this.#socket.remoteAddress !== undefined && this.#socket.writableLength > 0)
      this.#socket.resetAndDestroy();
    this.#socket.destroy();
  }

  release(): void {
    this.account?.close();
    this.#openConnections?.delete(this);
  }

  get isPaused(): boolean {
    return this.#input.paused;
  }

  ping(sent: () => void): void {
    if (!this.#socket.writableEnded) this.#socket.write(controlFrame(FrameType.PING), sent);
  }

  onMessage(frame: Uint8Array): void {
    this.#input.push(frame);
  }

  /** Answered with the same bytes. */
  onPing(payload: Uint8Array): void {
    if (!this.#lifecycle.isOpen) return;
    if (payload.length > this.maxFrameBytes)
      return this.onViolation(`a PING of ${payload.length} bytes, longer than the peer accepts itself`);
    this.#controlFrames.onPing(payload);
    this.#lifecycle.onControlFrame(payload.length);
  }

  onPong(payload: Uint8Array): void {
    if (this.#lifecycle.isOpen) this.#controlFrames.onPong();
    this.#lifecycle.onControlFrame(payload.length);
  }

  get #controlFrames(): ControlFrames {
    const { clock, maxControlFramesPerSecond } = this.#settings;
    return (this.#control ??= new ControlFrames(this, clock, maxControlFramesPerSecond));
  }

  writePong(payload: Uint8Array, written: () => void): void {
    if (!this.#socket.writableEnded) this.#socket.write(controlFrame(FrameType.PONG, payload), written);
  }

  onFlood(failure: Error): void {
    this.#settings.onLimit("control-frames");
    // RawSocket could not tell the peer why, and whoever floods would go on doing so.
    this.#lifecycle.cutOff(failure);
  }

  onLate(failure: Error): void {
    this.#settings.onLimit("message-timeout");
    this.#lifecycle.close("policy-violation", failure.message, failure);
  }

  onViolation(reason: string): void {
    this.#lifecycle.close("protocol-error", "", new Error(`the peer broke the RawSocket protocol: ${reason}`));
  }

  onTooLong(length: number, maxBytes: number): void {
    this.#settings.onLimit("message-bytes");
    const reason = messageTooBig(length, maxBytes);
    this.#lifecycle.close("message-too-big", reason, new Error(`the peer sent too much: ${reason}`));
  }

  onSilence(): void {
    this.#settings.onLimit("keep-alive-timeout");
    this.#lifecycle.cutOff(new SilentPeerError());
  }

  /** A client that has not logged in has only short things to say. */
  #maxMessageBytes(announced: number): number {
    return this.account?.authenticated === false
      ? Math.min(announced, this.#settings.maxHandshakeMessageBytes)
      : announced;
  }

  readonly #read = (chunk: Buffer): void => {
    this.#settings.readMemory?.onRead(chunk.length);
    const reader = this.#reader;
    reader.push(chunk);
    const { heldBytes } = reader;
    if (!this.#lifecycle.isOpen || (heldBytes === 0 && this.#partial === undefined)) return;
    this.#partial ??= new PartialMessage(this.#settings, this.account, this);
    this.#partial.update(reader.frames, heldBytes, 1);
  };

  readonly #onData = (chunk: Buffer): void => this.#input.arrive(chunk, this.#read);

  readonly #onEnd = (): void => {
    this.#peerEnded = true;
    if (this.#lifecycle.isOpen && this.#reader.withinFrame)
      this.#lifecycle.noteFailure(new Error("the peer ended the connection within a message"));
  };

  readonly #onSocketError = (error: Error): void => this.#lifecycle.noteFailure(error);

  readonly #onClose = (): void => {
    this.#keepAlive?.stop();
    // If the peer has ended but not taken what was queued, that is lost.
    if (this.#peerEnded && this.#socket.writableFinished) this.#input.end(() => this.#lifecycle.onEnd());
    else this.#lifecycle.onLost();
  };
}
