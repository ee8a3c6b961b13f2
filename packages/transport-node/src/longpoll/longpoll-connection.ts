import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Acceptor,
  type CloseStatus,
  type Codec,
  type Connection,
  type ConnectionHandler,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";
import { asError } from "../connection/as-error.js";
import { answer } from "../server/http-answers.js";
import { Inbound } from "../connection/turn-limiter.js";
import { LongPollOutbox } from "./longpoll-outbox.js";
import type { LongPollParts } from "./longpoll-parts.js";
import { readBody } from "../server/read-body.js";

/** Requests with messages that may wait for one another while the connection is paused. */
const MAX_HELD_SENDS = 64;

/** A long-poll session as a `Connection` (spec: "HTTP Longpoll Transport"). It outlives the sockets of its requests. */
export class LongPollConnection implements Connection {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly #parts: LongPollParts;
  readonly #outbox: LongPollOutbox;
  readonly #inbound: Inbound;
  /** Answers to requests whose messages wait for the end of a pause. */
  #held: (() => void)[] = [];
  #handler: ConnectionHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #failure: Error | undefined;
  #cancelTimer: (() => void) | undefined;
  #farewell = "";

  constructor(parts: LongPollParts) {
    const { subprotocol, peer, tls, evidence, settings } = parts;
    this.codec = subprotocol.codec;
    this.transport = {
      type: "longpoll",
      protocol: subprotocol.name,
      serializer: subprotocol.codec.id,
      ...(peer === undefined ? {} : { peer }),
      ...(tls ? { tls } : {}),
    };
    if (evidence !== undefined) this.evidence = evidence;
    this.#parts = parts;
    this.#outbox = new LongPollOutbox(parts, this);
    this.#inbound = new Inbound({ pause: () => {}, resume: () => this.#release() }, parts.flusher, this.#deliver);
    this.#expect(settings.clock.schedule(parts.sessionTimeout, this.#onAbsence));
  }

  /** Asks `acceptor` for the handler of this connection; done once. */
  admit(acceptor: Acceptor): void {
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
    return this.#state === "open" && this.#outbox.send(frame);
  }

  /** What is queued, and then the end, wait for the client to ask for them, but not longer than `closeTimeout`. */
  close(status: CloseStatus = "normal", message = ""): void {
    this.#close(message === "" ? status : `${status}: ${message}`, undefined);
  }

  pause(): void {
    this.#inbound.pause();
  }

  resume(): void {
    this.#inbound.resume();
  }

  /** The client asks for messages. */
  onReceive(response: ServerResponse): void {
    if (!this.#outbox.onReceive(response)) return answer(response, 409, "another request for messages is open");
    if (this.#state === "open") this.#cancelTimer?.();
    else if (this.#outbox.empty) this.#finish(410);
  }

  /** The client sends messages. `status` tells it that they have arrived. */
  onSend(request: IncomingMessage, response: ServerResponse, status: number): void {
    const { settings } = this.#parts;
    readBody(request, settings.maxMessageBytes, (body) => {
      if (body === "aborted") return;
      if (this.#state !== "open") return answer(response, 404, "no such transport");
      if (this.#held.length >= MAX_HELD_SENDS) return answer(response, 429, "too many messages wait already");
      if (body === "too-large") {
        settings.onLimit("message-bytes");
        response.setHeader("Connection", "close");
        answer(response, 413, `more than ${settings.maxMessageBytes} bytes`);
        return this.#close("message-too-big", new Error("the peer sent more than it was allowed"));
      }
      this.#onBody(body, (ok) => answer(response, ok ? status : 400, ok ? undefined : "the messages were refused"));
    });
  }

  /** The client is done. */
  onPeerClose(): void {
    this.#finish(204);
  }

  /** A request for messages is over, answered or not; only the next one proves that the client is still there. */
  onReceiveOver(): void {
    const { settings, sessionTimeout } = this.#parts;
    if (this.#state === "open") this.#expect(settings.clock.schedule(sessionTimeout, this.#onAbsence));
  }

  onDrain(): void {
    if (this.#state !== "open") return;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      this.#closeOnBug(error);
    }
  }

  onLost(failure: Error): void {
    if (this.#state === "closed") return;
    this.#failure ??= failure;
    this.#finish(410);
  }

  #onBody(body: Buffer, done: (ok: boolean) => void): void {
    const { batch } = this.#parts.subprotocol;
    const frames = batch === undefined ? [body] : batch.split(body);
    if (typeof frames === "string") {
      done(false);
      return this.#close("protocol-error", new Error(`the peer sent ${frames}`));
    }
    for (const frame of frames) this.#inbound.push(frame);
    if (this.#inbound.paused && this.#state === "open") this.#held.push(() => done(true));
    else done(this.#state === "open");
  }

  readonly #deliver = (frame: Uint8Array): void => {
    try {
      this.#handler?.onFrame(frame);
    } catch (error) {
      this.#closeOnBug(error);
    }
  };

  #release(): void {
    for (const done of this.#held.splice(0)) done();
  }

  #closeOnBug(thrown: unknown): void {
    this.#close("internal-error", asError(thrown));
  }

  #close(farewell: string, failure: Error | undefined): void {
    if (this.#state !== "open") return;
    const { clock, closeTimeout } = this.#parts.settings;
    this.#failure ??= failure;
    this.#farewell = farewell;
    this.#state = "closing";
    this.#inbound.stop();
    this.#expect(clock.schedule(closeTimeout, this.#onCloseTimeout));
    this.#outbox.flush();
    // Later, so that nobody is told of the end within `close`.
    if (this.#outbox.empty && this.#outbox.asked) queueMicrotask(() => this.#finish(410));
  }

  #expect(cancel: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = cancel;
  }

  readonly #onAbsence = (): void => {
    this.#parts.settings.onLimit("session-timeout");
    this.onLost(new Error("the peer did not ask for messages any more"));
  };

  readonly #onCloseTimeout = (): void => {
    this.#parts.settings.onLimit("close-timeout");
    const { closeTimeout } = this.#parts.settings;
    this.onLost(new Error(`the peer did not fetch the last messages and the end within ${closeTimeout} ms`));
  };

  #finish(status: number): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelTimer?.();
    this.#inbound.stop();
    this.#outbox.stop(status, `the session was closed: ${this.#farewell || "normal"}`);
    this.#parts.onGone();
    try {
      this.#handler?.onClose(this.#failure);
    } catch (error) {
      this.#parts.settings.onError(asError(error));
    }
  }
}
