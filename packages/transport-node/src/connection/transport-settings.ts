import {
  type Clock,
  ConfigError,
  type ConnectionLimit,
  DEFAULT_MAX_BYTES,
  type LifecycleSettings,
  type OutboxLimits,
  outboxLimitsOf,
  systemClock,
} from "@kreuz/codec";
import type { KeepAliveOptions, KeepAliveSettings } from "./keep-alive.js";
import { SharedTimers } from "./shared-timers.js";
import type { ReadMemory } from "./read-memory.js";

/** A limit of a transport, reported when it is hit so that it can be counted. */
export type LimitName =
  /** A handshake was refused, over HTTP with 503, because `maxConnections` are open. */
  | "connections"
  /** A socket was dropped, or a request refused with HTTP 429, because its address has `maxConnectionsPerAddress` open. */
  | "connections-per-address"
  /** A socket was dropped for a newer one, because `maxPendingHandshakes` have not finished their opening handshake. */
  | "pending-handshakes"
  /** A socket did not finish its opening handshake within `handshakeTimeout`. */
  | "handshake-timeout"
  /** A handshake was refused with HTTP 403 because of its origin. */
  | "origin"
  /** A message was larger than `maxMessageBytes`; the connection was closed, over WebSocket with 1009. */
  | "message-bytes"
  /** A message was not complete within `messageTimeout`; the connection was closed, over HTTP with 408. */
  | "message-timeout"
  /** A peer sent more than `maxControlFramesPerSecond`; the connection was closed. */
  | "control-frames"
  /** A request was refused with HTTP 429: 32 before it on its socket, or 64 with messages of its session, had no answer yet. */
  | "waiting-requests"
  /** The head of a request was longer than 16 KiB (HTTP 431), or the body that opens a long-poll session than 4 KiB (HTTP 413). */
  | "request-bytes"
  /** A handshake had more than 16 cookies of one name; the others were not looked at. */
  | "cookies"
  /** A message came in too many fragments for its length, or the messages of a peer did; the WebSocket was closed with 1008. */
  | "fragments"
  /** A peer did not answer a ping within `keepAlive.timeout`; the connection was dropped. */
  | "keep-alive-timeout"
  /** A long-poll client did not ask for messages within `sessionTimeout`; its connection was dropped. */
  | "session-timeout"
  /** The body of a request was larger than the `maxBodyBytes` of its route; it was refused with HTTP 413. */
  | "route-body-bytes"
  /** A route did not answer within its `timeout`; the client got HTTP 503. */
  | "route-timeout"
  /**
   * `outbox-bytes`: an outbox reached its hard limit. `close-timeout`: a peer did not answer a close in time. `memory`: a
   * client was cut by the budget.
   */
  | ConnectionLimit;

/** Every {@link LimitName}. */
export const LIMIT_NAMES: readonly LimitName[] = Object.keys({
  connections: true,
  "connections-per-address": true,
  "pending-handshakes": true,
  "handshake-timeout": true,
  origin: true,
  "message-bytes": true,
  "message-timeout": true,
  "control-frames": true,
  "waiting-requests": true,
  "request-bytes": true,
  cookies: true,
  fragments: true,
  "keep-alive-timeout": true,
  "session-timeout": true,
  "route-body-bytes": true,
  "route-timeout": true,
  "outbox-bytes": true,
  "close-timeout": true,
  memory: true,
} satisfies Record<LimitName, true>) as LimitName[];

/** Options of both ends of every transport. */
export interface TransportOptions {
  /** Largest message to read, in bytes, after decompression. Default 4 MiB. A larger one closes the connection. */
  readonly maxMessageBytes?: number;
  /**
   * Time for a message to arrive, from its first byte to its last, in milliseconds. Each 64 KiB that have arrived give one
   * second more. Default 30 000.
   */
  readonly messageTimeout?: number;
  /** Pings and pongs that a peer may send in a second; the connection of one that sends more is closed. Default 100. */
  readonly maxControlFramesPerSecond?: number;
  /** Bounds of each connection's outbox, in bytes. */
  readonly outbox?: OutboxLimits;
  /** Pings to silent peers; `false` disables them. Default every 30 s, with 20 s for the answer. */
  readonly keepAlive?: KeepAliveOptions | false;
  /** Time for the opening handshake, in milliseconds. Default 5000. */
  readonly handshakeTimeout?: number;
  /** Time for flushing and the closing handshake before the peer is cut off, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** Called with the name of each limit that is hit. */
  readonly onLimit?: (limit: LimitName) => void;
  /** Called with errors that nobody else can be told of, such as those of a handler's `onClose`. Default a process warning. */
  readonly onError?: (error: Error) => void;
  /** The source of time for every timeout. Default the platform's clock. */
  readonly clock?: Clock;
}

