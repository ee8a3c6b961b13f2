import { ConfigError } from "@kreuz/codec";
import type { LogLevel } from "./config.js";
import type { LoadedConfig } from "./loaded-config.js";

/** Settings of a command line or environment, which win against the config. */
export interface Overrides {
  /** Of the first transport. */
  readonly host?: string | undefined;
  /** Of the first transport. */
  readonly port?: number | undefined;
  readonly logLevel?: LogLevel | undefined;
}

export function override(loaded: LoadedConfig, { host, port, logLevel }: Overrides): LoadedConfig {
  const { config } = loaded;
  const [first, ...others] = config.transports;
  if (first === undefined) return loaded;
  return loaded.with({
    ...config,
    transports: [{ ...first, host: host ?? first.host, port: port ?? first.port }, ...others],
    log: { ...config.log, level: logLevel ?? config.log.level },
  });
}

/**
 * A port as a flag or an environment variable gives it.
 *
 * @param name - of the flag or variable, for the error.
 * @throws ConfigError unless it is a whole number from 0 to 65535.
 */
export function portOf(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new ConfigError(name, `expected a port from 0 to 65535, got ${JSON.stringify(text)}`);
  return port;
}
