import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError } from "@kreuz/codec";
import { type LogLevel, TRACE_ALL } from "./config.js";
import type { Environment } from "./expand.js";
import { namesExtension } from "./extension-config.js";
import { configFrom, loadConfig } from "./load-config.js";
import { LoadedConfig } from "./loaded-config.js";

/** File names of a config, in the order in which they are looked for. */
export const CONFIG_FILES: readonly string[] = ["kreuz.yaml", "kreuz.yml", "kreuz.json"];

const ALLOW_ALL = { call: true, register: true, forceReregister: true, subscribe: true, publish: true };

/** Settings of the command line or the environment that override the config. */
export interface Overrides {
  /** Host of the first transport. */
  readonly host?: string | undefined;
  /** Port of the first transport. */
  readonly port?: number | undefined;
  readonly workers?: number | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** True to log the messages of all sessions. */
  readonly trace?: boolean | undefined;
}

/**
 * Finds the config: the named file, else the one in `folder`, else the built-in development config.
 *
 * @throws InvalidConfigError with all problems of the config.
 */
export async function findConfig(
  file: string | undefined,
  folder: string,
  env: Environment = process.env,
): Promise<LoadedConfig> {
  const named = file === undefined ? undefined : resolve(folder, file);
  const found = named ?? CONFIG_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  return found === undefined ? developmentConfig() : loadConfig(found, env);
}

/**
 * The config used when there is no file: one realm on this machine where every client may do everything. For development
 * only.
 */
export function developmentConfig(): LoadedConfig {
  const { config } = configFrom({
    realms: [
      {
        name: "realm1",
        auth: { anonymous: { role: "development" } },
        roles: [
          { name: "development", permissions: [{ uri: "", match: "prefix", allow: ALLOW_ALL }] },
          // As whom operators call and publish from the console. Nobody else gets the role.
          { name: "operator", permissions: [{ uri: "", match: "prefix", allow: ALLOW_ALL }] },
        ],
        plugins: [
          { package: "@kreuz/session-meta" },
          { package: "@kreuz/registry-meta" },
          { package: "@kreuz/testament" },
        ],
      },
    ],
    transports: [{ type: "websocket" }],
    admin: {},
  });
  return new LoadedConfig(config, { name: "built-in development defaults", development: true });
}

/** Applies overrides to a config. */
export function override(
  loaded: LoadedConfig,
  { host, port, workers, logLevel, trace = false }: Overrides,
): LoadedConfig {
  const { config } = loaded;
  const [first, ...others] = config.transports;
  if (first === undefined) return loaded;
  const changed = namesExtension(first) ? first : { ...first, host: host ?? first.host, port: port ?? first.port };
  return loaded.with({
    ...config,
    transports: [changed, ...others],
    workers: workers ?? config.workers,
    log: { ...config.log, level: logLevel ?? config.log.level, trace: trace ? [TRACE_ALL] : config.log.trace },
  });
}

/**
 * Parses a port from a flag or an environment variable.
 *
 * @param name - of the flag or variable, for the error.
 * @throws ConfigError unless `text` is a whole number from 0 to 65535.
 */
export function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new ConfigError(name, `expected a port from 0 to 65535, got ${JSON.stringify(text)}`);
  return port;
}
