import { ConfigError } from "@kreuz/codec";

/** Bounds that every session lives within. Each is on by default and counts the times that it was hit. */
export interface RouterLimits {
  /** Milliseconds until HELLO must have arrived, after the transport opened or a session on it ended. */
  readonly handshakeTimeout: number;
  /** Milliseconds from HELLO until authentication must be complete. */
  readonly authenticationTimeout: number;
  /** Milliseconds that a client has to answer a GOODBYE before its transport is closed. */
  readonly goodbyeTimeout: number;
  readonly sessionsPerRealm: number;
  /** Characters that the URI of a topic or procedure may have. */
  readonly uriLength: number;
  readonly subscriptionsPerSession: number;
  readonly registrationsPerSession: number;
  /** Messages that one connection may send in a second. Who sends more is read more slowly. */
  readonly messagesPerSecond: number;
  /** Bytes that one connection may send in a second, without those of the transport's framing. */
  readonly bytesPerSecond: number;
  /** Sessions that may be asked for on one connection in a minute. */
  readonly joinsPerMinute: number;
  /** Calls that one caller may have outstanding. */
  readonly pendingCallsPerSession: number;
  /** Bytes of these calls that are kept, because they wait for a callee or may have to go to another one. */
  readonly pendingCallBytesPerSession: number;
  /** Topics that a realm keeps a retained event for; the one that changed least recently gives way. */
  readonly retainedTopicsPerRealm: number;
  /** Bytes of payload that a realm keeps in retained events. */
  readonly retainedBytesPerRealm: number;
  /** Calls that may wait for a procedure whose callees are all at their `concurrency`. */
  readonly queuedCallsPerRegistration: number;
}

export const DEFAULT_LIMITS: RouterLimits = {
  handshakeTimeout: 10_000,
  authenticationTimeout: 30_000,
  goodbyeTimeout: 5_000,
  sessionsPerRealm: 100_000,
  uriLength: 1024,
  subscriptionsPerSession: 10_000,
  registrationsPerSession: 10_000,
  messagesPerSecond: 50_000,
  bytesPerSecond: 256 * 1024 * 1024,
  joinsPerMinute: 600,
  pendingCallsPerSession: 10_000,
  pendingCallBytesPerSession: 64 * 1024 * 1024,
  queuedCallsPerRegistration: 1_000,
  retainedTopicsPerRealm: 10_000,
  retainedBytesPerRealm: 64 * 1024 * 1024,
};

/** The platform's timers hold no more milliseconds, and take a longer delay for none at all. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Fills in the defaults. @throws ConfigError when a limit is unknown, or not an integer in its range. */
export function limitsWithDefaults(limits: Partial<RouterLimits> = {}): RouterLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new ConfigError(`limits.${name}`, "there is no such limit");
    const most = name.endsWith("Timeout") ? LONGEST_TIMEOUT : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new ConfigError(`limits.${name}`, `expected an integer from 1 to ${most}, got ${String(value)}`);
  }
  return { ...DEFAULT_LIMITS, ...limits };
}
