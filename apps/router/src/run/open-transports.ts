import type { Acceptor, Budget, Clock, Listener, Transport, TransportContext } from "@kreuz/codec";
import type { Logger, Router } from "@kreuz/router";
import type { HandshakeCookies, ListenerStats, ReadMemory } from "@kreuz/transport-node";
import type { CodecName } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import { InvalidConfigError } from "../config/config-problem.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import { logLimit, type TransportCounters } from "./limit-metrics.js";
import { BuiltInTransport } from "./built-in-transport.js";
import { createCodecs } from "./listen-options.js";
import type { LoadedExtensions } from "./load-extensions.js";
import type { PreparedRoutes } from "./package-routes.js";

/** An address where clients connect. */
export interface Endpoint {
  /** For example `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly port: number;
  readonly codecs: readonly CodecName[];
}

/** An open transport. */
export interface OpenTransport {
  readonly endpoint: Endpoint;
  readonly listener: Listener;
  /** That the config gives it. */
  readonly name: string | undefined;
  /** What it counts; absent for transports of packages. */
  readonly stats: ListenerStats | undefined;
  /**
   * Reads the TLS files of the transport in another config, and checks them.
   *
   * @returns a function that uses them for new connections.
   * @throws InvalidConfigError if they cannot be used; the old ones stay.
   */
  prepareTls(loaded: LoadedConfig): Promise<() => void>;
  /**
   * Checks the routes of the transport in another config.
   *
   * @returns a function that uses them for new requests.
   * @throws InvalidConfigError for an offer that does not exist; the old ones stay.
   */
  prepareRoutes(loaded: LoadedConfig, packages: PreparedRoutes): () => void;
}

/** What transports need besides their config. */
export interface OpenContext {
  readonly counters: TransportCounters;
  /** What clients hold is charged to it. */
  readonly budget: Budget;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Absent: the transports set no cookies. */
  readonly cookies: HandshakeCookies | undefined;
  /** Has what plugins offer to be mounted. */
  readonly router: Pick<Router, "offered" | "realms">;
  /** The routes of packages. */
  readonly routes: PreparedRoutes;
  /** Of the whole process. */
  readonly readMemory: ReadMemory;
  /** The transports of packages. */
  readonly extensions: LoadedExtensions;
}

/**
 * Opens the transports of a config, in its order.
 *
 * @param acceptorOf - takes the clients of a transport that can join these realms, or all.
 * @throws InvalidConfigError for TLS files that cannot be used, StartError if one cannot be opened, after closing the others.
 */
export async function openTransports(
  acceptorOf: (realms: readonly string[] | undefined) => Acceptor,
  loaded: LoadedConfig,
  context: OpenContext,
): Promise<readonly OpenTransport[]> {
  const { config, folder } = loaded;
  const codecs = createCodecs(config);
  const open: OpenTransport[] = [];
  for (const [index, transport] of config.transports.entries()) {
    const names = namesExtension(transport) ? [...codecs.keys()] : transport.codecs;
    const builtIn = namesExtension(transport) ? undefined : new BuiltInTransport(transport, index, loaded, context);
    try {
      const made: Transport = builtIn ?? context.extensions.made("transports", index);
      const realms = namesExtension(transport) ? undefined : transport.realms;
      const listener = await made.listen(acceptorOf(realms), {
        ...transportContext(context),
        codecs: names.flatMap((name) => codecs.get(name) ?? []),
        baseDirectory: folder,
      });
      open.push({
        listener,
        name: namesExtension(transport) ? undefined : transport.name,
        endpoint: { url: listener.url, port: listener.port ?? 0, codecs: names },
        stats: builtIn?.stats,
        prepareTls: async (reloaded) => (await builtIn?.prepareTls(reloaded)) ?? (() => {}),
        prepareRoutes: (reloaded, packages) => builtIn?.prepareRoutes(reloaded, packages) ?? (() => {}),
      });
    } catch (error) {
      await Promise.allSettled(open.map(({ listener }) => listener.close()));
      if (error instanceof InvalidConfigError) throw error;
      throw new StartError(describe(error as Error, transport, index), { cause: error });
    }
  }
  return open;
}

function transportContext({
  budget,
  clock,
  counters,
  logger,
}: OpenContext): Omit<TransportContext, "codecs" | "baseDirectory"> {
  return {
    budget,
    clock,
    onLimit: (limit) => {
      counters.count(limit);
      logLimit(logger, limit, counters.get(limit));
    },
    onError: (error) => logger.error({ error }, "transport error"),
  };
}

/** Built-in transports name the place themselves. */
function describe({ message }: Error, transport: object, index: number): string {
  return namesExtension(transport) ? `transports[${index}]: "${transport.package}" cannot listen: ${message}` : message;
}
