import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { asError, ConfigError, defineExtension, type Extension } from "@kreuz/codec";
import { integer, list, options, text } from "@kreuz/codec/options";
import { storeLimitsWithDefaults, type EventStoreLimits, type OpenEventStore } from "@kreuz/event-history";
import { isNodeName } from "@kreuz/cluster";
import { connectTo } from "./connection.js";
import type { NatsServers, NatsTls } from "./nats-servers.js";
import { TooFewServersError } from "./jetstream-errors.js";
import { NatsEventStore } from "./nats-event-store.js";

/** Settings of {@link natsStore}. */
export interface NatsStoreOptions extends NatsServers, Partial<EventStoreLimits> {
  /** Routers of one name share their history: 1 to 64 letters, digits, `-` and `_`. Default `kreuz_history`. */
  readonly name?: string | undefined;
  /** How many servers keep each event. Default 1; 3 survive the loss of one server. */
  readonly replicas?: number | undefined;
}

const DEFAULT_LIMITS: EventStoreLimits = { maxEvents: 100_000, maxBytes: 1024 ** 3 };
const DEFAULT_NAME = "kreuz_history";

/**
 * Stores the event history in a stream of NATS JetStream, one for each realm. All routers with these settings have the same
 * history: each event once, in one order.
 *
 * @throws ConfigError that names the wrong option; when it opens, that names the server which cannot be used.
 */
export function natsStore({ name = DEFAULT_NAME, replicas = 1, ...given }: NatsStoreOptions): OpenEventStore {
  if (!isNodeName(name))
    throw new ConfigError("name", `expected 1 to 64 letters, digits, "-" and "_", got "${name.slice(0, 80)}"`);
  const limits = storeLimitsWithDefaults(given, DEFAULT_LIMITS);
  return async (realm) => {
    const connection = await connectTo(
      { ...given, tls: tlsIn(realm.baseDirectory, given.tls) },
      {
        name: `kreuz history ${realm.uri}`,
        inboxPrefix: `${name}.i`,
      },
    ).catch((error: unknown) => {
      throw new ConfigError("servers", `cannot connect to ${given.servers.join(", ")}: ${asError(error).message}`);
    });
    // Names of streams and subjects may not have all the characters of URIs.
    const key = createHash("sha256").update(realm.uri).digest("hex").slice(0, 24);
    const place = { stream: `${name}_${key}`, subjects: `${name}.e.${key}`, servers: given.servers, replicas };
    try {
      return await NatsEventStore.open(connection, { ...place, limits, realm });
    } catch (error) {
      await connection.close();
      const why = asError(error).message;
      if (error instanceof TooFewServersError) throw new ConfigError("replicas", why);
      throw new ConfigError(
        "servers",
        `${given.servers.join(", ")} cannot keep the history: ${why}; JetStream has to be on (nats-server -js), and the user needs its permissions`,
      );
    }
  };
}

/**
 * The same store for the `store` of `@kreuz/event-history` in a config:
 * `store: { package: "@kreuz/cluster-nats/event-store", options: { servers: ["nats://127.0.0.1:4222"] } }`.
 */
export const natsEventStore: Extension<"event-store", NatsStoreOptions, OpenEventStore> = defineExtension(
  "event-store",
  {
    name: "nats",
    options: options({
      servers: list(text("a URL such as nats://127.0.0.1:4222")).describe("URLs of the NATS servers, with JetStream."),
      name: text("a name").default(DEFAULT_NAME).describe("Routers of one name share their history."),
      tls: options({
        caFile: text("a path").optional().describe("Certificates of the authorities that vouch for the servers (PEM)."),
        certFile: text("a path").optional().describe("The router's own certificate (PEM), if the servers ask for one."),
        keyFile: text("a path").optional().describe("The key of that certificate (PEM)."),
      })
        .optional()
        .describe("Files for TLS. Default: TLS if the servers ask for it."),
      credentials: options({
        user: text("a user name").optional().describe("Name of the router's user at the server."),
        password: text("a password").secret().optional().describe("Password of that user."),
        token: text("a token").secret().optional().describe("Token, in place of a user."),
        nkeySeed: text("the seed of an nkey").secret().optional().describe("Seed of an nkey; it begins with SU."),
        creds: text("a credentials file").secret().optional().describe("Text of a .creds file."),
      })
        .optional()
        .describe("How the router logs in at the servers. Default: it does not."),
      replicas: integer(1, 5).default(1).describe("Servers that keep each event; 3 survive the loss of one."),
      maxEvents: integer(1).default(DEFAULT_LIMITS.maxEvents).describe("Max events of a realm."),
      maxBytes: integer(1).default(DEFAULT_LIMITS.maxBytes).describe("Max bytes of a realm."),
    }),
    example: { servers: ["nats://127.0.0.1:4222"] },
    create: natsStore,
  },
);

/** Relative paths refer to the folder of the config. */
function tlsIn(folder: string | undefined, tls: NatsTls | undefined): NatsTls | undefined {
  if (tls === undefined || folder === undefined) return tls;
  const path = (file: string | undefined): string | undefined => file && resolve(folder, file);
  return { caFile: path(tls.caFile), certFile: path(tls.certFile), keyFile: path(tls.keyFile) };
}
