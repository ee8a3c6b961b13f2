import type { Socket } from "node:net";
import type { Closable, ConnectionList } from "../connection/connection-parts.js";
import { networkOf } from "../connection/peer-address.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** How many connections, of those there may be, are given the time to close in order when they make room for newer ones. */
const LEAVING_SHARE = 1 / 10;

/** The open connections of a listener, bounded in number. */
export class OpenConnections implements ConnectionList {
  readonly max: number;
  readonly #staying = new Set<Closable>();
  /** Connections that make room for newer ones. They are closed soon. */
  readonly #leaving = new Set<Closable>();
  #closing = false;
  #onEmpty: () => void = () => {};

  readonly #onDrop: () => void;

  /** @param onDrop - a connection makes room for a newer one. */
  constructor(max: number, onDrop: () => void) {
    this.max = max;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#staying.size + this.#leaving.size;
  }

  /** Whether there is room for one more. If there is none, the oldest connection that has not logged in makes room. */
  makeRoom(): boolean {
    return this.#staying.size < this.max || this.#dropOldest();
  }

  /** True once the listener is shutting down. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Only connections with an account are known not to have logged in. */
  #dropOldest(): boolean {
    for (const connection of this.#staying) {
      if (connection.account?.authenticated !== false) continue;
      this.#staying.delete(connection);
      this.#leaving.add(connection);
      this.#onDrop();
      // Those that do not answer a close stay for `closeTimeout`. Many of them would fill the memory meanwhile.
      const waits = this.#leaving.size <= Math.max(1, this.max * LEAVING_SHARE);
      connection.dismiss(`dropped for a newer client: ${this.max} connections are open`, waits);
      return true;
    }
    return false;
  }

  add(connection: Closable): void {
    this.#staying.add(connection);
  }

  delete(connection: Closable): void {
    this.#staying.delete(connection);
    this.#leaving.delete(connection);
    if (this.size === 0) this.#onEmpty();
  }

  /** Closes all connections and resolves when the last one is gone. */
  async closeAll(): Promise<void> {
    this.#closing = true;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#staying) connection.close("going-away", "the server is shutting down");
    if (this.size > 0) await empty;
  }
}

/** Counts per address, up to a maximum. Without an address or a maximum, nothing is counted. */
export class AddressCounts {
  readonly max: number | undefined;
  readonly #counts = new Map<string, number>();

  constructor(max: number | undefined) {
    this.max = max;
  }

  /**
   * Counts one more of a kind for `address`, or for its network if it is IPv6.
   *
   * @returns the function that takes it back, or `undefined` at the maximum.
   */
  acquire(address: string | undefined, kind = "socket"): (() => void) | undefined {
    if (this.max === undefined || address === undefined) return doNothing;
    const key = `${kind} ${networkOf(address)}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.max) return undefined;
    this.#counts.set(key, count + 1);
    let acquired = true;
    return () => {
      if (acquired) this.#release(key);
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

  #release(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}

function doNothing(): void {}

/** How {@link PendingSockets} are bounded. */
export interface PendingLimits {
  /** Maximum number of sockets. */
  readonly max: number;
  /** Maximum number of sockets of one address, or network if it is IPv6. */
  readonly maxPerAddress: number;
  /** A socket is about to be dropped. */
  readonly onDrop: (socket: Socket, limit: "pending-handshakes" | "handshake-timeout") => void;
}

interface PendingSocket {
  network: string | undefined;
  readonly cancel: () => void;
}

/**
 * Sockets that have not sent a whole request yet, bounded in number, in all and by address, and in time. The newest always
 * gets in: when there is no room, the oldest of its address goes, or the oldest of all.
 */
export class PendingSockets {
  readonly #pending = new Map<Socket, PendingSocket>();
  readonly #byNetwork = new Map<string, Set<Socket>>();
  readonly #settings: Pick<TransportSettings, "clock" | "handshakeTimeout">;
  readonly #limits: PendingLimits;

  constructor(settings: Pick<TransportSettings, "clock" | "handshakeTimeout">, limits: PendingLimits) {
    this.#settings = settings;
    this.#limits = limits;
  }

  /** Starts the handshake timeout of a socket. Without an address it counts among all sockets only. */
  add(socket: Socket, address: string | undefined): void {
    this.settle(socket);
    const { clock, handshakeTimeout } = this.#settings;
    if (this.#pending.size >= this.#limits.max) this.#dropFirst(this.#pending.keys());
    // What has arrived while this process was busy is read before the socket is judged.
    const cancelTimeout = clock.schedule(handshakeTimeout, () => setImmediate(() => this.#onTimeout(socket, pending)));
    const onClose = (): void => this.settle(socket);
    // Removed again by `settle`, since a socket may be added many times.
    socket.once("close", onClose);
    const cancel = (): void => {
      cancelTimeout();
      socket.off("close", onClose);
    };
    const pending: PendingSocket = { network: undefined, cancel };
    this.#pending.set(socket, pending);
    this.name(socket, address);
  }

  /** The address of a pending socket has become known. */
  name(socket: Socket, address: string | undefined): void {
    const pending = this.#pending.get(socket);
    if (pending === undefined || address === undefined) return;
    const network = networkOf(address);
    const others = this.#byNetwork.get(network) ?? new Set();
    if (others.size >= this.#limits.maxPerAddress) this.#dropFirst(others.values());
    others.add(socket);
    this.#byNetwork.set(network, others);
    pending.network = network;
  }

  /** The socket has sent a whole request, or is gone. */
  settle(socket: Socket): void {
    const pending = this.#pending.get(socket);
    if (pending === undefined) return;
    pending.cancel();
    this.#pending.delete(socket);
    if (pending.network === undefined) return;
    const others = this.#byNetwork.get(pending.network);
    others?.delete(socket);
    if (others?.size === 0) this.#byNetwork.delete(pending.network);
  }

  destroyAll(): void {
    for (const socket of this.#pending.keys()) socket.destroy();
  }

  #dropFirst(sockets: Iterator<Socket>): void {
    const { value, done } = sockets.next();
    if (done !== true) this.#drop(value, "pending-handshakes");
  }

  #onTimeout(socket: Socket, pending: PendingSocket): void {
    if (this.#pending.get(socket) === pending) this.#drop(socket, "handshake-timeout");
  }

  #drop(socket: Socket, limit: "pending-handshakes" | "handshake-timeout"): void {
    this.settle(socket);
    this.#limits.onDrop(socket, limit);
    socket.destroy();
  }
}
