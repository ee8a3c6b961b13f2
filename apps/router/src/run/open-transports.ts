import type { Acceptor, Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import {
  type HandshakeCookies,
  listenRawSocket,
  listenUniversal,
  listenWebSocket,
  type TransportListener,
} from "@kreuz/transport-node";
import type { CodecName, TransportType } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import { logLimit, type TransportCounters } from "./limit-metrics.js";
import { createCodecs, listenOptions, readTls } from "./listen-options.js";

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
  /** Reads the TLS files again, for new connections. @throws Error and keeps the old certificate. */
  renewTls(): Promise<void>;
}

/** What transports need besides their config. */
export interface TransportContext {
  readonly counters: TransportCounters;
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
 * @throws StartError if one cannot be opened, after closing the others.
 */
export async function openTransports(
  acceptor: Acceptor,
  { config, folder }: LoadedConfig,
  { counters, logger, clock, cookies }: TransportContext,
): Promise<readonly OpenTransport[]> {
  const codecs = createCodecs(config);
  const open: OpenTransport[] = [];
  for (const transport of config.transports) {
    try {
      const { tls } = transport;
      const read = tls && (() => readTls(tls, folder));
      const listener = await LISTEN[transport.type](acceptor, {
        ...listenOptions(transport, codecs, folder, await read?.()),
        ...(cookies === undefined ? {} : { cookies }),
        clock,
        onLimit: (limit) => {
          counters.count(limit);
          logLimit(logger, limit, counters.get(limit));
        },
        onError: (error) => logger.error({ error }, "transport error"),
      });
      open.push({
        listener,
        endpoint: { url: listener.url, port: listener.port, codecs: transport.codecs },
        renewTls: async () => {
          if (read !== undefined) listener.setTls(await read());
        },
      });
    } catch (error) {
      await Promise.allSettled(open.map(({ listener }) => listener.close()));
      throw new StartError((error as Error).message, { cause: error });
    }
  }
  return open;
}
