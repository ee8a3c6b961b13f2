import type { Acceptor } from "@kreuz/codec";
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
import { createCodecs } from "./codecs.js";
import { listenOptions } from "./listen-options.js";
import { readTls } from "./read-tls.js";
import { logLimit } from "./limit-metrics.js";
import { StartError } from "./start-error.js";
import type { TransportCounters } from "./transport-counters.js";

/** A place where clients connect. */
export interface Endpoint {
  /** For example `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly port: number;
  readonly codecs: readonly CodecName[];
}

/** An endpoint that is open. */
export interface OpenTransport {
  readonly endpoint: Endpoint;
  readonly listener: TransportListener;
  /** Reads the certificate again, for connections to come. @throws Error; the old one stays then. */
  renewTls(): Promise<void>;
}

const LISTEN = {
  websocket: listenWebSocket,
  rawsocket: listenRawSocket,
  universal: listenUniversal,
} as const satisfies Readonly<Record<TransportType, unknown>>;

/**
 * Opens the transports of a config, in its order.
 *
 * @throws StartError when one of them cannot be opened; the others are closed again then.
 */
export async function openTransports(
  acceptor: Acceptor,
  { config, folder }: LoadedConfig,
  counters: TransportCounters,
  logger: Logger,
  cookies?: HandshakeCookies,
): Promise<readonly OpenTransport[]> {
  const available = createCodecs(config);
  const open: OpenTransport[] = [];
  for (const transport of config.transports) {
    try {
      const { tls } = transport;
      const read = tls && (() => readTls(tls, folder));
      const listener = await LISTEN[transport.type](acceptor, {
        ...listenOptions(transport, available, folder, await read?.()),
        ...(cookies === undefined ? {} : { cookies }),
        onLimit: (limit) => {
          counters.count(limit);
          logLimit(logger, limit, counters.get(limit));
        },
        onError: (error) => logger.error({ error }, "the transport failed"),
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
