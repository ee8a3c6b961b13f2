import type { Socket } from "node:net";
import {
  type Account,
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  type LifecycleHooks,
  type Message,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import type { RawData, WebSocket } from "ws";
import { type ConnectionList, type ConnectionParts, transportInfo } from "../connection/connection-parts.js";
import { destroyOnceSent } from "../connection/destroy-once-sent.js";
import { ControlFrames, type ControlFramesOwner } from "../connection/control-frames.js";
import { KeepAlive, type KeepAliveOwner, SilentPeerError } from "../connection/keep-alive.js";
import { PartialMessage, type PartialMessageOwner } from "../connection/partial-message.js";
import type { Subprotocol } from "../connection/subprotocol.js";
import { messageTooBig, type TransportSettings } from "../connection/transport-settings.js";
import { type DataReader, TurnLimiter } from "../connection/turn-limiter.js";
import type { BatchFormat } from "../output/batch-format.js";
import { Outbox } from "../output/outbox.js";
import { ignoreError } from "../server/accepted-socket.js";
import { ABNORMAL, closeCode, closeReason, peerClose, UNSUPPORTED_DATA } from "./close-code.js";
import { type FrameReaderOwner, takeListener, WebSocketFrameReader, WS_PIECE_BYTES } from "./frame-reader.js";
import { type ReceiverErrors, WebSocketReceiver } from "./receiver.js";
import { handEventsTo, type WebSocketEvents } from "./websocket-events.js";
import { type WebSocketFramers, webSocketWriter } from "./websocket-writer.js";

/** What a {@link WebSocketConnection} is made of. */
export interface WebSocketParts extends ConnectionParts {
  /** Past its opening handshake. */
  readonly webSocket: WebSocket;
  /** The socket under it. */
  readonly socket: Socket;
  readonly subprotocol: Subprotocol;
  /** Of the server; a client has none. */
  readonly framers?: WebSocketFramers;
}

/** A WebSocket as a `Connection`, for both ends. */
export class WebSocketConnection
  implements
    Connection,
    LifecycleHooks,
    KeepAliveOwner,
    ControlFramesOwner,
    PartialMessageOwner,
    FrameReaderOwner,
    ReceiverErrors,
    WebSocketEvents
{
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly account?: Account;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #batch: BatchFormat | undefined;
  readonly #settings: TransportSettings;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox: Outbox;
  readonly #input: TurnLimiter;
  readonly #receiver: WebSocketReceiver;
  /** Reads in the place of `ws`; absent at a client. */
  readonly #read: DataReader | undefined;
  /** Made for the first control frame. */
  #control: ControlFrames | undefined;
  /** Made for the first message that does not arrive in one piece. */
  #partial: PartialMessage | undefined;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #openConnections: ConnectionList | undefined;
  #messages = 0;

  constructor(parts: WebSocketParts) {
    const { webSocket, socket, subprotocol, flusher, pace, account, settings } = parts;
    this.codec = subprotocol.codec;
    this.transport = transportInfo("websocket", subprotocol.name, this.codec, parts);
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    if (account !== undefined) this.account = account.account;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#batch = subprotocol.batch;
    this.#settings = settings;
    this.#openConnections = parts.openConnections;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    const writer = webSocketWriter(webSocket, socket, subprotocol, parts.tls, parts.framers);
    this.#outbox = new Outbox(socket, writer, flusher, settings.outbox, this.#lifecycle, this.account);
    this.#input = new TurnLimiter(webSocket, pace, this.#lifecycle, this.account);
    this.#receiver = new WebSocketReceiver(webSocket);
    if (settings.keepAlive !== undefined) this.#keepAlive = new KeepAlive(this, socket, settings.keepAlive);
    account?.handOver(this.#lifecycle);
    this.#receiver.handErrorsTo(this);
    // A client gets frames without a mask.
    if (parts.framers !== undefined) this.#read = this.#readerBeforeWs(socket);
    socket.off("error", ignoreError);
    handEventsTo(this, webSocket, socket);
  }

  /** Asks `acceptor` for the handler. Call it once, before anything can arrive. */
  admit(acceptor: Acceptor): void {
    this.#keepAlive?.start();
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  send(frame: Uint8Array): boolean {
    // The peer's close frame changes `readyState` before the connection has ended: nothing may be sent after it.
    if (!this.#lifecycle.isOpen || this.#webSocket.readyState !== this.#webSocket.OPEN) return false;
    return this.#outbox.send(frame);
  }

  sendMessage(message: Message): boolean {
    if (!this.#lifecycle.isOpen || this.#webSocket.readyState !== this.#webSocket.OPEN) return false;
    return this.#outbox.sendMessage(this.codec, message);
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
    this.#partial?.stop();
    this.#input.stop();
  }

  end(status: CloseStatus, message: string): void {
    this.#closeWith(closeCode(status), message);
  }

  dismiss(message: string, waits: boolean): void {
    this.#lifecycle.onDismissed(message);
    if (!waits) destroyOnceSent(this.#socket, this.#lifecycle, message);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  release(): void {
    this.account?.close();
    this.#openConnections?.delete(this);
  }

  get isPaused(): boolean {
    return this.#input.paused;
  }

  ping(sent: () => void): void {
    this.#webSocket.ping(undefined, undefined, sent);
  }

  onPing(payload: Buffer): void {
    if (this.#lifecycle.isOpen) this.#controlFrames.onPing(payload);
    this.#lifecycle.onControlFrame(payload.length);
  }

  onPong(payload: Buffer): void {
    if (this.#lifecycle.isOpen) this.#controlFrames.onPong();
    this.#lifecycle.onControlFrame(payload.length);
  }

  get #controlFrames(): ControlFrames {
    const { clock, maxControlFramesPerSecond } = this.#settings;
    return (this.#control ??= new ControlFrames(this, clock, maxControlFramesPerSecond));
  }

  writePong(payload: Uint8Array, written: () => void): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.pong(payload, undefined, written);
  }

  onFlood(failure: Error): void {
    this.#settings.onLimit("control-frames");
    // A peer that does not read its PONGs does not read anything else.
    if (this.#webSocket.bufferedAmount > 0) this.#lifecycle.cutOff(failure);
    else this.#lifecycle.close("policy-violation", failure.message, failure);
  }

  onLate(failure: Error): void {
    this.#settings.onLimit("message-timeout");
    this.#lifecycle.close("policy-violation", failure.message, failure);
  }

  #closeWith(code: number, reason: string): void {
    this.#outbox.flush();
    this.#webSocket.close(code, closeReason(reason));
  }

  onMessage(data: RawData, isBinary: boolean): void {
    if (!this.#lifecycle.isOpen) return;
    this.#messages++;
    if (isBinary !== this.codec.binary) return this.#rejectType(isBinary);
    // `ws` gives Buffers unless its `binaryType` is changed.
    const frame = data as Buffer;
    if (this.#batch === undefined) this.#input.push(frame);
    else this.#onBatch(this.#batch.split(frame));
  }

  /** A client that has not logged in has only short things to say. */
  maxMessageBytes(): number {
    const { maxMessageBytes, maxHandshakeMessageBytes } = this.#settings;
    return this.account?.authenticated === false
      ? Math.min(maxMessageBytes, maxHandshakeMessageBytes)
      : maxMessageBytes;
  }

  onRead(bytes: number): void {
    this.#settings.readMemory?.onRead(bytes);
    if (!this.#lifecycle.isOpen) return;
    if (this.#receiver.fragmented) {
      // A fragment costs as much as a message, whatever is in it.
      this.#receiver.onFragment(() => this.#lifecycle.onControlFrame(0));
      this.#receiver.joinFragments();
    }
    const { heldBytes, heldPieces } = this.#receiver;
    if (heldBytes === 0 && this.#partial === undefined) return;
    this.#partial ??= new PartialMessage(this.#settings, this.account, this);
    this.#partial.update(this.#messages, heldBytes, heldPieces);
  }

  get timeIsOver(): boolean {
    return this.#input.timeIsOver;
  }

  onData(chunk: Buffer): void {
    if (this.#read === undefined) this.onRead(chunk.length);
    else this.#input.arrive(chunk, this.#read);
  }

  onSocketError(error: Error): void {
    this.#lifecycle.noteFailure(error);
  }

  /** Takes the place of `ws` at the socket. */
  #readerBeforeWs(socket: Socket): DataReader {
    const toWs = takeListener(socket);
    return this.#webSocket.extensions === ""
      ? new WebSocketFrameReader(socket, this.#receiver, this, toWs).read
      : (chunk) => this.#readCompressed(socket, chunk, toWs);
  }

  #readCompressed(socket: Socket, chunk: Buffer, toWs: DataReader): Buffer | undefined {
    let at = 0;
    do {
      const piece = chunk.subarray(at, at + WS_PIECE_BYTES);
      this.#receiver.bound(this.maxMessageBytes(), piece.length);
      toWs.call(socket, piece);
      at += piece.length;
    } while (at < chunk.length && this.#receiver.writable && !this.timeIsOver);
    this.onRead(at);
    return at < chunk.length && this.#receiver.writable ? chunk.subarray(at) : undefined;
  }

  /** `ws` would close without a reason. */
  onReceiverError(error: Error & { readonly code?: string }): void {
    if (error.code === TOO_MANY_PARTS) {
      this.#settings.onLimit("fragments");
      const reason = "the message came in too many fragments for its length: send longer ones";
      return this.#lifecycle.close("policy-violation", reason, new Error(`the peer was cut off: ${reason}`));
    }
    if (!TOO_BIG.has(error.code)) return;
    this.#settings.onLimit("message-bytes");
    const reason = messageTooBig(this.#receiver.messageBytes, this.maxMessageBytes());
    if (this.#lifecycle.beginClosing(new Error(`the peer sent too much: ${reason}`)))
      this.#closeWith(closeCode("message-too-big"), reason);
  }

  #onBatch(frames: readonly Uint8Array[] | string): void {
    if (typeof frames === "string")
      return this.#lifecycle.close("protocol-error", frames, new Error(`the peer sent ${frames}`));
    for (const frame of frames) this.#input.push(frame);
  }

  #rejectType(isBinary: boolean): void {
    const [got, wanted] = isBinary ? ["binary", "text"] : ["text", "binary"];
    const reason = `${this.codec.subprotocol} uses ${wanted} messages`;
    const failure = new Error(`the peer sent a ${got} message, but ${reason}`);
    if (this.#lifecycle.beginClosing(failure)) this.#closeWith(UNSUPPORTED_DATA, reason);
  }

  onSilence(): void {
    this.#settings.onLimit("keep-alive-timeout");
    this.#lifecycle.cutOff(new SilentPeerError());
  }

  /** The peer broke RFC 6455. `ws` has sent the close frame already. */
  onError(error: Error): void {
    this.#lifecycle.noteFailure(error);
    this.#lifecycle.beginClosing();
  }

  onClose(code: number, reason: Buffer): void {
    this.#keepAlive?.stop();
    if (code === ABNORMAL) this.#lifecycle.onLost();
    else this.#input.end(() => this.#lifecycle.onEnd(peerClose(code, reason.toString())));
  }
}

const TOO_MANY_PARTS = "WS_ERR_TOO_MANY_BUFFERED_PARTS";
const TOO_BIG: ReadonlySet<string | undefined> = new Set([
  "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
]);
