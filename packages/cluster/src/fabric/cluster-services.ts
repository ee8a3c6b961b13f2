import type { Clock, Uri } from "@kreuz/codec";
import type { NodeId } from "../bus.js";
import type { Holder } from "../claims/claim-record.js";
import type { WhenIsolated } from "../claims/claims.js";
import type { Links } from "../link/links.js";
import type { Referee } from "../referee.js";
import type { HybridClock } from "../replica/hybrid-clock.js";

/** What the realms of a node share. */
export interface ClusterServices {
  readonly node: NodeId;
  readonly referee: Referee;
  readonly links: Links;
  readonly clock: Clock;
  readonly time: HybridClock;
  readonly random: () => number;
  /** How much of what is long is dealt with in one turn of the event loop; see {@link LinkSettings.perTurn}. */
  readonly perTurn: number;
  /** How much later interest is withdrawn that ended, in milliseconds. */
  readonly linger: number;
  readonly whenIsolated: WhenIsolated;
  readonly self: () => Holder;
  readonly isDead: (holder: Holder) => Promise<boolean>;
  /** A realm has been opened. */
  readonly opened: (realm: Uri) => void;
  /** Starts the cluster, once. @returns the key of all ids. */
  readonly started: () => Promise<Uint8Array>;
  /** Whether another node has said that it serves a realm, under the same rule for URIs. */
  readonly serves: (node: NodeId, realm: Uri) => boolean;
  /** Whether this node and another one do not work together in a realm. */
  readonly refuses: (node: NodeId, realm: Uri) => boolean;
  /** The node that inherits from this one. */
  readonly heir: () => NodeId | undefined;
  /** A claim took so many seconds. */
  readonly claimed: (seconds: number) => void;
  /** A realm was closed. */
  readonly closed: (number: number) => void;
}
