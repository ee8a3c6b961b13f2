import type { Acceptor, Budget, Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import {
  type HandshakeCookies,
  listenRawSocket,
  listenUniversal,
  listenWebSocket,
  type TlsOptions,
  type TransportListener,
} from "@kreuz/transport-node";
import type { CodecName, TransportType } from "../config/config.js";
import { InvalidConfigError } from "../config/config-problem.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import { logLimit, type TransportCounters } from "./limit-metrics.js";
import { createCodecs, listenOptions } from "./listen-options.js";
import { certificateWarning, readTls } from "./tls-files.js";

/** An address where clients connect. */
export interface Endpoint {
  /** For example `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly port: number;
  readonly codecs: readonly CodecName[];
}

/** An open transport. */
export interface OpenTransport {
  readonly endpoint: Endpoint;
  readonly listener: TransportListener;
  /**
   * Reads the TLS files of the transport in another config, and checks them.
   *
   * @returns a function that uses them for new connections.
   * @throws InvalidConfigError if they cannot be used; the old ones stay.
   */
  prepareTls(loaded: LoadedConfig): Promise<() => void>;
}

/** What transports need besides their config. */
export interface TransportContext {
  readonly counters: TransportCounters;
  /** What clients hold is charged to it. */
  readonly budget: Budget;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Absent: the transports set no cookies. */
  readonly cookies: HandshakeCookies | undefined;
}

const LISTEN = {
  websocket: listenWebSocket,
  rawsocket: listenRawSocket,
  universal: listenUniversal,
} as const satisfies Readonly<Record<TransportType, unknown>>;

/**
 * Opens the transports of a config, in its order.
 *
 * @throws InvalidConfigError for TLS files that cannot be used, StartError if one cannot be opened, after closing the others.
 */
export async function openTransports(
  acceptor: Acceptor,
  loaded: LoadedConfig,
  { counters, budget, logger, clock, cookies }: TransportContext,
): Promise<readonly OpenTransport[]> {
  const { config, folder } = loaded;
  const codecs = createCodecs(config);
  const shared = { budget, clock, maxHandshakeMessageBytes: config.limits.handshakeMessageBytes };
  const open: OpenTransport[] = [];
  const read = async (from: LoadedConfig, index: number): Promise<TlsOptions | undefined> => {
    const config = from.config.transports[index]?.tls;
    const tls = config && (await readTls(config, index, from));
    const warning = tls && certificateWarning(tls, clock.now());
    if (warning !== undefined) logger.warn({ transport: index, file: config?.cert }, warning);
    return tls;
  };
  for (const [index, transport] of config.transports.entries()) {
    try {
      const listener = await LISTEN[transport.type](acceptor, {
        ...listenOptions(transport, codecs, folder, await read(loaded, index)),
        ...(cookies === undefined ? {} : { cookies }),
        ...shared,
        onLimit: (limit) => {
          counters.count(limit);
          logLimit(logger, limit, counters.get(limit));
        },
        onRefused: ({ reason, remedy, ...who }) =>
          logger.info({ ...who, ...(remedy === undefined ? {} : { remedy }) }, `client refused: ${reason}`),
        onError: (error) => logger.error({ error }, "transport error"),
      });
      open.push({
        listener,
        endpoint: { url: listener.url, port: listener.port, codecs: transport.codecs },
        prepareTls: async (reloaded) => {
          const tls = transport.tls && (await read(reloaded, index));
          return () => tls && listener.setTls(tls);
        },
      });
    } catch (error) {
      await Promise.allSettled(open.map(({ listener }) => listener.close()));
      if (error instanceof InvalidConfigError) throw error;
      throw new StartError((error as Error).message, { cause: error });
    }
  }
  return open;
}
