import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  type LifecycleHooks,
  type OutboxOverflowError,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import { type ConnectionParts, transportInfo } from "../connection/connection-parts.js";
import { TurnLimiter } from "../connection/turn-limiter.js";
import { readBody, sendText } from "../server/http-messages.js";
import { LongPollOutbox, type LongPollOutboxOwner, type LongPollOutboxParts } from "./longpoll-outbox.js";

/** What a {@link LongPollConnection} is made of. */
export interface LongPollParts extends ConnectionParts, LongPollOutboxParts {
  /** How long the client may go without asking for messages, in milliseconds. */
  readonly sessionTimeout: number;
}

/** Maximum number of requests with messages that wait for the end of a pause. */
const MAX_HELD_SENDS = 64;

/** A long-poll session as a `Connection` (spec: "HTTP Longpoll Transport"). It outlives the sockets of its requests. */
export class LongPollConnection implements Connection, LifecycleHooks, LongPollOutboxOwner {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly #parts: LongPollParts;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox: LongPollOutbox;
  readonly #input: TurnLimiter;
  /** Answers requests whose messages are held back. */
  #heldSends: (() => void)[] = [];
  #cancelSessionTimeout: (() => void) | undefined;
  /** What the client's last request for messages is told. */
  #farewell = "the session was closed: normal";

  constructor(parts: LongPollParts) {
    const { subprotocol, flusher, settings } = parts;
    this.codec = subprotocol.codec;
    this.transport = transportInfo("longpoll", subprotocol.name, this.codec, parts);
    if (parts.evidence !== undefined) this.evidence = parts.evidence;
    this.#parts = parts;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
    this.#outbox = new LongPollOutbox(parts, this);
    const source = { pause: () => {}, resume: () => this.#answerHeldSends() };
    this.#input = new TurnLimiter(source, flusher, settings.clock, this.#lifecycle);
    this.#startSessionTimeout();
  }

  /** Asks `acceptor` for the handler. Call it once. */
  admit(acceptor: Acceptor): void {
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  send(frame: Uint8Array): boolean {
    return this.#lifecycle.isOpen && this.#outbox.send(frame);
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
    this.#input.stop();
  }

  /** What is queued, and then the end, wait until the client asks for them. */
  end(status: CloseStatus, message: string): void {
    this.#farewell = `the session was closed: ${message === "" ? status : `${status}: ${message}`}`;
    this.#outbox.flush();
    if (this.#outbox.empty && this.#outbox.requested) queueMicrotask(() => this.#onEnd(410));
  }

  destroy(): void {
    queueMicrotask(() => {
      this.#outbox.stop(410, "the session was dropped");
      this.#lifecycle.onLost();
    });
  }

  release(): void {
    this.#parts.onClosed?.();
  }

  /** The client asks for messages. */
  onReceive(response: ServerResponse): void {
    if (!this.#outbox.onReceive(response)) return sendText(response, 409, "another request for messages is pending");
    if (this.#lifecycle.isOpen) this.#cancelSessionTimeout?.();
    else if (this.#outbox.empty) this.#onEnd(410);
  }

  /** The client sends messages. `status` tells it that they have arrived. */
  onSend(request: IncomingMessage, response: ServerResponse, status: number): void {
    const { onLimit, maxMessageBytes } = this.#parts.settings;
    readBody(request, maxMessageBytes, (body) => {
      if (body === "aborted") return;
      if (!this.#lifecycle.isOpen) return sendText(response, 404, "no such transport");
      if (this.#heldSends.length >= MAX_HELD_SENDS)
        return sendText(response, 429, `too many requests with messages are waiting (limit ${MAX_HELD_SENDS})`);
      if (body === "too-large") {
        onLimit("message-bytes");
        response.setHeader("Connection", "close");
        sendText(response, 413, `the message is larger than ${maxMessageBytes} bytes`);
        const failure = new Error(`the peer sent a message larger than maxMessageBytes (${maxMessageBytes})`);
        return this.#lifecycle.close("message-too-big", "", failure);
      }
      this.#onBody(body, (ok) => sendText(response, ok ? status : 400, ok ? undefined : "the messages were refused"));
    });
  }

  /** The client closes the session. */
  onPeerClose(): void {
    this.#input.end(() => this.#onEnd(204));
  }

  /** Only the next request for messages proves that the client is still there. */
  onReceiveOver(): void {
    if (this.#lifecycle.isOpen) this.#startSessionTimeout();
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

  #onBody(body: Buffer, answer: (ok: boolean) => void): void {
    const { batch } = this.#parts.subprotocol;
    const frames = batch === undefined ? [body] : batch.split(body);
    if (typeof frames === "string") {
      answer(false);
      return this.#lifecycle.close("protocol-error", "", new Error(`the peer sent ${frames}`));
    }
    for (const frame of frames) this.#input.push(frame);
    if (this.#input.holding && this.#lifecycle.isOpen) this.#heldSends.push(() => answer(this.#lifecycle.isOpen));
    else answer(this.#lifecycle.isOpen);
  }

  #answerHeldSends(): void {
    for (const answer of this.#heldSends.splice(0)) answer();
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
