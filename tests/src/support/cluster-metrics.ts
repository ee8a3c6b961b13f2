// The metrics of a cluster, as it makes them.
import { Cluster } from "@kreuz/cluster";
import { MapReferee, MemoryNetwork } from "@kreuz/cluster/memory";
import { systemClock } from "@kreuz/codec";
import type { MeterCounter, MeterHistogram } from "@kreuz/router";

const WORLD = { clock: systemClock, random: () => 0.5 };

export interface ClusterMetric {
  /** Without the prefix `kreuz_plugin_cluster_`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

export function clusterMetrics(): readonly ClusterMetric[] {
  const made: ClusterMetric[] = [];
  const [bus, referee] = [new MemoryNetwork(WORLD).bus("a"), new MapReferee(WORLD)];
  new Cluster({ node: "a", bus, referee }).measure({
    counter(name, help): MeterCounter {
      made.push({ name, type: "counter", help });
      return { add: () => {} };
    },
    gauge: (name, help) => void made.push({ name, type: "gauge", help }),
    histogram(name, help): MeterHistogram {
      made.push({ name, type: "histogram", help });
      return { observe: () => {} };
    },
  });
  return made;
}
