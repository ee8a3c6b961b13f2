import type { Acceptor } from "@kreuz/codec";
import type { WebSocketOptions } from "../connection/transport-settings.js";
import { MAGIC } from "../rawsocket/rawsocket-handshake.js";
import { type RawSocketOptions, RawSocketProtocol } from "../rawsocket/rawsocket-protocol.js";
import { type ListenerContext, type Protocol, readStart } from "../server/accepted-socket.js";
import type { ListenOptions, TransportListener } from "../server/listen-options.js";
import { Listener, type ListenerUrl } from "../server/listener.js";
import type { SocketServer } from "../server/socket-server.js";
import { DEFAULT_WEBSOCKET_PATH, type HttpOptions, HttpProtocol } from "./http-protocol.js";

/** Options of {@link listenWebSocket}. */
export interface WebSocketListenOptions extends ListenOptions, HttpOptions {}

/** Options of {@link listenRawSocket}. */
export interface RawSocketListenOptions extends ListenOptions, RawSocketOptions {}

/** Options of {@link listenUniversal}. */
export interface UniversalListenOptions extends ListenOptions, HttpOptions, RawSocketOptions {}

/**
 * Serves WAMP over WebSocket and, with the option `longPoll`, over HTTP long-poll. Each connection whose handshake succeeds
 * is given to `acceptor`.
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export function listenWebSocket(acceptor: Acceptor, options: WebSocketListenOptions): Promise<TransportListener> {
  return listen(acceptor, options, httpUrl(options), (context, server) => new HttpProtocol(context, server, options));
}

/**
 * Serves WAMP over RawSocket. Each connection whose handshake succeeds is given to `acceptor` (spec: "RawSocket
 * Transport").
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export function listenRawSocket(acceptor: Acceptor, options: RawSocketListenOptions): Promise<TransportListener> {
  return listen(acceptor, options, { scheme: "rs", path: "", protocols: [] }, (context, server) => {
    const rawSocket = new RawSocketProtocol(context, options);
    return { serve: (accepted) => rawSocket.serve(accepted, () => server.pending.settle(accepted.netSocket)) };
  });
}

/**
 * Serves WebSocket, RawSocket, HTTP and, with the option `longPoll`, long-poll on one port or Unix socket. The first octet
 * tells them apart: no HTTP request begins with that of RawSocket.
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export function listenUniversal(acceptor: Acceptor, options: UniversalListenOptions): Promise<TransportListener> {
  return listen(acceptor, options, httpUrl(options), (context, server) => {
    const http = new HttpProtocol(context, server, options);
    const rawSocket = new RawSocketProtocol(context, options);
    return {
      serve(accepted) {
        readStart(accepted.socket, (data) => {
          accepted.socket.unshift(data);
          if (data[0] === MAGIC) rawSocket.serve(accepted, () => server.pending.settle(accepted.netSocket));
          else http.serve(accepted);
        });
      },
      get needsNewSockets() {
        return http.needsNewSockets;
      },
      prepareRoutes: (routes) => http.prepareRoutes(routes),
      closeIdleSockets: () => http.closeIdleSockets(),
      endConnections: () => http.endConnections(),
    };
  });
}

function httpUrl({ path = DEFAULT_WEBSOCKET_PATH }: HttpOptions): ListenerUrl {
  return { scheme: "ws", path, protocols: ["http/1.1"] };
}

/** Async, so that a ConfigError is a rejection too. */
async function listen(
  acceptor: Acceptor,
  options: ListenOptions & WebSocketOptions,
  url: ListenerUrl,
  createProtocol: (context: ListenerContext, server: SocketServer) => Protocol,
): Promise<TransportListener> {
  const listener = new Listener(acceptor, options, url, createProtocol);
  await listener.listen();
  return listener;
}
