import type { Socket } from "node:net";
import {
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  type ConnectionHandler,
  type OutboxOverflowError,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import type { RawData, WebSocket } from "ws";
import { asError } from "../connection/as-error.js";
import type { BatchFormat } from "../output/batch-format.js";
import { BatchWriter } from "../output/batch-writer.js";
import { ABNORMAL, closeCode, closeReason, peerClose, UNSUPPORTED_DATA } from "./close-code.js";
import type { Flusher } from "../output/flusher.js";
import { type FrameWriter, LibraryWriter } from "../output/socket-writer.js";
import { Inbound } from "../connection/turn-limiter.js";
import { KeepAlive } from "../connection/keep-alive.js";
import { Outbox, type OutboxOwner } from "../output/outbox.js";
import type { Subprotocol } from "../connection/subprotocol.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** The parts that a {@link WebSocketConnection} is put together from. */
export interface WebSocketParts {
  /** Past its opening handshake. */
  readonly webSocket: WebSocket;
  /** The socket under it. */
  readonly socket: Socket;
  readonly subprotocol: Subprotocol;
  readonly peer: string | undefined;
  /** The socket is encrypted. */
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
  /** Frames messages; without it the library does. */
  readonly writer?: FrameWriter;
  readonly flusher: Flusher;
  readonly settings: TransportSettings;
}

/** A WebSocket as a `Connection`, for both sides of it. */
export class WebSocketConnection implements Connection, OutboxOwner {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly #webSocket: WebSocket;
  readonly #batch: BatchFormat | undefined;
  readonly #settings: TransportSettings;
  readonly #outbox: Outbox;
  readonly #inbound: Inbound;
  readonly #keepAlive: KeepAlive | undefined;
  #handler: ConnectionHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #failure: Error | undefined;
  #cutOff = false;
  #cancelCutOff: (() => void) | undefined;

  constructor({ webSocket, socket, subprotocol, peer, tls, evidence, writer, flusher, settings }: WebSocketParts) {
    const { codec, batch } = subprotocol;
    this.codec = codec;
    this.transport = {
      type: "websocket",
      protocol: subprotocol.name,
      serializer: codec.id,
      ...(peer === undefined ? {} : { peer }),
      ...(tls ? { tls } : {}),
    };
    if (evidence !== undefined) this.evidence = evidence;
    this.#webSocket = webSocket;
    this.#batch = batch;
    this.#settings = settings;
    this.#outbox = new Outbox(
      socket,
      writer ?? libraryWriter(webSocket, socket, subprotocol),
      flusher,
      settings.outbox,
      this,
    );
    this.#inbound = new Inbound(webSocket, flusher, this.#deliver);
    if (settings.keepAlive !== undefined)
      this.#keepAlive = new KeepAlive(webSocket, socket, settings.keepAlive, settings.clock, this.#onSilence);
    webSocket.on("message", this.#onMessage);
    webSocket.on("error", this.#onError);
    webSocket.on("close", this.#onClose);
    socket.on("error", this.#onSocketError);
  }

  /** Asks `acceptor` for the handler of this connection; done once, before anything can arrive. */
  admit(acceptor: Acceptor): void {
    this.#keepAlive?.start();
    try {
      this.#handler = acceptor.accept(this);
    } catch (error) {
      this.#closeOnBug(error);
    }
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  send(frame: Uint8Array): boolean {
    if (this.#state !== "open" || this.#webSocket.readyState !== this.#webSocket.OPEN) return false;
    return this.#outbox.send(frame);
  }

  close(status: CloseStatus = "normal", message = ""): void {
    this.#close(closeCode(status), message, undefined);
  }

  pause(): void {
    if (this.#state === "open") this.#inbound.pause();
  }

  resume(): void {
    this.#inbound.resume();
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

  readonly #onMessage = (data: RawData, isBinary: boolean): void => {
    if (this.#state !== "open") return;
    if (isBinary !== this.codec.binary) return this.#refuseKind(isBinary);
    // The library gives Buffers, as long as nobody changes its `binaryType`.
    const frame = data as Buffer;
    if (this.#batch === undefined) this.#inbound.push(frame);
    else this.#takeApart(this.#batch.split(frame));
  };

  #takeApart(frames: readonly Uint8Array[] | string): void {
    if (typeof frames === "string")
      return this.#close(closeCode("protocol-error"), frames, new Error(`the peer sent ${frames}`));
    for (const frame of frames) this.#inbound.push(frame);
  }

  readonly #deliver = (frame: Uint8Array): void => {
    try {
      this.#handler?.onFrame(frame);
    } catch (error) {
      this.#closeOnBug(error);
    }
  };

  #refuseKind(isBinary: boolean): void {
    const [got, wanted] = isBinary ? ["binary", "text"] : ["text", "binary"];
    const reason = `${this.codec.subprotocol} travels in ${wanted} messages`;
    this.#close(UNSUPPORTED_DATA, reason, new Error(`the peer sent a ${got} message, but ${reason}`));
  }

  #closeOnBug(thrown: unknown): void {
    this.#close(closeCode("internal-error"), "", asError(thrown));
  }

  #close(code: number, reason: string, failure: Error | undefined): void {
    if (this.#state !== "open") return;
    this.#failure ??= failure;
    this.#beginClosing();
    this.#webSocket.close(code, closeReason(reason));
  }

  /** From here on nothing is delivered, and the end comes within a bounded time. */
  #beginClosing(): void {
    const { clock, closeTimeout } = this.#settings;
    this.#state = "closing";
    this.#keepAlive?.stop();
    // Flushed so that the close frame comes after it; what comes in goes on, so that the peer's close frame can be read.
    this.#outbox.flush();
    this.#inbound.stop();
    this.#cancelCutOff = clock.schedule(closeTimeout, () => this.#onCloseTimeout());
  }

  #drop(failure: Error): void {
    if (this.#state === "closed") return;
    this.#failure ??= failure;
    this.#state = "closing";
    this.#webSocket.terminate();
  }

  #onCloseTimeout(): void {
    this.#cutOff = true;
    this.#webSocket.terminate();
  }

  readonly #onSilence = (): void => {
    this.#settings.onLimit("keep-alive-timeout");
    this.#drop(new Error("the peer did not answer a ping"));
  };

  /** The library found that the peer breaks RFC 6455 or a limit; it has sent the close frame already. */
  readonly #onError = (error: Error & { readonly code?: string }): void => {
    if (TOO_BIG.has(error.code)) this.#settings.onLimit("message-bytes");
    this.#failure ??= error;
    if (this.#state === "open") this.#beginClosing();
  };

  readonly #onSocketError = (error: Error): void => {
    this.#failure ??= error;
  };

  readonly #onClose = (code: number, reason: Buffer): void => {
    const byPeer = this.#state === "open";
    this.#state = "closed";
    this.#inbound.stop();
    this.#keepAlive?.stop();
    this.#cancelCutOff?.();
    try {
      this.#handler?.onClose(
        this.#failure ?? this.#lost(code) ?? (byPeer ? peerClose(code, reason.toString()) : undefined),
      );
    } catch (error) {
      this.#settings.onError(asError(error));
    }
  };

  /** The error of an end without a close frame from the peer. */
  #lost(code: number): Error | undefined {
    if (code !== ABNORMAL) return undefined;
    if (!this.#cutOff) return new Error("the connection was lost");
    this.#settings.onLimit("close-timeout");
    return new Error(`the peer did not answer the close within ${this.#settings.closeTimeout} ms`);
  }
}

function libraryWriter(webSocket: WebSocket, socket: Socket, { codec, batch }: Subprotocol): FrameWriter {
  const writer = new LibraryWriter(webSocket, socket, codec.binary);
  return batch === undefined ? writer : new BatchWriter(writer, batch);
}

const TOO_BIG: ReadonlySet<string | undefined> = new Set([
  "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
]);
