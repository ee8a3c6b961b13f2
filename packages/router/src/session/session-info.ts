import type { Id, TransportInfo, Uri } from "@kreuz/codec";

/** Who a session is. Safe to show: it holds no secret, and no text of the client's that was not checked. */
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
  /** The reason of GOODBYE or ABORT; `wamp.close.transport_lost` for a lost transport. */
  readonly reason: Uri;
  readonly message?: string;
  /** True to publish neither meta events nor testaments (spec: `wamp.session.kill_all`). */
  readonly silent?: boolean;
  /** True when the session was ended through the session directory, not by its client or a fault. */
  readonly killed?: boolean;
}
