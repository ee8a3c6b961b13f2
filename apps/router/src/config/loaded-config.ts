import { dirname } from "node:path";
import type { Config } from "./config.js";
import { type ConfigPath, formatPath } from "./config-path.js";
import { type ConfigProblem, InvalidConfigError } from "./config-problem.js";
import type { ConfigText } from "./config-text.js";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** The file as the user named it, or words for what there is instead. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly file?: string;
  readonly text?: ConfigText;
  /** True for what is built in: there is no config at all. */
  readonly development?: true;
}

/** A valid configuration, and where it comes from: so that what is found out later can be told with its line. */
export class LoadedConfig {
  readonly config: Config;
  readonly source: ConfigSource;

  constructor(config: Config, source: ConfigSource) {
    this.config = config;
    this.source = source;
  }

  /** The folder that relative paths and packages are looked up from. */
  get folder(): string {
    return this.source.file === undefined ? process.cwd() : dirname(this.source.file);
  }

  /** The same source with another configuration, for settings that a command line overrides. */
  with(config: Config): LoadedConfig {
    return new LoadedConfig(config, this.source);
  }

  problem(path: ConfigPath, message: string): ConfigProblem {
    return problemAt(this.source, path, message);
  }

  /** @throws InvalidConfigError with the problems, if there are any. */
  refuse(problems: readonly ConfigProblem[]): void {
    if (problems.length > 0) throw new InvalidConfigError(this.source.name, problems);
  }
}

export function problemAt(
  { text }: ConfigSource,
  path: ConfigPath,
  message: string,
  part: "value" | "key" = "value",
): ConfigProblem {
  return { path: formatPath(path), message, ...text?.locate(path, part) };
}
