import {
  type Clock,
  ConfigError,
  DEFAULT_MAX_BYTES,
  type OutboxLimits,
  outboxLimitsOf,
  systemClock,
} from "@kreuz/codec";
import type { KeepAliveOptions } from "./keep-alive.js";
import type { LimitName } from "./limit-name.js";

/** Options that both sides of every transport have. */
export interface TransportOptions {
  /** Largest message that is read, in bytes, after decompression. Default 16 MiB. Larger ones are closed with 1009. */
  readonly maxMessageBytes?: number;
  /** Bounds of each connection's outbox, in bytes. */
  readonly outbox?: OutboxLimits;
  /** Pings to silent peers; `false` for none. Default every 30 s, with 20 s for the answer. */
  readonly keepAlive?: KeepAliveOptions | false;
  /** Time for the opening handshake, in milliseconds. Default 5000. */
  readonly handshakeTimeout?: number;
  /** Time for flushing and the closing handshake before the peer is cut off, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** Called with the name of each limit that is hit, to count it. */
  readonly onLimit?: (limit: LimitName) => void;
  /** Called with failures that have no other place to go, such as a handler that throws at the end. Default a process warning. */
  readonly onError?: (error: Error) => void;
  /** Used for every timeout. Default the platform's clock. */
  readonly clock?: Clock;
}

/** Options of a WebSocket. */
export interface WebSocketOptions extends TransportOptions {
  /** Offers permessage-deflate (RFC 7692), without context takeover. Costs memory and CPU. Default `false`. */
  readonly compression?: boolean;
}

/** {@link WebSocketOptions} with the defaults filled in. */
export interface TransportSettings {
  readonly maxMessageBytes: number;
  readonly outbox: Required<OutboxLimits>;
  readonly keepAlive: Required<KeepAliveOptions> | undefined;
  readonly handshakeTimeout: number;
  readonly closeTimeout: number;
  readonly compression: boolean;
  readonly onLimit: (limit: LimitName) => void;
  readonly onError: (error: Error) => void;
  readonly clock: Clock;
}

/** Largest delay of a timer and largest message of the library. */
const MAX_INT32 = 2 ** 31 - 1;

/** @throws ConfigError naming the option that is out of range. */
export function transportSettings(options: WebSocketOptions): TransportSettings {
  const { keepAlive = {} } = options;
  return {
    maxMessageBytes: wholeNumber("maxMessageBytes", options.maxMessageBytes, DEFAULT_MAX_BYTES),
    outbox: outboxLimitsOf(options.outbox),
    keepAlive:
      keepAlive === false
        ? undefined
        : {
            interval: wholeNumber("keepAlive.interval", keepAlive.interval, 30_000),
            timeout: wholeNumber("keepAlive.timeout", keepAlive.timeout, 20_000),
          },
    handshakeTimeout: wholeNumber("handshakeTimeout", options.handshakeTimeout, 5000),
    closeTimeout: wholeNumber("closeTimeout", options.closeTimeout, 5000),
    compression: options.compression ?? false,
    onLimit: options.onLimit ?? (() => {}),
    onError: options.onError ?? ((error) => process.emitWarning(error)),
    clock: options.clock ?? systemClock,
  };
}

/** `value` or the default. @throws ConfigError unless it is an integer from 1 to 2^31 - 1. */
export function wholeNumber(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < 1 || value > MAX_INT32)
    throw new ConfigError(name, `expected a whole number from 1 to ${MAX_INT32}, got ${value}`);
  return value;
}

/** Options of the library that follow from the settings, for both sides. */
export function libraryOptions(settings: TransportSettings): object {
  return {
    maxPayload: settings.maxMessageBytes,
    perMessageDeflate: settings.compression && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 1024,
    },
    // The codecs of text subprotocols check the encoding themselves.
    skipUTF8Validation: true,
    // For closes that the peer begins; ours run on the clock.
    closeTimeout: settings.closeTimeout,
  };
}
