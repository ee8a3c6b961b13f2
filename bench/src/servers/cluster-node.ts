import { setTimeout as wait } from "node:timers/promises";
import { Cluster } from "@kreuz/cluster";
import { connectNats } from "@kreuz/cluster-nats";
import { silentLogger } from "@kreuz/router";

/** What a router is told that is one of several nodes. */
export interface ClusterNode {
  readonly name: string;
  /** How many other nodes there are. */
  readonly others: number;
  /** URL of the NATS server. */
  readonly engine: string;
}

/** Joins a router to the other nodes. */
export async function joinCluster({ name, engine }: ClusterNode): Promise<Cluster> {
  const nats = { cluster: "bench", node: name, servers: [engine], logger: silentLogger };
  const { bus, referee } = await connectNats(nats);
  return new Cluster({ node: name, bus, referee });
}

/** Waits until the links to the others are up. */
export async function linked(cluster: Cluster, others: number): Promise<void> {
  while (cluster.links.filter(({ up }) => up).length < others) await wait(20);
}
