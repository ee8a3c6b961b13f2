import type { Socket } from "node:net";
import type { CloseStatus } from "@kreuz/codec";
import type { TransportSettings } from "../connection/transport-settings.js";

/** A connection, as far as its listener closes it. */
export interface Closable {
  close(status?: CloseStatus, message?: string): void;
}

/** The open connections of a listener, bounded in number. */
export class OpenConnections {
  readonly max: number;
  readonly #connections = new Set<Closable>();
  #closing = false;
  #onEmpty: () => void = () => {};

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.#connections.size;
  }

  get full(): boolean {
    return this.#connections.size >= this.max;
  }

  /** True once the listener is shutting down. */
  get closing(): boolean {
    return this.#closing;
  }

  add(connection: Closable): void {
    this.#connections.add(connection);
  }

  delete(connection: Closable): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty();
  }

  /** Closes all connections and resolves when the last one is gone. */
  async closeAll(): Promise<void> {
    this.#closing = true;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#connections) connection.close("going-away", "the server is shutting down");
    if (this.#connections.size > 0) await empty;
  }
}

/** Counts per address, up to a maximum. Without an address or a maximum, nothing is counted. */
export class AddressCounts {
  readonly max: number | undefined;
  readonly #counts = new Map<string, number>();

  constructor(max: number | undefined) {
    this.max = max;
  }

  /** Counts one more for `address`. Returns the function that takes it back, or `undefined` at the maximum. */
  acquire(address: string | undefined): (() => void) | undefined {
    if (this.max === undefined || address === undefined) return doNothing;
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.max) return undefined;
    this.#counts.set(address, count + 1);
    let acquired = true;
    return () => {
      if (acquired) this.#release(address);
      acquired = false;
    };
  }

  /** Counts one more for `address` until the socket closes. Returns `false` at the maximum. */
  acquireUntilClose(socket: Socket, address: string | undefined): boolean {
    const release = this.acquire(address);
    // Most listeners count nothing, and a listener on each of many sockets costs memory.
    if (release !== undefined && release !== doNothing) socket.once("close", release);
    return release !== undefined;
  }

  #release(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}

function doNothing(): void {}

/** Sockets that have not sent a whole request yet, bounded in number and in time. */
export class PendingSockets {
  readonly #timers = new Map<Socket, () => void>();
  readonly #settings: Pick<TransportSettings, "clock" | "handshakeTimeout" | "onLimit">;
  readonly #max: number;

  constructor(settings: Pick<TransportSettings, "clock" | "handshakeTimeout" | "onLimit">, max: number) {
    this.#settings = settings;
    this.#max = max;
  }

  /** Starts the handshake timeout of a socket. Returns `false`, and drops the socket, if too many are pending. */
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
    // Removed again by `settle`, since a socket may be added many times.
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
