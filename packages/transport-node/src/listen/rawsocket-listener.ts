import type { Acceptor } from "@kreuz/codec";
import { Listener } from "../server/listener.js";
import type { RawSocketListenOptions, TransportListener } from "../server/listen-options.js";
import { RawSocketSide } from "../rawsocket/rawsocket-protocol.js";

/**
 * Serves WAMP over RawSocket, on a port or on a Unix socket: each connection whose handshake succeeds is handed to
 * `acceptor` (spec: "RawSocket Transport").
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export async function listenRawSocket(acceptor: Acceptor, options: RawSocketListenOptions): Promise<TransportListener> {
  const listener = new Listener(acceptor, options, { scheme: "rs", path: "", protocols: [] }, (shared, server) => {
    const side = new RawSocketSide(shared, options);
    return { take: (arrival) => side.take(arrival, () => server.pending.settle(arrival.raw)) };
  });
  await listener.listen();
  return listener;
}
