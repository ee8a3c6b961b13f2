import { ADMIN_WEBSOCKET_PATH } from "@kreuz/admin";
import type { Acceptor, Connection, ConnectionHandler } from "@kreuz/codec";
import { connectWebSocket } from "@kreuz/transport-node";

/**
 * Passes operators on to a worker, frame by frame.
 *
 * @param socketOf - where the worker that serves operators now listens; `undefined` while there is none.
 */
export function operatorBridge(socketOf: () => string | undefined): Acceptor {
  return {
    accept(operator) {
      const path = socketOf();
      const side = new Side(operator);
      if (path === undefined) {
        operator.close("going-away", "no worker is ready");
        return side;
      }
      // Until there is a worker to take them, its frames wait.
      operator.pause();
      const acceptor: Acceptor = {
        accept(worker) {
          side.other = worker;
          return new Side(worker, operator);
        },
      };
      const { peer } = operator.transport;
      const headers = peer === undefined ? {} : { "X-Forwarded-For": addressOf(peer) };
      connectWebSocket(`ws+unix:${path}:${ADMIN_WEBSOCKET_PATH}`, acceptor, { codecs: [operator.codec], headers }).then(
        (worker) => (side.over ? worker.close("going-away") : operator.resume()),
        () => operator.close("going-away", "the worker does not answer"),
      );
      return side;
    },
  };
}

/** One of two connections that are bridged: what it hears, the other one says. */
class Side implements ConnectionHandler {
  readonly #own: Connection;
  other: Connection | undefined;
  over = false;

  constructor(own: Connection, other?: Connection) {
    this.#own = own;
    this.other = other;
  }

  onFrame(frame: Uint8Array): void {
    if (this.other?.send(frame) === false) this.#own.pause();
  }

  onDrain(): void {
    this.other?.resume();
  }

  onClose(): void {
    this.over = true;
    this.other?.close("going-away");
  }
}

/** Without the port. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
