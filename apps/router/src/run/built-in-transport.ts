import type { Acceptor, Clock, Transport, TransportContext } from "@kreuz/codec";
import {
  type HandshakeCookies,
  type ListenerStats,
  listenRawSocket,
  listenUniversal,
  listenWebSocket,
  type ReadMemory,
  type TlsOptions,
  type TransportListener,
} from "@kreuz/transport-node";
import type { TransportConfig, TransportType } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { listenOptions } from "./listen-options.js";
import { openRoutes, type RouteServices } from "./open-routes.js";
import type { PreparedRoutes } from "./package-routes.js";
import { certificateWarning, readTls } from "./tls-files.js";

const LISTEN = {
  websocket: listenWebSocket,
  rawsocket: listenRawSocket,
  universal: listenUniversal,
} as const satisfies Readonly<Record<TransportType, unknown>>;

interface Services extends RouteServices {
  readonly clock: Clock;
  readonly cookies: HandshakeCookies | undefined;
  /** The routes of packages. */
  readonly routes: PreparedRoutes;
  readonly readMemory: ReadMemory;
}

/** A transport of `@kreuz/transport-node`, as the config describes it. */
export class BuiltInTransport implements Transport {
  readonly #config: TransportConfig;
  readonly #index: number;
  readonly #loaded: LoadedConfig;
  readonly #services: Services;
  #listener: TransportListener | undefined;

  constructor(config: TransportConfig, index: number, loaded: LoadedConfig, services: Services) {
    this.#config = config;
    this.#index = index;
    this.#loaded = loaded;
    this.#services = services;
  }

  async listen(acceptor: Acceptor, context: TransportContext): Promise<TransportListener> {
    const { logger, cookies, routes } = this.#services;
    const { folder, config } = this.#loaded;
    this.#listener = await LISTEN[this.#config.type](acceptor, {
      ...listenOptions(this.#config, context.codecs, folder, await this.#readTls(this.#loaded)),
      ...(cookies === undefined ? {} : { cookies }),
      routes: openRoutes(this.#index, this.#loaded, routes, this.#services),
      budget: context.budget,
      readMemory: this.#services.readMemory,
      clock: context.clock,
      maxHandshakeMessageBytes: config.limits.handshakeMessageBytes,
      onLimit: context.onLimit,
      onRefused: ({ reason, remedy, ...who }) =>
        logger.info({ ...who, ...(remedy === undefined ? {} : { remedy }) }, `client refused: ${reason}`),
      onError: context.onError,
    });
    return this.#listener;
  }

  /** What its listener counts. */
  get stats(): ListenerStats | undefined {
    return this.#listener?.stats;
  }

  /** Reads and checks the TLS files of another config. @returns a function that uses them for new connections. */
  async prepareTls(reloaded: LoadedConfig): Promise<() => void> {
    const tls = this.#config.tls && (await this.#readTls(reloaded));
    return () => tls && this.#listener?.setTls(tls);
  }

  /** Checks the routes of another config. @returns a function that uses them for new requests. */
  prepareRoutes(reloaded: LoadedConfig, packages: PreparedRoutes): () => void {
    const routes = openRoutes(this.#index, reloaded, packages, this.#services);
    return this.#config.type === "rawsocket" ? () => {} : (this.#listener?.prepareRoutes(routes) ?? (() => {}));
  }

  async #readTls(from: LoadedConfig): Promise<TlsOptions | undefined> {
    const { logger, clock } = this.#services;
    const transport = from.config.transports[this.#index];
    if (transport === undefined || namesExtension(transport) || transport.tls === undefined) return undefined;
    const tls = await readTls(transport.tls, ["transports", this.#index, "tls"], from);
    const warning = certificateWarning(tls, clock.now());
    if (warning !== undefined) logger.warn({ transport: this.#index, file: transport.tls.cert }, warning);
    return tls;
  }
}
