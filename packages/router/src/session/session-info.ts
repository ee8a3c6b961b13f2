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
  /** The node that the session is on; absent for a session of this node. */
  readonly node?: string;
}

/**
 * What ended a session. `goodbye` and `aborted`: its client said so. `lost`: the transport failed or was closed by the
 * client. `killed`: somebody used the session directory. `violation`: a protocol violation. `slow`: it read too slowly.
 * `memory`: it held too much. `shutdown`: the realm or the router closed. `failure`: a bug in the router.
 */
export type DepartureCause =
  | "goodbye"
  | "aborted"
  | "lost"
  | "killed"
  | "violation"
  | "slow"
  | "memory"
  | "shutdown"
  | "failure";

/** Why and how a session leaves its realm. */
export interface Departure {
  /** The reason of GOODBYE or ABORT; `wamp.close.transport_lost` for a lost transport. */
  readonly reason: Uri;
  readonly message?: string;
  /** Always present in events of the realm. */
  readonly cause?: DepartureCause;
  /** True to publish neither meta events nor testaments (spec: `wamp.session.kill_all`). */
  readonly silent?: boolean;
}
