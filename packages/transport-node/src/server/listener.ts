import type { Acceptor } from "@kreuz/codec";
import type { ListenOptions, TransportListener } from "./listen-options.js";
import { OpenConnections } from "./open-connections.js";
import { joinHostPort } from "../connection/peer-address.js";
import type { Shared } from "./listener-context.js";
import type { Side } from "./protocol.js";
import { SocketServer } from "./socket-server.js";
import type { TlsOptions } from "../tls/tls-options.js";
import { transportSettings, type WebSocketOptions, wholeNumber } from "../connection/transport-settings.js";

/** How a listener presents itself. */
export interface Presentation {
  /** Scheme of its URL: `ws` or `rs`. */
  readonly scheme: string;
  /** Path in its URL. */
  readonly path: string;
  /** Offered by ALPN, where there is TLS. */
  readonly protocols: readonly string[];
}

/** A {@link SocketServer} and what is spoken there. */
export class Listener implements TransportListener {
  readonly #options: ListenOptions;
  readonly #presentation: Presentation;
  readonly #open: OpenConnections;
  readonly #server: SocketServer;
  readonly #side: Side;
  #closed: Promise<void> | undefined;

  constructor(
    acceptor: Acceptor,
    options: ListenOptions & WebSocketOptions,
    presentation: Presentation,
    makeSide: (shared: Shared, server: SocketServer) => Side,
  ) {
    const settings = transportSettings(options);
    this.#options = options;
    this.#presentation = presentation;
    this.#open = new OpenConnections(wholeNumber("maxConnections", options.maxConnections, 10_000));
    this.#server = new SocketServer(options, settings, presentation.protocols, (arrival) => this.#side.take(arrival));
    this.#side = makeSide({ acceptor, settings, open: this.#open }, this.#server);
  }

  get port(): number {
    return this.#server.port;
  }

  get url(): string {
    const { host = "127.0.0.1", unix } = this.#options;
    const { scheme, path } = this.#presentation;
    const secure = this.#server.encrypted ? `${scheme}s` : scheme;
    if (unix !== undefined) return `${secure}+unix:${unix.path}${path === "" ? "" : `:${path}`}`;
    const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    return `${secure}://${joinHostPort(reachable, this.port)}${path}`;
  }

  get connections(): number {
    return this.#open.size;
  }

  setTls(options: TlsOptions): void {
    this.#server.setTls(options);
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const socketsGone = this.#server.close();
    const handlersTold = this.#open.closeAll();
    this.#side.close?.();
    await handlersTold;
    await socketsGone;
  }
}
