import {
  type Acceptor,
  type Budget,
  type Clock,
  type Codec,
  type Connection,
  type OutboxLimits,
  outboxLimitsOf,
  type PeerEvidence,
  systemClock,
} from "@kreuz/codec";
import { MemoryEnd } from "./memory-end.js";

/** Options of an in-process connection, for both ends. */
export interface MemoryOptions {
  /** The codec of the connection; nothing is negotiated. */
  readonly codec: Codec;
  /** Bounds of each end's outbox, in bytes. */
  readonly outbox?: OutboxLimits;
  /** The longest frame that either end accepts, in bytes. Default no limit. */
  readonly maxFrameBytes?: number;
  /**
   * Keeps an account of what the client makes the server's end hold: frames on their way in both directions. Default: only
   * the server itself keeps one.
   */
  readonly budget?: Budget;
  /** Where the client seems to come from, such as `192.0.2.1:50000`, for what depends on addresses. Default: nowhere. */
  readonly peer?: string;
  /** What the server's authenticators know of the client: a certificate, a cookie, the binding of a channel. Default nothing. */
  readonly evidence?: PeerEvidence;
  /** How long a close waits for a peer that has paused, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** The source of time for `closeTimeout`. Default the platform's clock. */
  readonly clock?: Clock;
  /** Called with errors that nobody else can be told of, such as those of a handler's `onClose`. Default `console.error`. */
  readonly onError?: (error: Error) => void;
}

export const DEFAULT_CLOSE_TIMEOUT = 5000;

/**
 * Connects `client` to `server` within this process. Asks both for their handlers at once, the server first. Frames travel
 * in microtasks, in order, and never within a call.
 *
 * @param server - for example a router.
 * @param client - gets the client's end of the same connection.
 * @returns the client's end, the one that `client.accept` was called with.
 * @throws ConfigError when the limits of the outbox contradict each other.
 */
export function connectMemory(server: Acceptor, client: Acceptor, options: MemoryOptions): Connection {
  const settings = {
    codec: options.codec,
    outbox: outboxLimitsOf(options.outbox),
    maxFrameBytes: options.maxFrameBytes,
    closeTimeout: options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT,
    clock: options.clock ?? systemClock,
    onError: options.onError ?? logError,
    onLimit: () => {},
  };
  const [serverEnd, clientEnd] = MemoryEnd.createPair(settings, options);
  if (options.budget !== undefined) serverEnd.openAccount(options.budget);
  serverEnd.admit(server);
  clientEnd.admit(client);
  return clientEnd;
}

function logError(error: Error): void {
  // The only place to report an error that every JavaScript environment has.
  // oxlint-disable-next-line no-console
  console.error("an in-process connection failed:", error);
}
