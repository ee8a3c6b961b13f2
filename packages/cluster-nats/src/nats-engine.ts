import { asError, ConfigError } from "@kreuz/codec";
import { isNodeName, type Bus, type Referee } from "@kreuz/cluster";
import type { Logger } from "@kreuz/router";
import type { NatsConnection } from "@nats-io/transport-node";
import { connectTo, isRefusal } from "./connection.js";
import type { NatsServers } from "./nats-servers.js";
import { lacksCertificate } from "./missing-certificate.js";
import { TooFewServersError } from "./jetstream-errors.js";
import { NatsBus } from "./nats-bus.js";
import { NatsReferee } from "./nats-referee.js";

/** Where the NATS servers are, and what the cluster is called there. */
export interface NatsOptions extends NatsServers {
  /** Nodes of one name form one cluster. */
  readonly cluster: string;
  /** The name of this node. */
  readonly node: string;
  /** How many servers keep the claims. Default 1; 3 survive the loss of one server. */
  readonly replicas?: number;
  readonly logger: Logger;
}

/** A connection to NATS as a node of a cluster uses it. */
export interface NatsEngine {
  readonly bus: Bus;
  readonly referee: Referee;
  /** Ends the connection. Closing bus and referee does so, too. */
  close(): Promise<void>;
}

/** Servers may start later than nodes. */
const RETRY_MS = 500;

/**
 * Connects a node to NATS. Waits for a server as long as it takes, and connects again whenever the connection is lost.
 *
 * @throws ConfigError when a setting is invalid, or the server refuses the credentials, is not trusted, or works alone and more
 * replicas are wanted.
 */
export async function connectNats(options: NatsOptions): Promise<NatsEngine> {
  const { cluster, node, logger, servers } = options;
  for (const [path, name] of [
    ["cluster.name", cluster],
    ["cluster.node", node],
  ] as const)
    if (!isNodeName(name))
      throw new ConfigError(path, `expected 1 to 64 letters, digits, "-" and "_", got "${name.slice(0, 80)}"`);
  const connection = await open(options);
  logger.info({ node, server: connection.getServer() }, "connected to NATS");
  let users = 2;
  const close = async (): Promise<void> => {
    if (!connection.isClosed()) await connection.close();
  };
  const release = async (): Promise<void> => {
    if (--users === 0) await close();
  };
  const bus = new NatsBus(connection, { cluster, node, logger, servers, release });
  const { replicas = 1 } = options;
  const referee = new NatsReferee(connection, { bucket: `kz_${cluster}`, replicas, logger, release });
  if (replicas > 1)
    await referee.open().catch(async (error: unknown) => {
      // Servers of a cluster may start later, and whoever uses the referee asks it again.
      if (!(error instanceof TooFewServersError && error.isFinal)) return;
      await close();
      throw new ConfigError("cluster.nats.replicas", error.message);
    });
  return { bus, referee, close };
}

async function open(options: NatsOptions): Promise<NatsConnection> {
  const { cluster, node, servers, logger } = options;
  const names = { name: `kreuz ${cluster} ${node}`, inboxPrefix: `kz.${cluster}.i.${node}` };
  for (let isFirst = true; ; isFirst = false)
    try {
      return await connectTo(options, names);
    } catch (error) {
      const what = `node "${node}" cannot connect to ${servers.join(", ")}: ${asError(error).message}`;
      if (isRefusal(error)) throw new ConfigError("cluster.nats", what);
      if (await lacksCertificate(options))
        throw new ConfigError("cluster.nats.tls", `${what}; the server demands a certificate: set cert and key`);
      if (isFirst) logger.warn({ error }, `${what}; it is tried again until it succeeds`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
}
