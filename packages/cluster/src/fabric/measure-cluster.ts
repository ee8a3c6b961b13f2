import type { Meter } from "@kreuz/router";
import type { ClusterState, LinkState } from "./cluster-state.js";

/** Bounds of the time that a claim takes, in seconds. */
const CLAIM_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * The metrics of a cluster: `kreuz_plugin_cluster_…` for a plugin of this name.
 * @returns what is told how long each claim took, in seconds.
 */
export function measureCluster(cluster: ClusterState, meter: Meter): (seconds: number) => void {
  const sum = (of: (link: LinkState) => number): number => cluster.links.reduce((total, link) => total + of(link), 0);
  meter.gauge("links", "Links to other nodes that are up.", () => sum(({ up }) => (up ? 1 : 0)));
  meter.gauge("nodes", "Other nodes that are known.", () => cluster.links.length);
  meter.gauge("resets", "Times that links to known nodes started anew.", () => sum(({ resets }) => resets));
  meter.gauge("refused", "Events and calls not sent because a known node did not keep up.", () =>
    sum(({ refused }) => refused),
  );
  meter.gauge("bytes_in_flight", "Bytes that other nodes have not dealt with.", () => sum(({ inFlight }) => inFlight));
  meter.gauge(
    "events_dropped",
    "Events not sent to a node that did not keep up, or could not be reached.",
    () => cluster.counts.eventsDropped,
  );
  meter.gauge(
    "bounces",
    "Calls that other nodes gave back because their callee was busy or gone.",
    () => cluster.counts.bounces,
  );
  meter.gauge(
    "disagreements",
    "Realms and nodes whose roles or permissions differ from those here.",
    () => cluster.warnings.length,
  );
  meter.gauge("referee_reachable", "1 while the referee answers, otherwise 0.", () =>
    cluster.refereeReachable ? 1 : 0,
  );
  const claims = meter.histogram("claim_seconds", "How long REGISTER waited for the referee.", CLAIM_SECONDS);
  return (seconds) => claims.observe(seconds);
}
