import { type Acceptor, ConfigError } from "@kreuz/codec";
import { joinHostPort } from "../connection/peer-address.js";
import { positiveInteger, transportSettings, type WebSocketOptions } from "../connection/transport-settings.js";
import type { TlsOptions } from "../tls/tls-options.js";
import { Pace } from "../connection/pace.js";
import type { ListenerContext, Protocol } from "./accepted-socket.js";
import { OpenConnections } from "./connection-limits.js";
import type { ListenOptions, TransportListener } from "./listen-options.js";
import type { Routes } from "./fetch-route.js";
import { ListenerStats } from "./listener-stats.js";
import type { ReportRefusal } from "./refusals.js";
import { SocketServer } from "./socket-server.js";

/** How a listener appears to clients. */
export interface ListenerUrl {
  /** Scheme of its URL: `ws` or `rs`. */
  readonly scheme: string;
  /** Path in its URL. */
  readonly path: string;
  /** Offered by ALPN over TLS. */
  readonly protocols: readonly string[];
}

/** A {@link SocketServer} and the protocol spoken there. */
export class Listener implements TransportListener {
  readonly stats: ListenerStats;
  readonly #options: ListenOptions;
  readonly #url: ListenerUrl;
  readonly #connections: OpenConnections;
  readonly #server: SocketServer;
  readonly #protocol: Protocol;
  #closed: Promise<void> | undefined;

  constructor(
    acceptor: Acceptor,
    options: ListenOptions & WebSocketOptions,
    url: ListenerUrl,
    createProtocol: (context: ListenerContext, server: SocketServer) => Protocol,
  ) {
    const settings = transportSettings(options);
    this.#options = options;
    this.#url = url;
    const maxConnections = positiveInteger("maxConnections", options.maxConnections, 10_000);
    this.#connections = new OpenConnections(maxConnections, () => settings.onLimit("connections"));
    this.stats = new ListenerStats(settings.outbox.highWater);
    const report: ReportRefusal = (refusal) => {
      this.stats.refuse(refusal);
      options.onRefused?.({ listener: this.url, ...refusal });
    };
    const pace = new Pace(settings.stopwatch);
    this.#server = new SocketServer(options, settings, pace, url.protocols, {
      onRefused: report,
      onAccepted: (accepted) => {
        this.stats.watch(accepted.netSocket);
        this.#protocol.serve(accepted);
      },
      onClosed: (netSocket) => this.stats.forget(netSocket),
    });
    const context: ListenerContext = {
      acceptor: this.stats.counting(acceptor),
      settings,
      connections: this.#connections,
      budget: options.budget,
      report,
      pace,
    };
    this.#protocol = createProtocol(context, this.#server);
  }

  get port(): number {
    return this.#server.port;
  }

  get url(): string {
    const { host = "127.0.0.1", unix, fd } = this.#options;
    const { path } = this.#url;
    const scheme = this.#server.encrypted ? `${this.#url.scheme}s` : this.#url.scheme;
    const socketPath = unix?.path ?? this.#server.socketPath;
    if (socketPath !== undefined) return `${scheme}+unix:${socketPath}${path === "" ? "" : `:${path}`}`;
    const listening = fd === undefined ? host : this.#server.host;
    const reachable = listening === "0.0.0.0" ? "127.0.0.1" : listening === "::" ? "::1" : listening;
    return `${scheme}://${joinHostPort(reachable, this.port)}${path}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  setTls(options: TlsOptions): void {
    this.prepareTls(options)();
  }

  prepareTls(options: TlsOptions): () => void {
    return this.#server.prepareTls(options);
  }

  prepareRoutes(routes: Routes): () => void {
    const prepared = this.#protocol.prepareRoutes?.(routes);
    if (prepared === undefined) throw new ConfigError("routes", "the listener serves no HTTP");
    return prepared;
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  stopAccepting(): void {
    this.stats.closing = true;
    if (this.#protocol.needsNewSockets !== true) void this.#server.stopAccepting();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.stats.closing = true;
    const socketsClosed = this.#server.close();
    const connectionsClosed = this.#connections.closeAll();
    // Idle sockets stay until all connections are closed: long-poll clients fetch their last messages through them. The
    // connections that are left when the last socket has closed have nobody to wait for.
    await Promise.all([
      connectionsClosed.then(() => this.#protocol.closeIdleSockets?.()),
      socketsClosed.then(() => this.#protocol.endConnections?.()),
    ]);
  }
}
