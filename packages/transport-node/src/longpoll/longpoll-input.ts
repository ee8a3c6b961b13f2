import type { IncomingMessage, ServerResponse } from "node:http";
import type { Account } from "@kreuz/codec";
import { messageTooBig, type TransportSettings } from "../connection/transport-settings.js";
import { sendText } from "../server/http-messages.js";
import { readBody, type RequestBody } from "../server/request-body.js";

/** What a {@link LongPollInput} asks of its connection. */
export interface LongPollInputOwner {
  readonly isOpen: boolean;
  /** The longest body at the moment, in bytes. */
  readonly maxBodyBytes: number;
  /** A body has arrived. `delivered` is called once its messages have been delivered, or refused. */
  onBody(body: Buffer, delivered: () => void): void;
  /** A body was larger than it may be. */
  onTooBig(reason: string): void;
}

/** A request with messages. `status` tells the client that they were delivered. */
interface Post {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly status: number;
}

/** Maximum number of requests that wait, unread, until the messages of the ones before them have been delivered. */
const MAX_WAITING_POSTS = 64;

/**
 * The requests with messages of one long-poll session, one at a time: the body of the next is not read before the messages
 * of the one before have been delivered, so that HTTP holds back a client that sends too fast.
 */
export class LongPollInput {
  readonly #owner: LongPollInputOwner;
  readonly #settings: TransportSettings;
  readonly #account: Account | undefined;
  #waiting: Post[] = [];
  #reading = false;

  constructor(owner: LongPollInputOwner, settings: TransportSettings, account: Account | undefined) {
    this.#owner = owner;
    this.#settings = settings;
    this.#account = account;
  }

  add(request: IncomingMessage, response: ServerResponse, status: number): void {
    if (this.#waiting.length >= MAX_WAITING_POSTS) {
      this.#settings.onLimit("waiting-requests");
      closeAfter(response);
      return sendText(response, 429, `too many requests with messages are waiting (limit ${MAX_WAITING_POSTS})`);
    }
    this.#waiting.push({ request, response, status });
    // What the system has read of it already.
    this.#account?.charge(request.socket.readableHighWaterMark);
    if (!this.#reading) this.#readNext();
  }

  /** The session is over: answers the requests that wait. */
  stop(): void {
    for (const { request, response } of this.#waiting.splice(0)) {
      this.#account?.refund(request.socket.readableHighWaterMark);
      closeAfter(response);
      sendText(response, 404, NO_TRANSPORT);
    }
  }

  #readNext(): void {
    const post = this.#waiting.shift();
    this.#reading = post !== undefined;
    if (post === undefined) return;
    const { maxBodyBytes: maxBytes } = this.#owner;
    this.#account?.refund(post.request.socket.readableHighWaterMark);
    readBody(post.request, { maxBytes, settings: this.#settings, account: this.#account }, (body) =>
      this.#onBody(post, body, maxBytes),
    );
  }

  #onBody({ response, status }: Post, body: RequestBody, maxBytes: number): void {
    if (!("failure" in body)) {
      if (this.#owner.isOpen)
        return this.#owner.onBody(body, () => {
          if (this.#owner.isOpen) sendText(response, status);
          else sendText(response, 400, "the messages were refused");
          this.#readNext();
        });
      sendText(response, 404, NO_TRANSPORT);
    } else {
      this.#onFailure(response, body, maxBytes);
    }
    this.#readNext();
  }

  #onFailure(response: ServerResponse, body: Exclude<RequestBody, Buffer>, maxBytes: number): void {
    const { onLimit, messageTimeout } = this.#settings;
    if (body.failure === "aborted") return;
    closeAfter(response);
    if (body.failure === "late") {
      onLimit("message-timeout");
      return sendText(response, 408, `the body was not complete within messageTimeout (${messageTimeout} ms)`);
    }
    onLimit("message-bytes");
    const reason = messageTooBig(body.bytes, maxBytes);
    sendText(response, 413, reason);
    this.#owner.onTooBig(reason);
  }
}

const NO_TRANSPORT = "no such transport";

/** The rest of the body is not read. */
function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