/** Options of a WebSocket. */
export interface WebSocketOptions extends TransportOptions {
  /** Offers permessage-deflate (RFC 7692), without context takeover. Costs memory and CPU. Default `false`. */
  readonly compression?: boolean;
}

/** {@link WebSocketOptions} with the defaults filled in. */
export interface TransportSettings extends LifecycleSettings {
  readonly maxMessageBytes: number;
  /** Holds for clients with an account, until they have logged in. */
  readonly maxHandshakeMessageBytes: number;
  readonly messageTimeout: number;
  readonly maxControlFramesPerSecond: number;
  readonly outbox: Required<OutboxLimits>;
  readonly keepAlive: KeepAliveSettings | undefined;
  readonly handshakeTimeout: number;
  readonly compression: boolean;
  readonly readMemory: ReadMemory | undefined;
  /** Measures time within a turn of the event loop, finer than a millisecond. */
  readonly stopwatch: Pick<Clock, "now">;
  readonly onLimit: (limit: LimitName) => void;
}

/** Tells the peer, and people, which limit it exceeded. */
export function messageTooBig(bytes: number, maxBytes: number): string {
  return `message of ${bytes} bytes exceeds the maximum of ${maxBytes}`;
}

/** The longest delay of a timer, and the largest message of `ws`. */
const MAX_INT32 = 2 ** 31 - 1;

const DEFAULT_MAX_CONTROL_FRAMES = 100;
const DEFAULT_MAX_HANDSHAKE_MESSAGE_BYTES = 16 * 1024;

/** Options of one end only that have a setting. */
interface ServerOptions {
  readonly maxHandshakeMessageBytes?: number;
  readonly readMemory?: ReadMemory;
}

/** @throws ConfigError naming the option that is out of range. */
export function transportSettings(options: WebSocketOptions & ServerOptions): TransportSettings {
  const { clock = systemClock } = options;
  return {
    maxMessageBytes: positiveInteger("maxMessageBytes", options.maxMessageBytes, DEFAULT_MAX_BYTES),
    maxHandshakeMessageBytes: positiveInteger(
      "maxHandshakeMessageBytes",
      options.maxHandshakeMessageBytes,
      DEFAULT_MAX_HANDSHAKE_MESSAGE_BYTES,
    ),
    messageTimeout: positiveInteger("messageTimeout", options.messageTimeout, 30_000),
    maxControlFramesPerSecond: positiveInteger(
      "maxControlFramesPerSecond",
      options.maxControlFramesPerSecond,
      DEFAULT_MAX_CONTROL_FRAMES,
    ),
    outbox: outboxLimitsOf(options.outbox),
    keepAlive: keepAliveSettings(options.keepAlive, clock),
    handshakeTimeout: positiveInteger("handshakeTimeout", options.handshakeTimeout, 5000),
    closeTimeout: positiveInteger("closeTimeout", options.closeTimeout, 5000),
    compression: options.compression ?? false,
    readMemory: options.readMemory,
    onLimit: options.onLimit ?? (() => {}),
    onError: options.onError ?? ((error) => process.emitWarning(error)),
    clock,
    stopwatch: options.clock ?? { now: () => performance.now() },
  };
}

/** A ping may come later than its interval by so much of it: few timers serve all connections then. */
const LATE_SHARE = 1 / 1024;

function keepAliveSettings(options: KeepAliveOptions | false = {}, clock: Clock): KeepAliveSettings | undefined {
  if (options === false) return undefined;
  const interval = positiveInteger("keepAlive.interval", options.interval, 30_000);
  const timeout = positiveInteger("keepAlive.timeout", options.timeout, 20_000);
  return { interval, timeout, timers: new SharedTimers(clock, Math.max(1, Math.floor(interval * LATE_SHARE))) };
}

/** `value` or the default. @throws ConfigError unless it is an integer from 1 to 2^31 - 1. */
export function positiveInteger(option: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < 1 || value > MAX_INT32)
    throw new ConfigError(option, `expected an integer from 1 to ${MAX_INT32}, got ${value}`);
  return value;
}
