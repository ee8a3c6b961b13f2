import {
  type Acceptor,
  type Clock,
  type Codec,
  type Connection,
  type OutboxLimits,
  outboxLimitsOf,
  systemClock,
} from "@kreuz/codec";
import { MemoryEnd } from "./memory-end.js";

/** Settings of an in-process connection; both ends get the same. */
export interface MemoryOptions {
  /** The codec of the connection; nothing is negotiated. */
  readonly codec: Codec;
  /** Bounds of each end's outbox, in bytes. */
  readonly outbox?: OutboxLimits;
  /** The longest frame that either end takes, in bytes. Default no limit. */
  readonly maxFrameBytes?: number;
  /** How long `close()` waits for a peer that has paused, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** Used for `closeTimeout` only. Default the platform's clock. */
  readonly clock?: Clock;
}

export const DEFAULT_CLOSE_TIMEOUT = 5000;

/**
 * Connects `client` to `server` within this process. Both are called at once, the server first; frames travel in
 * microtasks, in order, and never within a call.
 *
 * @param server - for example a router.
 * @param client - gets the client's end of the same connection.
 * @returns the client's end, the one that `client.accept` was called with.
 */
export function connectMemory(server: Acceptor, client: Acceptor, options: MemoryOptions): Connection {
  const [serverEnd, clientEnd] = MemoryEnd.pair({
    codec: options.codec,
    outbox: outboxLimitsOf(options.outbox),
    maxFrameBytes: options.maxFrameBytes,
    closeTimeout: options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT,
    clock: options.clock ?? systemClock,
  });
  serverEnd.admit(server);
  clientEnd.admit(client);
  return clientEnd;
}
