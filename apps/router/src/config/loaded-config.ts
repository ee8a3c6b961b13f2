import { dirname } from "node:path";
import type { Config } from "./config.js";
import { type ConfigPath, type ConfigProblem, formatPath, InvalidConfigError } from "./config-problem.js";
import { placeInFile, withManagementRealm } from "./management-realm.js";
import type { ConfigText } from "./config-text.js";

/** Where a config comes from. */
export interface ConfigSource {
  /** The file as the user named it, or a description of the source. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly file?: string;
  readonly text?: ConfigText;
  /** Places whose values come from the environment or from files, and may be secrets. */
  readonly hidden?: readonly ConfigPath[];
  /** True for the built-in development config. */
  readonly development?: true;
}

/** A valid config and its source, so that problems found later can name the line. */
export class LoadedConfig {
  readonly config: Config;
  readonly source: ConfigSource;

  constructor(config: Config, source: ConfigSource) {
    this.config = config;
    this.source = source;
  }

  /** The folder that relative paths and packages are resolved from. */
  get folder(): string {
    return this.source.file === undefined ? process.cwd() : dirname(this.source.file);
  }

  /** Returns another config with the same source. */
  with(config: Config): LoadedConfig {
    return new LoadedConfig(config, this.source);
  }

  /** The same config with the management realm, as it is to be run. */
  withManagementRealm(): LoadedConfig {
    return this.with(withManagementRealm(this.config, this.source.development === true));
  }

  /** Where the file has a setting. */
  placeOf(path: ConfigPath): ConfigPath {
    return placeInFile(this.config, path);
  }

  /** Describes a problem at a path. */
  problem(path: ConfigPath, message: string): ConfigProblem {
    return problemAt(this.source, this.placeOf(path), message);
  }

  /** @throws InvalidConfigError if there are problems. */
  rejectIfAny(problems: readonly ConfigProblem[]): void {
    if (problems.length > 0) throw new InvalidConfigError(this.source.name, problems);
  }
}

/** Describes a problem at a path of a source, with its position in the text. */
export function problemAt(
  { text }: ConfigSource,
  path: ConfigPath,
  message: string,
  part: "value" | "key" = "value",
): ConfigProblem {
  return { path: formatPath(path), message, ...text?.locate(path, part) };
}
