import type { Budget, Codec } from "@kreuz/codec";
import type { ReadMemory } from "../connection/read-memory.js";
import type { TransportOptions } from "../connection/transport-settings.js";
import type { TlsOptions } from "../tls/tls-options.js";
import type { ListenerStats } from "./listener-stats.js";
import type { Refusal } from "./refusals.js";
import type { UnixSocketOptions } from "./unix-socket.js";
import type { Routes } from "./fetch-route.js";

/** Options of every listener. */
export interface ListenOptions extends TransportOptions {
  /** The codecs to offer. The client's order of preference decides. */
  readonly codecs: readonly Codec[];
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** Default 8080; 0 picks a free port. */
  readonly port?: number;
  /** Listens on a Unix socket instead of host and port. */
  readonly unix?: UnixSocketOptions;
  /**
   * Listens on a socket that is open already, such as 3, the first that systemd passes on (`LISTEN_FDS`), instead of host
   * and port.
   */
  readonly fd?: number;
  /** Encrypts with TLS. */
  readonly tls?: TlsOptions;
  /**
   * What clients hold is charged here, from their first byte on. Give the router the same one. Default none: the transport
   * charges nothing.
   */
  readonly budget?: Budget;
  /**
   * Frees the memory of data that was read before it makes V8 mark the whole heap: large messages cost half as much CPU. Give
   * all listeners of the process the same one. It sets a flag of V8, so it is for programs that own their process. Default none.
   */
  readonly readMemory?: ReadMemory;
  /**
   * Largest message of a client that has not logged in, in bytes. Needs a `budget`, which knows who has. Default 16 KiB.
   */
  readonly maxHandshakeMessageBytes?: number;
  /** Maximum number of open connections; more are refused. Default 10 000. */
  readonly maxConnections?: number;
  /** Maximum number of sockets, and of long-poll sessions, per address. Default no limit. */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Maximum number of sockets that have not finished their opening handshake. The oldest goes when there are more. Default
   * 10 000.
   */
  readonly maxPendingHandshakes?: number;
  /**
   * Maximum number of such sockets per address, and per /64 network of IPv6. The oldest of that address goes when there are
   * more. Default half of `maxPendingHandshakes`.
   */
  readonly maxPendingHandshakesPerAddress?: number;
  /** Called with each client that is refused or dropped before it has a connection. A flood calls it often: sum up. */
  readonly onRefused?: (refusal: Refusal) => void;
  /**
   * Addresses, networks such as `10.0.0.0/8`, or `unix` for the peers of a Unix socket. What they say about the client
   * behind them, in `X-Forwarded-For` or the PROXY protocol, is trusted. Default nobody.
   */
  readonly trustedProxies?: readonly string[];
  /** Trusted proxies must begin with a header of the PROXY protocol, version 1 or 2; others must not. Default `false`. */
  readonly proxyProtocol?: boolean;
}

/** A listening server. */
export interface TransportListener {
  /**
   * Where clients on this machine reach it: `ws://127.0.0.1:8080/ws`, `wss://…`, `rs://127.0.0.1:8081`, `rss://…`, or on
   * a Unix socket `ws+unix:/run/kreuz.sock:/ws`, `rs+unix:/run/kreuz.sock`.
   */
  readonly url: string;
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Number of open connections, including those that are closing. */
  readonly connections: number;
  /** What the listener counts. */
  readonly stats: ListenerStats;
  /**
   * Uses a new key and certificate for new connections; open connections keep theirs.
   *
   * @throws ConfigError when they cannot be used, or when the listener was opened without TLS. The old ones stay.
   */
  setTls(options: TlsOptions): void;
  /**
   * Checks a new key and certificate, and returns the function that uses them for new connections, so that several
   * listeners change all together or not at all.
   *
   * @throws ConfigError when they cannot be used, or when the listener was opened without TLS.
   */
  prepareTls(options: TlsOptions): () => void;
  /**
   * Checks who is to answer plain HTTP requests in place of the option `routes`, and returns the function that uses them for new
   * requests; those under way are answered as they began.
   *
   * @throws ConfigError when an option of a route is out of range, or the listener serves no HTTP.
   */
  prepareRoutes(routes: Routes): () => void;
  /**
   * Closes the port or Unix socket, and leaves connections and handshakes that have begun alone. A listener that serves
   * long-poll goes on accepting until {@link close}: its clients need a socket for each request.
   */
  stopAccepting(): void;
  /** Stops accepting, closes every connection as going away, and resolves when all sockets are gone. */
  close(): Promise<void>;
}
