import { ConfigError, suggestion } from "@kreuz/codec";

/** The limits of every session. Each is on by default, and a counter tells how often it was reached. */
export interface RouterLimits {
  /** Milliseconds in which HELLO must arrive, after the transport opened or a session on it ended. */
  readonly handshakeTimeout: number;
  /** Milliseconds from HELLO in which authentication must complete. */
  readonly authenticationTimeout: number;
  /** Milliseconds in which a client must answer GOODBYE before its transport is closed. */
  readonly goodbyeTimeout: number;
  /** Bytes of one message while no session is established. */
  readonly handshakeMessageBytes: number;
  readonly sessionsPerRealm: number;
  /** Maximum characters of the URI of a topic or procedure. */
  readonly uriLength: number;
  /** Maximum components of a wildcard pattern. */
  readonly patternComponents: number;
  /** Characters of a text in the options of a request, such as a resource key. */
  readonly optionTextLength: number;
  /** Elements of a list in the options of a request, such as the receivers of a publication. */
  readonly optionListLength: number;
  readonly subscriptionsPerSession: number;
  readonly registrationsPerSession: number;
  /**
   * Messages per second of one connection, unless its role has a rate of its own. A client that sends more is read more
   * slowly. Generous by default: clients share the event loop fairly without it.
   */
  readonly messagesPerSecond: number;
  /** Likewise, bytes per second of one connection, without the transport's framing. */
  readonly bytesPerSecond: number;
  /** HELLOs per minute on one connection. */
  readonly joinsPerMinute: number;
  /** Calls of one session without an answer. */
  readonly pendingCallsPerSession: number;
  /** Bytes kept for these calls, because they wait for a callee or may be re-routed to another one. */
  readonly pendingCallBytesPerSession: number;
  /** Topics with a retained event; beyond it, the least recently changed topic is dropped. */
  readonly retainedTopicsPerRealm: number;
  /** Bytes of all retained events of a realm. */
  readonly retainedBytesPerRealm: number;
  /** Calls that wait for a procedure while all its callees are at their `concurrency`. */
  readonly queuedCallsPerRegistration: number;
}

/** Rates of the sessions of one role, in place of the general ones. */
export type RoleLimits = Partial<Pick<RouterLimits, "messagesPerSecond" | "bytesPerSecond">>;

export const DEFAULT_LIMITS: RouterLimits = {
  handshakeTimeout: 10_000,
  authenticationTimeout: 30_000,
  goodbyeTimeout: 5_000,
  handshakeMessageBytes: 16 * 1024,
  sessionsPerRealm: 100_000,
  uriLength: 1024,
  patternComponents: 32,
  optionTextLength: 4096,
  optionListLength: 10_000,
  subscriptionsPerSession: 10_000,
  registrationsPerSession: 10_000,
  messagesPerSecond: 1_000_000,
  bytesPerSecond: 1024 * 1024 * 1024,
  joinsPerMinute: 600,
  pendingCallsPerSession: 10_000,
  pendingCallBytesPerSession: 64 * 1024 * 1024,
  queuedCallsPerRegistration: 1_000,
  retainedTopicsPerRealm: 10_000,
  retainedBytesPerRealm: 64 * 1024 * 1024,
};

/** The platform's timers take a longer delay for none at all. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Fills in the defaults. @throws ConfigError when a limit is unknown, or not an integer in its range. */
export function limitsWithDefaults(limits: Partial<RouterLimits> = {}): RouterLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new ConfigError(`limits.${name}`, `unknown limit${suggestion(name, Object.keys(DEFAULT_LIMITS))}`);
    const max = name.endsWith("Timeout") ? MAX_TIMEOUT : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || value < 1 || value > max)
      throw new ConfigError(`limits.${name}`, `expected an integer from 1 to ${max}, got ${String(value)}`);
  }
  return { ...DEFAULT_LIMITS, ...limits };
}
