import type { Socket } from "node:net";
import {
  type Acceptor,
  ClientCutError,
  type Connection,
  type ConnectionHandler,
  type Cut,
  type ListenerCounts,
  OutboxOverflowError,
  PeerClosedError,
} from "@kreuz/codec";
import { SilentPeerError } from "../connection/keep-alive.js";
import type { LimitName } from "../connection/transport-settings.js";
import type { Refusal } from "./refusals.js";

/**
 * Why clients were refused before they had a connection. `handshake`: too late, or dropped for a newer one. `tls`: their TLS
 * handshake failed.
 */
export const REFUSAL_REASONS = ["limit", "per_address", "handshake", "origin", "tls", "memory", "other"] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * How connections ended. `normal`: in order. `going_away`: in order, while the listener was closing. `keepalive`: the peer did not
 * answer a ping. `protocol`: the peer complained of one. `too_big`: it took no such message.
 * `overflow`: it read too slowly. `memory`: it held too much. `error`: it was lost, or had to be cut off.
 */
export const CLOSE_REASONS = [
  "normal",
  "going_away",
  "keepalive",
  "protocol",
  "too_big",
  "overflow",
  "memory",
  "error",
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** Open connections of one kind. */
export interface OpenCount {
  readonly transport: string;
  readonly codec: string;
  count: number;
}

/** Sockets looked at in one turn of the event loop: about half a millisecond. */
const SOCKETS_PER_TURN = 1024;

const REFUSED_BY: Partial<Readonly<Record<LimitName, RefusalReason>>> = {
  connections: "limit",
  "connections-per-address": "per_address",
  "pending-handshakes": "handshake",
  "handshake-timeout": "handshake",
  origin: "origin",
  memory: "memory",
};

/** Bytes of a socket that have been counted. */
class Traffic {
  in = 0;
  out = 0;
}

/** What a listener counts, as plain numbers. No number is kept by client. */
export class ListenerStats implements ListenerCounts {
  /** Connections whose handshake succeeded. */
  opened = 0;
  readonly refused: Record<RefusalReason, number> = zeros(REFUSAL_REASONS);
  readonly closed: Record<CloseReason, number> = zeros(CLOSE_REASONS);
  /** Bytes that the system received for all sockets, with framing, HTTP and TLS, as of the last {@link refresh}. */
  bytesIn = 0;
  /** Likewise, bytes that were given to the system. */
  bytesOut = 0;
  /** Bytes that wait for peers to read them, as of the last {@link refresh}. */
  outboxBytes = 0;
  /** Bytes charged to the connections' accounts, as of the last {@link refresh}. */
  chargedBytes = 0;
  /** Connections with more than `outbox.highWater` bytes waiting, as of the last {@link refresh}. */
  slowConnections = 0;
  /** Whether the listener takes no new clients, and those it has are sent away. */
  closing = false;
  readonly #highWater: number;
  readonly #open = new Map<string, OpenCount>();
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Map<Socket, Traffic>();
  #refreshing: Promise<void> | undefined;

  constructor(highWater: number) {
    this.#highWater = highWater;
  }

  /** Open connections by transport and codec; those that there have been none of are absent. */
  get open(): Iterable<OpenCount> {
    return this.#open.values();
  }

  /** Counts the bytes of a socket, until {@link forget}. */
  watch(socket: Socket): void {
    this.#sockets.set(socket, new Traffic());
  }

  /** A socket has closed. */
  forget(socket: Socket): void {
    const traffic = this.#sockets.get(socket);
    if (traffic === undefined) return;
    this.#sockets.delete(socket);
    this.#count(socket, traffic);
  }

  /** A client was refused. */
  refuse({ limit, tls }: Pick<Refusal, "limit" | "tls">): void {
    this.refused[tls === true ? "tls" : ((limit && REFUSED_BY[limit]) ?? "other")]++;
  }

  /** Counts the connections that an acceptor takes. */
  counting(acceptor: Acceptor): Acceptor {
    return {
      accept: (connection) => {
        this.opened++;
        const handler = acceptor.accept(connection);
        this.#openOf(connection).count++;
        this.#connections.add(connection);
        return new CountedHandler(handler, connection, this);
      },
    };
  }

  /** @internal A connection is over. */
  onClosed(connection: Connection, error: Error | undefined): void {
    this.#openOf(connection).count--;
    this.#connections.delete(connection);
    this.closed[this.closing && error === undefined ? "going_away" : reasonOf(error)]++;
  }

  /**
   * Brings the numbers up to date that are looked up: those of bytes, outboxes and accounts. Counting them as they change would cost
   * every message something; looking takes a bounded time of each turn.
   */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined)));
  }

  async #refresh(): Promise<void> {
    await inTurns(this.#sockets, ([socket, traffic]) => this.#count(socket, traffic));
    let [bytes, charged, slow] = [0, 0, 0];
    await inTurns(this.#connections, ({ bufferedBytes, account }) => {
      bytes += bufferedBytes;
      charged += account?.bytes ?? 0;
      if (bufferedBytes > this.#highWater) slow++;
    });
    this.outboxBytes = bytes;
    this.chargedBytes = charged;
    this.slowConnections = slow;
  }

  #count(socket: Socket, traffic: Traffic): void {
    const { bytesRead, bytesWritten } = socket;
    this.bytesIn += bytesRead - traffic.in;
    // Includes what waits, so that it may shrink when the socket is destroyed.
    this.bytesOut += Math.max(0, bytesWritten - traffic.out);
    traffic.in = bytesRead;
    traffic.out = Math.max(traffic.out, bytesWritten);
  }

  #openOf({ transport: { type: transport }, codec: { id: codec } }: Connection): OpenCount {
    const key = `${transport} ${codec}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const created = { transport, codec, count: 0 };
    this.#open.set(key, created);
    return created;
  }
}

/** Passes everything on, and tells of the end. */
class CountedHandler implements ConnectionHandler {
  readonly #handler: ConnectionHandler;
  readonly #connection: Connection;
  readonly #stats: ListenerStats;

  constructor(handler: ConnectionHandler, connection: Connection, stats: ListenerStats) {
    this.#handler = handler;
    this.#connection = connection;
    this.#stats = stats;
  }

  onFrame(frame: Uint8Array): void {
    this.#handler.onFrame(frame);
  }

  onControlFrame(bytes: number): void {
    this.#handler.onControlFrame?.(bytes);
  }

  onCut(cut: Cut): void {
    this.#handler.onCut?.(cut);
  }

  onDrain(): void {
    this.#handler.onDrain();
  }

  onClose(error?: Error): void {
    this.#stats.onClosed(this.#connection, error);
    this.#handler.onClose(error);
  }
}

function reasonOf(error: Error | undefined): CloseReason {
  if (error === undefined) return "normal";
  if (error instanceof SilentPeerError) return "keepalive";
  if (error instanceof OutboxOverflowError) return "overflow";
  if (error instanceof ClientCutError) return "memory";
  if (!(error instanceof PeerClosedError)) return "error";
  return error.status === "protocol-error" ? "protocol" : error.status === "message-too-big" ? "too_big" : "normal";
}

async function inTurns<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
  let count = 0;
  for (const item of items) {
    visit(item);
    if (++count % SOCKETS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
