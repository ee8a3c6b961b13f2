import type { ServerResponse } from "node:http";
import { OutboxOverflowError } from "@kreuz/codec";
import type { Flushable } from "../output/flusher.js";
import { answer } from "../server/http-answers.js";
import type { LongPollParts } from "./longpoll-parts.js";

/** What a long-poll outbox tells its connection. */
export interface LongPollOutboxOwner {
  onDrain(): void;
  onReceiveOver(): void;
  /** Messages were lost, or there were too many. */
  onLost(failure: Error): void;
}

/** Messages that wait for the client to ask for them, and the one request that asks. Bounded in bytes. */
export class LongPollOutbox implements Flushable {
  readonly #parts: LongPollParts;
  readonly #owner: LongPollOutboxOwner;
  #queue: Uint8Array[] = [];
  /** Bytes in the queue and in the answer that has not left yet. */
  #bytes = 0;
  #request: ServerResponse | undefined;
  #answering = false;
  #heldBack = false;
  #announced = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(parts: LongPollParts, owner: LongPollOutboxOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#bytes === 0 && this.#queue.length === 0;
  }

  /** True while the client's request waits for an answer. */
  get asked(): boolean {
    return this.#request !== undefined;
  }

  /** Queues one frame; false while the sender should hold back. */
  send(frame: Uint8Array): boolean {
    const { settings, flusher } = this.#parts;
    const { limit, highWater } = settings.outbox;
    const after = this.#bytes + frame.length;
    if (after > limit && this.#bytes > 0) {
      settings.onLimit("outbox-bytes");
      // Later: a sender is not told of the end of its connection while it sends.
      queueMicrotask(() => this.#owner.onLost(new OutboxOverflowError(after, limit)));
      return false;
    }
    this.#queue.push(frame);
    this.#bytes = after;
    if (after > highWater) this.#heldBack = true;
    if (!this.#announced && this.#request !== undefined) {
      this.#announced = true;
      flusher.add(this);
    }
    return !this.#heldBack;
  }

  /** @returns `false` while there is such a request already. */
  onReceive(response: ServerResponse): boolean {
    if (this.#request !== undefined || this.#answering) return false;
    const { settings, receiveTimeout } = this.#parts;
    this.#request = response;
    response.once("close", () => this.#onOver(response));
    if (this.#queue.length > 0) this.flush();
    else this.#cancelTimeout = settings.clock.schedule(receiveTimeout, this.#onTimeout);
    return true;
  }

  /** Answers the request, if there is one and something to say. */
  flush(): void {
    this.#announced = false;
    const response = this.#take();
    if (response === undefined) return;
    const { codec, batch } = this.#parts.subprotocol;
    const frames = batch === undefined ? this.#queue.splice(0, 1) : this.#queue.splice(0);
    const bytes = frames.reduce((total, { length }) => total + length, 0);
    const body = batch === undefined ? frames[0]! : batch.join(frames);
    const type = codec.binary ? "application/octet-stream" : "application/json; charset=utf-8";
    response.writeHead(200, { "Content-Type": type, "Content-Length": body.length, "Cache-Control": "no-store" });
    this.#answering = true;
    response.once("finish", () => this.#onSent(bytes));
    response.end(body);
  }

  /** Answers the last request. */
  stop(status: number, line: string): void {
    this.#queue = [];
    this.#cancelTimeout?.();
    const response = this.#request;
    this.#request = undefined;
    if (response !== undefined) answer(response, status, status === 204 ? undefined : line);
  }

  /** The request, when it can be answered with a message. */
  #take(): ServerResponse | undefined {
    const response = this.#queue.length === 0 ? undefined : this.#request;
    if (response === undefined) return undefined;
    this.#cancelTimeout?.();
    this.#request = undefined;
    return response;
  }

  #onSent(bytes: number): void {
    this.#bytes -= bytes;
    this.#answering = false;
    if (!this.#heldBack || this.#bytes > this.#parts.settings.outbox.lowWater) return;
    this.#heldBack = false;
    this.#owner.onDrain();
  }

  readonly #onTimeout = (): void => {
    const response = this.#request;
    this.#request = undefined;
    if (response !== undefined) answer(response, 204);
  };

  /** The answer has left, or the client has gone before it could be given. */
  #onOver(response: ServerResponse): void {
    if (response === this.#request) {
      this.#cancelTimeout?.();
      this.#request = undefined;
    }
    if (this.#answering && !response.writableFinished) {
      this.#owner.onLost(new Error("the peer went away while its messages were on their way"));
      return;
    }
    this.#owner.onReceiveOver();
  }
}
