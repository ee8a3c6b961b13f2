import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Account,
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  type LifecycleHooks,
  type Message,
  type OutboxOverflowError,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import { type ConnectionParts, transportInfo } from "../connection/connection-parts.js";
import { TurnLimiter } from "../connection/turn-limiter.js";
import { sendText } from "../server/http-messages.js";
import { LongPollInput, type LongPollInputOwner } from "./longpoll-input.js";
import { LongPollOutbox, type LongPollOutboxOwner, type LongPollOutboxParts } from "./longpoll-outbox.js";

/** What a {@link LongPollConnection} is made of. */
export interface LongPollParts extends ConnectionParts, LongPollOutboxParts {
  /** How long the client may go without asking for messages, in milliseconds. */
  readonly sessionTimeout: number;
  /** The connection is over before the client has asked for the reason, which is given here. */
  readonly onDismissed: (reason: string) => void;
  /** The connection is over. Called before its handler is told. */
  readonly onClosed: () => void;
}

/** A long-poll session as a `Connection` (spec: "HTTP Longpoll Transport"). It outlives the sockets of its requests. */
export class LongPollConnection implements Connection, LifecycleHooks, LongPollOutboxOwner, LongPollInputOwner {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly account?: Account;
  readonly #parts: LongPollParts;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox: LongPollOutbox;
  readonly #input: TurnLimiter;
  readonly #posts: LongPollInput;
  /** Tells that the messages of a request, which are held back, have been delivered. */
  #onDelivered: (() => void) | undefined;
  #cancelSessionTimeout: (() => void) | undefined;
  /** What the client's last request for messages is told. */
  #farewell = "the session was closed: normal";

  constructor(parts: LongPollParts) {
    const { subprotocol, pace, account, settings } = parts;
    this.codec = subprotocol.codec;
    this.transport = transportInfo("longpoll", subprotocol.name, this.codec, parts);
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    if (account !== undefined) this.account = account.account;
    this.#parts = parts;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    this.#outbox = new LongPollOutbox(parts, this);
    const source = { pause: () => {}, resume: () => this.#tellDelivered() };
    this.#input = new TurnLimiter(source, pace, this.#lifecycle, this.account);
    this.#posts = new LongPollInput(this, settings, this.account);
    account?.handOver(this.#lifecycle);
    this.#startSessionTimeout();
  }

  /** Asks `acceptor` for the handler. Call it once. */
  admit(acceptor: Acceptor): void {
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  send(frame: Uint8Array): boolean {
    return this.#lifecycle.isOpen && this.#outbox.send(frame);
  }

  sendMessage(message: Message): boolean {
    return this.send(this.codec.encode(message));
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
    this.#cancelSessionTimeout?.();
    this.#posts.stop();
    this.#input.stop();
  }

  /** What is queued, and then the end, wait until the client asks for them. */
  end(status: CloseStatus, message: string): void {
    this.#farewell = `the session was closed: ${message === "" ? status : `${status}: ${message}`}`;
    this.#outbox.flush();
    if (this.#outbox.empty && this.#outbox.requested) queueMicrotask(() => this.#onEnd(410));
  }

  dismiss(message: string, waits: boolean): void {
    this.#lifecycle.onDismissed(message);
    if (waits) return;
    this.#parts.onDismissed(this.#farewell);
    this.destroy();
  }

  destroy(): void {
    queueMicrotask(() => {
      this.#outbox.stop(410, this.#lifecycle.isOpen ? "the session was dropped" : this.#farewell);
      this.#lifecycle.onLost();
    });
  }

  release(): void {
    this.account?.close();
    this.#parts.onClosed();
  }

  get isOpen(): boolean {
    return this.#lifecycle.isOpen;
  }

  /** A client that has not logged in has only short things to say. */
  get maxBodyBytes(): number {
    const { maxMessageBytes, maxHandshakeMessageBytes } = this.#parts.settings;
    return this.account?.authenticated === false
      ? Math.min(maxMessageBytes, maxHandshakeMessageBytes)
      : maxMessageBytes;
  }

  /** The client asks for messages. */
  onReceive(response: ServerResponse): void {
    if (!this.#outbox.onReceive(response)) return sendText(response, 409, "another request for messages is pending");
    if (this.#lifecycle.isOpen) this.#cancelSessionTimeout?.();
    else if (this.#outbox.empty) this.#onEnd(410);
  }

  /** The client sends messages. `status` tells it that they have been delivered. */
  onSend(request: IncomingMessage, response: ServerResponse, status: number): void {
    this.#posts.add(request, response, status);
  }

  onBody(body: Buffer, delivered: () => void): void {
    const { batch } = this.#parts.subprotocol;
    const frames = batch === undefined ? [body] : batch.split(body);
    if (typeof frames === "string") this.#lifecycle.close("protocol-error", "", new Error(`the peer sent ${frames}`));
    else for (const frame of frames) this.#input.push(frame);
    if (this.#input.holding && this.#lifecycle.isOpen) this.#onDelivered = delivered;
    else delivered();
  }

  onTooBig(reason: string): void {
    this.#lifecycle.close("message-too-big", reason, new Error(`the peer sent too much: ${reason}`));
  }

  /** The client closes the session. */
  onPeerClose(): void {
    this.#input.end(() => this.#onEnd(204));
  }

  /** Only the next request for messages proves that the client is still there. */
  onReceiveOver(): void {
    if (this.#lifecycle.isOpen) this.#startSessionTimeout();
  }

  /** A response with messages is on its way. Until it has arrived, its bytes must go on leaving. */
  onAnswering(response: ServerResponse): void {
    const { socket } = response;
    const sent = (): number => (socket === null ? 0 : socket.bytesWritten - socket.writableLength);
    let before = sent();
    const check = (): void => {
      if (sent() === before) return this.#onSessionTimeout();
      before = sent();
      this.#cancelSessionTimeout = this.#parts.settings.clock.schedule(this.#parts.sessionTimeout, check);
    };
    this.#cancelSessionTimeout?.();
    if (this.#lifecycle.isOpen)
      this.#cancelSessionTimeout = this.#parts.settings.clock.schedule(this.#parts.sessionTimeout, check);
  }

  onDrain(): void {
    this.#lifecycle.onDrain();
  }

  onOverflow(error: OutboxOverflowError): void {
    this.#lifecycle.onOverflow(error);
  }

  onMessagesLost(failure: Error): void {
    this.#lifecycle.cutOff(failure);
  }

  /** The listener is closed and has no sockets left: the client cannot come back. */
  onListenerClosed(): void {
    this.#lifecycle.cutOff(new Error("the listener closed before the client had fetched the end of the session"));
  }

  #tellDelivered(): void {
    const onDelivered = this.#onDelivered;
    this.#onDelivered = undefined;
    onDelivered?.();
  }

  #startSessionTimeout(): void {
    const { settings, sessionTimeout } = this.#parts;
    this.#cancelSessionTimeout?.();
    this.#cancelSessionTimeout = settings.clock.schedule(sessionTimeout, this.#onSessionTimeout);
  }

  readonly #onSessionTimeout = (): void => {
    const { settings, sessionTimeout } = this.#parts;
    settings.onLimit("session-timeout");
    this.#lifecycle.cutOff(new Error(`the peer did not ask for messages within ${sessionTimeout} ms`));
  };

  #onEnd(status: 204 | 410): void {
    this.#outbox.stop(status, this.#farewell);
    this.#lifecycle.onEnd();
  }
}
