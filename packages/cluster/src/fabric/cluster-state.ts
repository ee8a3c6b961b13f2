import type { NodeId } from "../bus.js";

/** What a link to another node does now. */
export interface LinkState {
  readonly node: NodeId;
  readonly up: boolean;
  readonly resets: number;
  /** Events and calls that were not sent because the node did not keep up. */
  readonly refused: number;
  readonly inFlight: number;
  /** Why it cannot be up, if that is known. */
  readonly problem: string | undefined;
}

/** What a node has counted. */
export interface ClusterCounts {
  /** Calls that other nodes gave back. */
  readonly bounces: number;
  /** Events not sent to a node that did not keep up. */
  readonly eventsDropped: number;
}

/** What operators see of a cluster. */
export interface ClusterState {
  readonly links: readonly LinkState[];
  readonly counts: ClusterCounts;
  /** Whether the referee answered when it was asked last. */
  readonly refereeReachable: boolean;
  /** What other nodes have different from this one, and works nevertheless, for people. */
  readonly warnings: readonly string[];
}
