import type { Clock, Uri } from "@kreuz/codec";
import type { Session } from "@kreuz/session";
import type { AuthMethod } from "./auth/auth-method.js";
import { ClientSession, type ReconnectSettings } from "./client-session.js";
import type { Transport } from "./transport.js";
import { webSocket, type WebSocketSettings } from "./websocket.js";

/** Options of {@link connect}. */
export interface ConnectOptions extends WebSocketSettings {
  /** `ws://` or `wss://`; `transport` for anything else. */
  readonly url?: string;
  /** How to reach the router, in place of `url`. */
  readonly transport?: Transport;
  readonly realm: Uri;
  /** The methods to log in with, the preferred one first. Default: none, which routers take for anonymous. */
  readonly auth?: readonly AuthMethod[];
  /** Default: that of the first method with one. */
  readonly authid?: string;
  /** Connects again when the connection is lost. `false`: never. Default `{}`. */
  readonly reconnect?: ReconnectSettings | false;
  /** Aborted: gives up, and closes the session. */
  readonly signal?: AbortSignal;
  /** Milliseconds until an attempt to connect is given up. Default 10 000. */
  readonly handshakeMs?: number;
  /** Milliseconds that the router gets to confirm GOODBYE. Default 1000. */
  readonly closeMs?: number;
  /** Milliseconds between calls that find a silent router; 0: none. Default 0. */
  readonly pingMs?: number;
  /** Whether callers are told the text of a procedure's unexpected errors. Default false. */
  readonly exposeErrors?: boolean;
  /** Told of errors that nobody waits for, such as those of event handlers. Default `console.error`. */
  readonly onError?: (error: unknown, what: string) => void;
  /** Sent as `HELLO.Details.agent`. Default `Kreuz client`. */
  readonly agent?: string;
  readonly clock?: Pick<Clock, "monotonic" | "schedule">;
  /** From 0 up to 1, for the waits between attempts. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Connects to a router and joins a realm.
 *
 * @returns a session that connects again when its connection is lost, and subscribes and registers again what it had.
 * @throws ConnectError when the router refuses; the transport's error when it cannot be reached. The first attempt is not
 * repeated.
 */
export async function connect(options: ConnectOptions): Promise<Session> {
  const {
    url,
    realm,
    auth = [],
    authid,
    agent = "Kreuz client",
    reconnect = {},
    handshakeMs = 10_000,
    closeMs = 1000,
    pingMs = 0,
    exposeErrors = false,
    onError = logError,
    clock = CLOCK,
    random = Math.random,
  } = options;
  if ((url === undefined) === (options.transport === undefined))
    throw new TypeError("connect: expected url or transport");
  const session = new ClientSession({
    transport: options.transport ?? webSocket(url!, options),
    realm,
    auth,
    authid,
    agent,
    reconnect: reconnect === false ? undefined : { minMs: 250, maxMs: 30_000, retryAll: false, ...reconnect },
    handshakeMs,
    closeMs,
    pingMs,
    exposeErrors,
    onError,
    clock,
    random,
  });
  await session.start(options.signal);
  return session;
}

const CLOCK: Required<ConnectOptions>["clock"] = {
  monotonic: () => performance.now(),
  schedule(delay, callback) {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
};

function logError(error: unknown, what: string): void {
  // The only place to report an error that every JavaScript environment has.
  // oxlint-disable-next-line no-console
  console.error(`${what}:`, error);
}
