import type { IncomingMessage, ServerResponse } from "node:http";
import type { Codec } from "@kreuz/codec";
import type { LongPollOptions } from "../longpoll/longpoll-options.js";
import type { TlsOptions } from "../tls/tls-options.js";
import type { TransportOptions, WebSocketOptions } from "../connection/transport-settings.js";
import type { UnixSocketOptions } from "./unix-socket.js";

/** Options of everything that listens. */
export interface ListenOptions extends TransportOptions {
  /** The codecs to offer; of those that a client offers, its first one is taken. */
  readonly codecs: readonly Codec[];
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** Default 8080; 0 picks a free one. */
  readonly port?: number;
  /** Listens on a Unix socket, instead of host and port. */
  readonly unix?: UnixSocketOptions;
  /** Encrypts with TLS. */
  readonly tls?: TlsOptions;
  /** Open connections, beyond which more are refused. Default 10 000. */
  readonly maxConnections?: number;
  /** Sockets and long-poll sessions that one address may have open. By default there is no such limit. */
  readonly maxConnectionsPerAddress?: number;
  /** Sockets that may be before their opening handshake at one time; more are dropped. Default 1000. */
  readonly maxPendingHandshakes?: number;
  /**
   * Addresses, networks such as `10.0.0.0/8`, or `unix` for a Unix socket's peers, that are believed when they say whom
   * they speak for: in `X-Forwarded-For`, and in the PROXY protocol. By default nobody is.
   */
  readonly trustedProxies?: readonly string[];
  /** Trusted proxies begin with a header of the PROXY protocol, version 1 or 2; others may not. Default `false`. */
  readonly proxyProtocol?: boolean;
}

/**
 * Reads the cookie of an opening handshake, and may set one. The id is evidence for authenticators (`PeerEvidence`), and
 * goes nowhere else; `setCookie` is the value of a `Set-Cookie` header.
 */
export type HandshakeCookies = (request: { readonly cookieHeader: string | undefined; readonly tls: boolean }) => {
  readonly id: string;
  readonly setCookie?: string;
};

/** What is served over HTTP. */
export interface HttpOptions extends WebSocketOptions {
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /**
   * Origins whose pages may connect: exact ones such as `https://example.com`, `null`, or `*` for any. By default the
   * same origin, and loopback origins from this machine. Clients that are no browsers send no origin and always pass.
   */
  readonly origins?: readonly string[];
  /** Cookies of the WebSocket's opening handshake. By default they are neither read nor set. */
  readonly cookies?: HandshakeCookies;
  /** Serves WAMP over HTTP long-poll too, beside the WebSocket. By default it does not. */
  readonly longPoll?: LongPollOptions;
  /** Answers plain HTTP requests on all other paths. By default they get 404. */
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

/** What is served over RawSocket. */
export interface RawSocketOptions {
  /**
   * The least that a client must be willing to take, in bytes; the handshake of others is refused with "maximum message
   * length unacceptable". Default 512, which is the least there is.
   */
  readonly minPeerMessageBytes?: number;
}

/** Options of `listenWebSocket`. */
export interface WebSocketListenOptions extends ListenOptions, HttpOptions {}

/** Options of `listenRawSocket`. */
export interface RawSocketListenOptions extends ListenOptions, RawSocketOptions {}

/** Options of `listenUniversal`. */
export interface UniversalListenOptions extends ListenOptions, HttpOptions, RawSocketOptions {}

/** A listening server. */
export interface TransportListener {
  /**
   * Where clients on this machine reach it: `ws://127.0.0.1:8080/ws`, `wss://…`, `rs://127.0.0.1:8081`, `rss://…`, or on
   * a Unix socket `ws+unix:/run/kreuz.sock:/ws`, `rs+unix:/run/kreuz.sock`.
   */
  readonly url: string;
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Open connections, those that are closing included. */
  readonly connections: number;
  /**
   * Takes a new key and certificate for connections to come; those that are open go on.
   *
   * @throws ConfigError when they cannot be used, or the listener has no TLS. The old ones stay then.
   */
  setTls(options: TlsOptions): void;
  /** Stops accepting, closes every connection as going away, and resolves when all sockets are gone. */
  close(): Promise<void>;
}

/** A listening WebSocket server. */
export type WebSocketListener = TransportListener;
