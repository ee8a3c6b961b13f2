import type { Id, TransportInfo, Uri } from "@kreuz/codec";

/** Who a session is. Safe to show: nothing in it is secret, and nothing in it was written by the client unchecked. */
export interface SessionInfo {
  readonly session: Id;
  readonly realm: Uri;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  readonly transport: TransportInfo;
}

/** Why and how a session leaves its realm. */
export interface Departure {
  /** The reason of GOODBYE or ABORT, or `wamp.close.transport_lost` style text for a broken transport. */
  readonly reason: Uri;
  readonly message?: string;
  /** True when nobody is to be told: no meta events, no testaments (spec: `wamp.session.kill_all`). */
  readonly silent?: boolean;
  /** True when somebody ended the session through the session directory, rather than the client or a fault. */
  readonly killed?: boolean;
}
