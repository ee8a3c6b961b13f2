import type { Acceptor } from "@kreuz/codec";
import { HttpSide } from "./http-protocol.js";
import { Listener } from "../server/listener.js";
import type { TransportListener, UniversalListenOptions } from "../server/listen-options.js";
import { MAGIC } from "../rawsocket/rawsocket-handshake.js";
import { RawSocketSide } from "../rawsocket/rawsocket-protocol.js";
import { readStart } from "../server/read-start.js";

/**
 * Serves WebSocket, RawSocket, HTTP and, where the options say so, long-poll at one place. The first octet tells them
 * apart: no HTTP request begins with that of RawSocket.
 *
 * @throws ConfigError when an option is out of range; Error naming the place when it cannot listen there.
 */
export async function listenUniversal(acceptor: Acceptor, options: UniversalListenOptions): Promise<TransportListener> {
  const presentation = { scheme: "ws", path: options.path ?? "/ws", protocols: ["http/1.1"] };
  const listener = new Listener(acceptor, options, presentation, (shared, server) => {
    const http = new HttpSide(shared, server, options);
    const rawSocket = new RawSocketSide(shared, options);
    return {
      take(arrival) {
        readStart(arrival.socket, (data) => {
          arrival.socket.unshift(data);
          if (data[0] === MAGIC) rawSocket.take(arrival, () => server.pending.settle(arrival.raw));
          else http.take(arrival);
        });
      },
      close: () => http.close(),
    };
  });
  await listener.listen();
  return listener;
}
