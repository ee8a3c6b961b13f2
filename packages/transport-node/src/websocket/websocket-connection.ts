import type { Socket } from "node:net";
import {
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  type LifecycleHooks,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import type { RawData, WebSocket } from "ws";
import { type ConnectionParts, transportInfo } from "../connection/connection-parts.js";
import { KeepAlive } from "../connection/keep-alive.js";
import type { Subprotocol } from "../connection/subprotocol.js";
import type { TransportSettings } from "../connection/transport-settings.js";
import { TurnLimiter } from "../connection/turn-limiter.js";
import type { BatchFormat } from "../output/batch-format.js";
import { Outbox } from "../output/outbox.js";
import { ABNORMAL, closeCode, closeReason, peerClose, UNSUPPORTED_DATA } from "./close-code.js";
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
export class WebSocketConnection implements Connection, LifecycleHooks {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly #webSocket: WebSocket;
  readonly #batch: BatchFormat | undefined;
  readonly #settings: TransportSettings;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox: Outbox;
  readonly #input: TurnLimiter;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #onClosed: (() => void) | undefined;

  constructor(parts: WebSocketParts) {
    const { webSocket, socket, subprotocol, flusher, settings } = parts;
    this.codec = subprotocol.codec;
    this.transport = transportInfo("websocket", subprotocol.name, this.codec, parts);
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    this.#webSocket = webSocket;
    this.#batch = subprotocol.batch;
    this.#settings = settings;
    this.#onClosed = parts.onClosed;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    const writer = webSocketWriter(webSocket, socket, subprotocol, parts.framers);
    this.#outbox = new Outbox(socket, writer, flusher, settings.outbox, this.#lifecycle);
    this.#input = new TurnLimiter(webSocket, flusher, settings.clock, this.#lifecycle);
    if (settings.keepAlive !== undefined)
      this.#keepAlive = new KeepAlive(webSocket, socket, settings.keepAlive, settings.clock, this.#onSilence);
    webSocket.on("message", this.#onMessage);
    webSocket.on("error", this.#onError);
    webSocket.on("close", this.#onClose);
    socket.on("error", this.#onSocketError);
  }

  /** Asks `acceptor` for the handler. Call it once, before anything can arrive. */
  admit(acceptor: Acceptor): void {
    this.#keepAlive?.start();
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  send(frame: Uint8Array): boolean {
    // The peer's close frame changes `readyState` before the connection has ended: nothing may be sent after it.
    if (!this.#lifecycle.isOpen || this.#webSocket.readyState !== this.#webSocket.OPEN) return false;
    return this.#outbox.send(frame);
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
    this.#input.stop();
  }

  end(status: CloseStatus, message: string): void {
    this.#closeWith(closeCode(status), message);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  release(): void {
    this.#onClosed?.();
  }

  #closeWith(code: number, reason: string): void {
    this.#outbox.flush();
    this.#webSocket.close(code, closeReason(reason));
  }

  readonly #onMessage = (data: RawData, isBinary: boolean): void => {
    if (!this.#lifecycle.isOpen) return;
    if (isBinary !== this.codec.binary) return this.#rejectType(isBinary);
    // `ws` gives Buffers unless its `binaryType` is changed.
    const frame = data as Buffer;
    if (this.#batch === undefined) this.#input.push(frame);
    else this.#onBatch(this.#batch.split(frame));
  };

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

  readonly #onSilence = (): void => {
    this.#settings.onLimit("keep-alive-timeout");
    this.#lifecycle.cutOff(new Error("the peer did not answer a ping"));
  };

  /** The peer broke RFC 6455 or a limit. `ws` has sent the close frame already. */
  readonly #onError = (error: Error & { readonly code?: string }): void => {
    if (TOO_BIG.has(error.code)) this.#settings.onLimit("message-bytes");
    this.#lifecycle.noteFailure(error);
    this.#lifecycle.beginClosing();
  };

  readonly #onSocketError = (error: Error): void => this.#lifecycle.noteFailure(error);

  readonly #onClose = (code: number, reason: Buffer): void => {
    this.#keepAlive?.stop();
    if (code === ABNORMAL) this.#lifecycle.onLost();
    else this.#input.end(() => this.#lifecycle.onEnd(peerClose(code, reason.toString())));
  };
}

const TOO_BIG: ReadonlySet<string | undefined> = new Set([
  "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
]);
