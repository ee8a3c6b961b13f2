import { ConfigError } from "./config-error.js";

/**
 * Bounds of a connection's outbox, in bytes. Above `highWater` the sender is asked to hold back, at or below `lowWater` it
 * may continue, and above `limit` the connection is cut off. An empty outbox accepts one frame of any size.
 */
export interface OutboxLimits {
  /** Default 1 MiB. */
  readonly highWater?: number;
  /** Default a quarter of `highWater`. */
  readonly lowWater?: number;
  /** Default 32 MiB, or `highWater` if that is larger. */
  readonly limit?: number;
}

export const DEFAULT_OUTBOX_HIGH_WATER: number = 1024 * 1024;
export const DEFAULT_OUTBOX_LIMIT: number = 32 * 1024 * 1024;

/**
 * Fills in the defaults.
 *
 * @throws ConfigError unless 0 <= lowWater <= highWater <= limit.
 */
export function outboxLimitsOf(limits: OutboxLimits = {}): Required<OutboxLimits> {
  const highWater = limits.highWater ?? DEFAULT_OUTBOX_HIGH_WATER;
  const lowWater = limits.lowWater ?? Math.floor(highWater / 4);
  const limit = limits.limit ?? Math.max(DEFAULT_OUTBOX_LIMIT, highWater);
  if (!(highWater >= 1 && highWater <= limit))
    throw new ConfigError("outbox.highWater", `expected 1 to ${limit} bytes, got ${highWater}`);
  if (!(lowWater >= 0 && lowWater <= highWater))
    throw new ConfigError("outbox.lowWater", `expected 0 to ${highWater} bytes, got ${lowWater}`);
  return { highWater, lowWater, limit };
}
