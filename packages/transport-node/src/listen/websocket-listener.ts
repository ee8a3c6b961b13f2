import type { Acceptor } from "@kreuz/codec";
import { HttpSide } from "./http-protocol.js";
import { Listener } from "../server/listener.js";
import type { WebSocketListener, WebSocketListenOptions } from "../server/listen-options.js";

/**
 * Serves WAMP over WebSocket, and over HTTP long-poll where the options say so: each connection whose handshake succeeds
 * is handed to `acceptor`.
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export async function listenWebSocket(acceptor: Acceptor, options: WebSocketListenOptions): Promise<WebSocketListener> {
  const presentation = { scheme: "ws", path: options.path ?? "/ws", protocols: ["http/1.1"] };
  const listener = new Listener(
    acceptor,
    options,
    presentation,
    (shared, server) => new HttpSide(shared, server, options),
  );
  await listener.listen();
  return listener;
}
