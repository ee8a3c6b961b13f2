import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Cluster } from "@kreuz/cluster";
import { type Clock, ConfigError } from "@kreuz/codec";
import type { Logger, RouterContext, RouterPlugin } from "@kreuz/router";
import type { LoadedConfig } from "../config/loaded-config.js";

/** So often the state of the cluster is looked at, in milliseconds. */
const LOOK = 500;

/** What joins this router with others, and the plugin that tells of it. */
export interface OpenCluster {
  readonly fabric: Cluster;
  readonly plugin: RouterPlugin;
}

/**
 * Connects this node to the engine of its cluster. Waits for it.
 *
 * @returns `undefined` when the config has no cluster.
 * @throws InvalidConfigError when the engine refuses the node.
 */
export async function openCluster(
  loaded: LoadedConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<OpenCluster | undefined> {
  const { cluster: config } = loaded.config;
  if (config === undefined) return undefined;
  const { name: cluster, node = nodeName(), whenIsolated } = config;
  const { servers, tls, credentials, replicas } = config.nats;
  // Nobody else pays for loading them.
  const [{ Cluster }, { connectNats }] = await Promise.all([import("@kreuz/cluster"), import("@kreuz/cluster-nats")]);
  const path = (file: string | undefined): string | undefined => file && resolve(loaded.folder, file);
  logger.info({ cluster, node, servers }, "joining the cluster");
  try {
    const files = tls && { caFile: path(tls.ca), certFile: path(tls.cert), keyFile: path(tls.key) };
    const { bus, referee } = await connectNats({
      cluster,
      node,
      servers,
      replicas,
      logger,
      ...(files === undefined ? {} : { tls: withoutUndefined(files) }),
      ...(credentials === undefined ? {} : { credentials: withoutUndefined(credentials) }),
    });
    const fabric = new Cluster({ node, bus, referee, clock, logger, whenIsolated });
    return { fabric, plugin: clusterPlugin(fabric) };
  } catch (error) {
    if (error instanceof ConfigError) {
      const { path, message } = error;
      loaded.rejectIfAny([loaded.problem(path.split("."), message.slice(`${path}: `.length))]);
    }
    throw error;
  }
}

/** Tells /readyz and /metrics of the cluster. */
export function clusterPlugin(fabric: Cluster): RouterPlugin {
  const setup = (router: RouterContext): void => {
    const { clock } = router;
    fabric.measure(router.meter);
    let stop = (): void => {};
    const look = (): void => {
      router.health(fabric.problems.length === 0 ? undefined : fabric.problems.join("; "));
      stop = clock.schedule(LOOK, look);
    };
    look();
    router.defer(() => stop());
  };
  return { name: "cluster", setup };
}

/** A name that no other node has, also not after a restart. */
function nodeName(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9_-]/g, "-")
    .slice(0, 48);
  return `${host || "node"}-${randomBytes(4).toString("hex")}`;
}

type Defined<T> = { [K in keyof T]?: NonNullable<T[K]> };

function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
