import type { LimitName } from "../connection/transport-settings.js";

/** A client that was refused, or dropped before it had a connection. For logs: who, why, and what to change. */
export interface Refusal {
  /** URL of the listener. */
  readonly listener: string;
  /** Address of the client; absent on a Unix socket. */
  readonly peer?: string;
  /** The page that a browser named. */
  readonly origin?: string;
  /** What happened, with the number and the limit. The same words for the same reason, so that repeated ones can be summed. */
  readonly reason: string;
  /** What to change to let such a client in; absent if only the client can do something. */
  readonly remedy?: string;
  /** The limit that was hit, if any. It was reported to `onLimit`, too. */
  readonly limit?: LimitName;
  /** Whether the TLS handshake failed. */
  readonly tls?: true;
}

/** Reports a refusal at one listener. */
export type ReportRefusal = (refusal: Omit<Refusal, "listener">) => void;
