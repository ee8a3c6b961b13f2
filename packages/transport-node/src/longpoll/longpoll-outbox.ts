import type { ServerResponse } from "node:http";
import { type Account, OutboxOverflowError } from "@kreuz/codec";
import type { ClientAccount } from "../connection/client-account.js";
import type { Subprotocol } from "../connection/subprotocol.js";
import type { TransportSettings } from "../connection/transport-settings.js";
import type { Flushable, Flusher } from "../output/flusher.js";
import type { OutboxOwner } from "../output/outbox.js";
import { sendText } from "../server/http-messages.js";

/** What a {@link LongPollOutbox} is made of. */
export interface LongPollOutboxParts {
  readonly subprotocol: Subprotocol;
  /** How long a request for messages stays open without one, in milliseconds. */
  readonly receiveTimeout: number;
  readonly flusher: Flusher;
  readonly account: ClientAccount | undefined;
  readonly settings: TransportSettings;
}

/** What a long-poll outbox tells its connection. */
export interface LongPollOutboxOwner extends OutboxOwner {
  /** A request for messages is being answered with some. */
  onAnswering(response: ServerResponse): void;
  /** A request for messages is over, answered or not. */
  onReceiveOver(): void;
  /** Messages were lost on their way. */
  onMessagesLost(failure: Error): void;
}

/** What a queued frame costs beyond its bytes. Very many tiny frames would take much more memory than the limit. */
const FRAME_BYTES = 128;
const MIN_FRAMES = 1024;

/** Messages that wait until the client asks for them, and its pending request. Bounded in bytes. */
export class LongPollOutbox implements Flushable {
  readonly #parts: LongPollOutboxParts;
  readonly #owner: LongPollOutboxOwner;
  readonly #account: Account | undefined;
  #queue: Uint8Array[] = [];
  /** Bytes in the queue and in the response that has not left yet. */
  #bytes = 0;
  /** The request that waits for messages. */
  #request: ServerResponse | undefined;
  #bytesSent = 0;
  #answering = false;
  #heldBack = false;
  #flushScheduled = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(parts: LongPollOutboxParts, owner: LongPollOutboxOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#account = parts.account?.account;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  /** Bytes of all frames that were queued. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  get empty(): boolean {
    return this.#bytes === 0 && this.#queue.length === 0;
  }

  /** True while a request of the client waits for messages. */
  get requested(): boolean {
    return this.#request !== undefined;
  }

  /** Queues one frame. Returns `false` while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    const { settings, flusher } = this.#parts;
    const { limit, highWater } = settings.outbox;
    const after = this.#bytes + frame.length;
    const priced = after + FRAME_BYTES * this.#queue.length;
    const tooMany = this.#queue.length > MIN_FRAMES && priced > limit * 2;
    if ((after > limit && this.#bytes > 0) || tooMany) {
      this.#owner.onOverflow(new OutboxOverflowError(Math.max(after, priced), limit));
      return false;
    }
    this.#queue.push(frame);
    this.#bytesSent += frame.length;
    this.#setBytes(after);
    if (after > highWater) this.#heldBack = true;
    if (!this.#flushScheduled && this.#request !== undefined) {
      this.#flushScheduled = true;
      flusher.add(this);
    }
    return !this.#heldBack;
  }

  /** The client asks for messages. Returns `false` if it is asking already. */
  onReceive(response: ServerResponse): boolean {
    if (this.#request !== undefined || this.#answering) return false;
    const { settings, receiveTimeout } = this.#parts;
    this.#request = response;
    response.once("close", () => this.#onOver(response));
    if (this.#queue.length > 0) this.flush();
    else this.#cancelTimeout = settings.clock.schedule(receiveTimeout, this.#onTimeout);
    return true;
  }

  /** Answers the client's request, if there is one and there are messages. */
  flush(): void {
    this.#flushScheduled = false;
    const response = this.#takeRequest();
    if (response === undefined) return;
    const { codec, batch } = this.#parts.subprotocol;
    const frames = batch === undefined ? this.#queue.splice(0, 1) : this.#queue.splice(0);
    const bytes = frames.reduce((total, { length }) => total + length, 0);
    const body = batch === undefined ? frames[0]! : batch.join(frames);
    const type = codec.binary ? "application/octet-stream" : "application/json; charset=utf-8";
    response.writeHead(200, { "Content-Type": type, "Content-Length": body.length, "Cache-Control": "no-store" });
    this.#answering = true;
    this.#owner.onAnswering(response);
    response.once("finish", () => this.#onSent(bytes));
    response.end(body);
  }

  /** Answers the last request. */
  stop(status: number, line: string): void {
    this.#queue = [];
    this.#account?.setUnsent(0);
    this.#cancelTimeout?.();
    const response = this.#request;
    this.#request = undefined;
    if (response !== undefined) sendText(response, status, status === 204 ? undefined : line);
  }

  /** The request, if it can be answered with a message. */
  #takeRequest(): ServerResponse | undefined {
    const response = this.#queue.length === 0 ? undefined : this.#request;
    if (response === undefined) return undefined;
    this.#cancelTimeout?.();
    this.#request = undefined;
    return response;
  }

  #onSent(bytes: number): void {
    this.#setBytes(this.#bytes - bytes);
    this.#answering = false;
    if (!this.#heldBack || this.#bytes > this.#parts.settings.outbox.lowWater) return;
    this.#heldBack = false;
    this.#owner.onDrain();
  }

  #setBytes(bytes: number): void {
    this.#bytes = bytes;
    this.#account?.setUnsent(bytes + FRAME_BYTES * this.#queue.length);
  }

  readonly #onTimeout = (): void => {
    const response = this.#request;
    this.#request = undefined;
    if (response !== undefined) sendText(response, 204);
  };

  /** The response has left, or the client has gone before there was one. */
  #onOver(response: ServerResponse): void {
    if (response === this.#request) {
      this.#cancelTimeout?.();
      this.#request = undefined;
    }
    if (this.#answering && !response.writableFinished)
      return this.#owner.onMessagesLost(
        new Error("the peer disconnected while a response with messages was on its way"),
      );
    this.#owner.onReceiveOver();
  }
}
