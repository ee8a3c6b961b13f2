import { join } from "node:path";
import type { Config } from "../config/config.js";
import { ConfigText } from "../config/config-text.js";
import { namesExtension } from "../config/extension-config.js";
import { type ConfigSource, LoadedConfig } from "../config/loaded-config.js";

/** A config as it is sent to a worker, which has to run with the same one as the others, whatever its file has by then. */
export interface SentConfig {
  readonly config: Config;
  readonly source: Omit<ConfigSource, "text"> & { readonly text?: string };
}

/** What the primary process gives all workers. */
export interface WorkerPlaces {
  /** Has the sockets between the processes. */
  readonly folder: string;
  /** The ports of transports with port 0, by their place in the config. */
  readonly ports: ReadonlyMap<number, number>;
}

/** Where a worker listens for operators that the primary process passes on. */
export function operatorSocket(folder: string, node: string): string {
  return join(folder, `${node}.admin`);
}

export function sentConfig({ config, source: { text, ...source } }: LoadedConfig): SentConfig {
  return { config, source: { ...source, ...(text === undefined ? {} : { text: text.text }) } };
}

/**
 * The config as a worker runs it: the listeners are those of the primary process, which also has the admin listener and passes
 * operators on.
 */
export function workerConfig({ config, source }: SentConfig, places: WorkerPlaces, node: string): LoadedConfig {
  const { text, ...others } = source;
  const received: ConfigSource = { ...others, ...(text === undefined ? {} : { text: new ConfigText(text) }) };
  const { admin } = new LoadedConfig(config, received).withManagementRealm().config;
  const isManaged = admin !== undefined && (admin.auth !== undefined || source.development === true);
  return new LoadedConfig(
    {
      ...config,
      transports: config.transports.map((transport, index) => {
        if (namesExtension(transport)) return transport;
        const { unix, port } = transport;
        return {
          ...transport,
          port: places.ports.get(index) ?? port,
          ...(unix === undefined ? {} : { unix: { ...unix, shared: true } }),
        };
      }),
      admin: isManaged
        ? {
            ...admin,
            unix: operatorSocket(places.folder, node),
            tls: undefined,
            console: false,
            metrics: false,
            metricsToken: undefined,
          }
        : undefined,
    },
    received,
  );
}
