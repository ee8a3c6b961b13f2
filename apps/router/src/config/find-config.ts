import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { developmentConfig } from "./development-config.js";
import { loadConfig } from "./load-config.js";
import type { LoadedConfig } from "./loaded-config.js";

/** Where a config is looked for, the first one that exists being taken. */
export const CONFIG_FILES: readonly string[] = ["kreuz.yaml", "kreuz.yml", "kreuz.json"];

/**
 * The config that a user means: the file that is named, else the one in `folder`, else the built-in development config.
 *
 * @throws InvalidConfigError for everything that is wrong with it.
 */
export async function findConfig(file: string | undefined, folder: string): Promise<LoadedConfig> {
  const named = file === undefined ? undefined : resolve(folder, file);
  const found = named ?? CONFIG_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  return found === undefined ? developmentConfig() : loadConfig(found);
}
