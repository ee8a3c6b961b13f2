import type { IncomingMessage, ServerResponse } from "node:http";
import type { Codec } from "@kreuz/codec";
import type { TransportOptions } from "./transport-settings.js";

/** Options of `listenWebSocket`. */
export interface WebSocketListenOptions extends TransportOptions {
  /** The codecs to offer; of those that a client offers, its first one is taken. */
  readonly codecs: readonly Codec[];
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** Default 8080; 0 picks a free one. */
  readonly port?: number;
  /** Path of the endpoint. Default `/ws`. */
  readonly path?: string;
  /**
   * Origins whose pages may connect: exact ones such as `https://example.com`, `null`, or `*` for any. By default the
   * same origin, and loopback origins from this machine. Clients that are no browsers send no origin and always pass.
   */
  readonly origins?: readonly string[];
  /** Open connections, beyond which handshakes are refused with HTTP 503. Default 10 000. */
  readonly maxConnections?: number;
  /** Sockets that may be before their opening handshake at one time; more are dropped. Default 1000. */
  readonly maxPendingHandshakes?: number;
  /** Answers plain HTTP requests on all other paths. By default they get 404. */
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

/** A listening WebSocket server. */
export interface WebSocketListener {
  /** Where clients on this machine reach it, for example `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly port: number;
  /** Open connections, those that are closing included. */
  readonly connections: number;
  /** Stops accepting, closes every connection with 1001, and resolves when all sockets are gone. */
  close(): Promise<void>;
}
