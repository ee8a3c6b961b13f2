import type { Socket } from "node:net";
import type { TransportSettings } from "../connection/transport-settings.js";

/** Sockets that have not yet shown what they want: bounded in number and in time. */
export class PendingSockets {
  readonly #timers = new Map<Socket, () => void>();
  readonly #settings: TransportSettings;
  readonly #max: number;

  constructor(settings: TransportSettings, max: number) {
    this.#settings = settings;
    this.#max = max;
  }

  /** Starts the handshake timeout of a fresh socket. @returns `false` when it was dropped, since too many are pending. */
  add(socket: Socket): boolean {
    const { clock, handshakeTimeout, onLimit } = this.#settings;
    if (this.#timers.size >= this.#max) {
      onLimit("pending-handshakes");
      socket.destroy();
      return false;
    }
    const cancel = clock.schedule(handshakeTimeout, () => {
      onLimit("handshake-timeout");
      socket.destroy();
    });
    const onClose = (): void => this.settle(socket);
    // Taken off again, since a socket may come here many times.
    socket.once("close", onClose);
    this.#timers.set(socket, () => {
      cancel();
      socket.off("close", onClose);
    });
    return true;
  }

  /** The socket has sent a whole request. */
  settle(socket: Socket): void {
    this.#timers.get(socket)?.();
    this.#timers.delete(socket);
  }

  destroyAll(): void {
    for (const socket of this.#timers.keys()) socket.destroy();
  }
}
