import { setTimeout as wait } from "node:timers/promises";
import { type Bus, Cluster, type Referee } from "@kreuz/cluster";
import { connectNats } from "@kreuz/cluster-nats";
import { UnixBus, UnixReferee } from "@kreuz/cluster-unix";
import { systemClock as clock } from "@kreuz/codec";
import { silentLogger as logger } from "@kreuz/router";

/** What a router is told that is one of several nodes. */
export interface ClusterNode {
  readonly name: string;
  /** How many other nodes there are. */
  readonly others: number;
  readonly engine: Engine;
}

/** What joins the nodes: a NATS server, or Unix sockets in a folder, as between workers, with a referee at another one. */
export type Engine =
  | { readonly url: string; readonly folder?: never }
  | { readonly folder: string; readonly referee: string; readonly url?: never };

/** Joins a router to the other nodes. */
export async function joinCluster({ name: node, engine }: ClusterNode): Promise<Cluster> {
  return new Cluster({ node, ...(await connect(node, engine)) });
}

async function connect(node: string, engine: Engine): Promise<{ readonly bus: Bus; readonly referee: Referee }> {
  if (engine.url !== undefined) return connectNats({ cluster: "bench", node, servers: [engine.url], logger });
  const bus = new UnixBus({ folder: engine.folder, node, clock, logger });
  return { bus, referee: new UnixReferee({ path: engine.referee, clock }) };
}

/** Waits until the links to the others are up. */
export async function linked(cluster: Cluster, others: number): Promise<void> {
  while (cluster.links.filter(({ up }) => up).length < others) await wait(20);
}
