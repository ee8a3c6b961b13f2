import type { Acceptor, CloseStatus, Codec, Connection, ConnectionHandler, Message } from "@kreuz/codec";
import { MessageType } from "@kreuz/codec";
import { createJsonCodec } from "@kreuz/codec/json";
import type { Logger } from "@kreuz/router";
import { TRACE_ALL } from "../config/config.js";

const MAX_CHARACTERS = 400;
/** Values that must not be in a log, wherever they are in a message. */
const SECRETS = /"(ticket|secret|password|signature|privateKey)":"(?:[^"\\]|\\.)*"/g;

/**
 * Logs the messages of some sessions, in both directions, as JSON and cut after 400 characters. Tickets and signatures are
 * left out.
 *
 * @param names - realms and authids of the sessions, or {@link TRACE_ALL}.
 */
export function traceMessages(acceptor: Acceptor, names: readonly string[], logger: Logger): Acceptor {
  if (names.length === 0) return acceptor;
  return {
    accept(connection) {
      const trace = new Trace(connection, names, logger);
      const handler = acceptor.accept(new TracedConnection(connection, trace));
      return {
        onFrame(frame) {
          trace.message("received", frame);
          handler.onFrame(frame);
        },
        onDrain: () => handler.onDrain(),
        onControlFrame: (bytes) => handler.onControlFrame?.(bytes),
        onCut: (cut) => handler.onCut?.(cut),
        onClose: (error) => handler.onClose(error),
      } satisfies ConnectionHandler;
    },
  };
}

/** The trace of one connection. */
class Trace {
  readonly #connection: Connection;
  readonly #names: readonly string[];
  readonly #logger: Logger;
  readonly #json = createJsonCodec();
  #session: { readonly realm?: string; readonly authid?: string; readonly session?: number } = {};

  constructor(connection: Connection, names: readonly string[], logger: Logger) {
    this.#connection = connection;
    this.#names = names;
    this.#logger = logger;
  }

  message(direction: "received" | "sent", frame: Uint8Array): void {
    const text = this.#textOf(this.#connection.codec, frame);
    if (!this.#isWanted()) return;
    const { peer } = this.#connection.transport;
    this.#logger.info({ ...this.#session, peer, message: text }, `trace: ${direction}`);
  }

  /** Never throws: what cannot be decoded is the router's to refuse. */
  #textOf(codec: Codec, frame: Uint8Array): string {
    try {
      const message = codec.decode(frame);
      if (message.type === MessageType.HELLO) this.#session = { realm: message.realm };
      if (message.type === MessageType.AUTHENTICATE) return "[AUTHENTICATE, …]";
      if (message.type === MessageType.WELCOME) {
        const { authid } = message.details as { readonly authid?: string };
        this.#session = { ...this.#session, session: message.session, ...(authid === undefined ? {} : { authid }) };
      }
      const json = codec.id === "json" ? frame : this.#json.encode(message);
      const text = new TextDecoder().decode(json).replaceAll(SECRETS, '"$1":"…"');
      return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}… (${frame.length} bytes)` : text;
    } catch {
      return `a message that cannot be read (${frame.length} bytes)`;
    }
  }

  #isWanted(): boolean {
    const { realm, authid } = this.#session;
    return this.#names.some((name) => name === TRACE_ALL || name === realm || name === authid);
  }
}

/** A connection whose sent messages are traced. */
class TracedConnection implements Connection {
  readonly #connection: Connection;
  readonly #trace: Trace;

  constructor(connection: Connection, trace: Trace) {
    this.#connection = connection;
    this.#trace = trace;
  }

  get codec() {
    return this.#connection.codec;
  }

  get transport() {
    return this.#connection.transport;
  }

  get evidence() {
    return this.#connection.evidence!;
  }

  get maxFrameBytes() {
    return this.#connection.maxFrameBytes!;
  }

  get account() {
    return this.#connection.account!;
  }

  get bufferedBytes() {
    return this.#connection.bufferedBytes;
  }

  get bytesSent() {
    return this.#connection.bytesSent!;
  }

  send(frame: Uint8Array): boolean {
    this.#trace.message("sent", frame);
    return this.#connection.send(frame);
  }

  sendMessage(message: Message): boolean {
    return this.send(this.codec.encode(message));
  }

  close(status?: CloseStatus, message?: string): void {
    this.#connection.close(status, message);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }
}
