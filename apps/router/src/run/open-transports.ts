import type { Acceptor } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import { type HandshakeCookies, listenWebSocket, type WebSocketListener } from "@kreuz/transport-node";
import type { CodecName, Config } from "../config/config.js";
import { createCodecs } from "./codecs.js";
import { logLimit } from "./limit-log.js";
import { listenOptions } from "./router-options.js";
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
  readonly listener: WebSocketListener;
}

/**
 * Opens the transports of a config, in its order.
 *
 * @throws StartError when one of them cannot be opened; the others are closed again then.
 */
export async function openTransports(
  acceptor: Acceptor,
  config: Config,
  counters: TransportCounters,
  logger: Logger,
  cookies?: HandshakeCookies,
): Promise<readonly OpenTransport[]> {
  const available = createCodecs(config);
  const open: OpenTransport[] = [];
  for (const transport of config.transports) {
    try {
      const listener = await listenWebSocket(acceptor, {
        ...listenOptions(transport, available),
        ...(cookies === undefined ? {} : { cookies }),
        onLimit: (limit) => {
          counters.count(limit);
          logLimit(logger, limit, counters.get(limit));
        },
        onError: (error) => logger.error({ error }, "the transport failed"),
      });
      open.push({ listener, endpoint: { url: listener.url, port: listener.port, codecs: transport.codecs } });
    } catch (error) {
      await Promise.allSettled(open.map(({ listener }) => listener.close()));
      throw new StartError((error as Error).message, { cause: error });
    }
  }
  return open;
}
