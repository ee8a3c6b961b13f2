import { ConfigError } from "@kreuz/codec";
import { isNodeName, type Bus, type Referee } from "@kreuz/cluster";
import type { Logger } from "@kreuz/router";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { connect, credsAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
import { NatsBus } from "./nats-bus.js";
import { NatsReferee } from "./nats-referee.js";

/** How a node proves to NATS who it is: one of these. */
export interface NatsCredentials {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** The seed of an nkey; begins with `SU`. */
  readonly nkeySeed?: string;
  /** The text of a `.creds` file. */
  readonly creds?: string;
}

/** Files in PEM format for TLS, which is used when they are given or the server demands it. */
export interface NatsTls {
  /** The authorities that the server's certificate is checked against. Default: those of Node.js. */
  readonly caFile?: string;
  /** A certificate of this node, for servers that demand one, and its private key. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Where the NATS servers are, and what the cluster is called there. */
export interface NatsOptions {
  /** Nodes of one name form one cluster. */
  readonly cluster: string;
  /** The name of this node. */
  readonly node: string;
  /** URLs, for example `nats://127.0.0.1:4222`. */
  readonly servers: readonly string[];
  readonly tls?: NatsTls;
  readonly credentials?: NatsCredentials;
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

/**
 * Connects a node to NATS. Waits for a server as long as it takes, and connects again whenever the connection is lost.
 *
 * @throws ConfigError when a setting is invalid, or the server refuses the credentials.
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
  const referee = new NatsReferee(connection, {
    bucket: `kz_${cluster}`,
    replicas: options.replicas ?? 1,
    logger,
    release,
  });
  return { bus, referee, close };
}

async function open(options: NatsOptions): Promise<NatsConnection> {
  const { cluster, node, servers, tls, credentials } = options;
  const settings: ConnectionOptions = {
    servers: [...servers],
    name: `kreuz ${cluster} ${node}`,
    ...authentication(credentials),
    ...(tls === undefined ? {} : { tls }),
    inboxPrefix: `kz.${cluster}.i.${node}`,
    noEcho: true,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    pingInterval: 5000,
    maxPingOut: 2,
  };
  try {
    return await connect(settings);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError("cluster.nats", `node "${node}" cannot connect to ${servers.join(", ")}: ${why}`);
  }
}

function authentication(credentials: NatsCredentials = {}): Partial<ConnectionOptions> {
  const { user, password, token, nkeySeed, creds } = credentials;
  const encoder = new TextEncoder();
  if (creds !== undefined) return { authenticator: credsAuthenticator(encoder.encode(creds)) };
  if (nkeySeed !== undefined) return { authenticator: nkeyAuthenticator(encoder.encode(nkeySeed)) };
  if (token !== undefined) return { token };
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
}
