import type { Budget } from "../budget.js";
import type { Clock } from "../clock.js";
import type { Codec } from "../codec.js";
import type { Acceptor } from "../connection.js";
import { defineExtension, type Extension, type ExtensionDefinition } from "./extension.js";

/** What a transport is given by whoever runs it. */
export interface TransportContext {
  /** The codecs to offer. All transports share them, so that an event is encoded once for each. */
  readonly codecs: readonly Codec[];
  readonly clock: Clock;
  /** What clients hold is charged here: open an account for each connection, and pass it as `Connection.account`. */
  readonly budget: Budget;
  /** The folder that relative paths in its options refer to; absent: the working directory of the process. */
  readonly baseDirectory?: string;
  /** Call this whenever a limit of the transport was reached. It is counted, and logged now and then. */
  onLimit(limit: string): void;
  /** Call this for errors that concern no client in particular. */
  onError(error: Error): void;
}

/** A transport that listens. */
export interface Listener {
  /** Where clients reach it, such as `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  /** Absent where there are no ports. */
  readonly port?: number;
  /** Open connections, for metrics. */
  readonly connections?: number;
  /**
   * Stops accepting, and leaves the connections that are open alone: the router is about to send them away. Absent where
   * clients are taken until {@link close}. May be called more than once.
   */
  stopAccepting?(): void;
  /** Stops accepting, closes every connection as going away, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** What a listener counts, as metrics and operators are told: `@kreuz/transport-node` counts it in `ListenerStats`. */
export interface ListenerCounts {
  /** Connections whose handshake succeeded. */
  readonly opened: number;
  /** Clients that were refused before they had a connection, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that ended, by how. */
  readonly closed: Readonly<Record<string, number>>;
  /** Bytes over the sockets, with framing and TLS, as of the last {@link refresh}. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes that wait for peers to read them, as of the last {@link refresh}. */
  readonly outboxBytes: number;
  /** Bytes charged to the connections, as of the last {@link refresh}. */
  readonly chargedBytes: number;
  /** Connections with more than `outbox.highWater` bytes waiting, as of the last {@link refresh}. */
  readonly slowConnections: number;
  /** Open connections by transport and codec. */
  readonly open: Iterable<{ readonly transport: string; readonly codec: string; readonly count: number }>;
  /** Brings the numbers up to date that are looked up. */
  refresh(): Promise<void>;
}

/** A way for clients to connect. Connections keep the contract of {@link Connection}: see `transportContract` in `@kreuz/testkit`. */
export interface Transport {
  /** Listens, and gives every connection to `acceptor`. Rejects with an error that names the place when it cannot. */
  listen(acceptor: Acceptor, context: TransportContext): Promise<Listener>;
}

/** A transport that a config can name under `transports`. */
export type TransportExtension<Input = object> = Extension<"transport", Input, Transport>;

/** Defines a transport. */
export function defineTransport<Input = object, Output = Input>(
  definition: ExtensionDefinition<Input, Output, Transport>,
): TransportExtension<Input> {
  return defineExtension("transport", definition);
}
