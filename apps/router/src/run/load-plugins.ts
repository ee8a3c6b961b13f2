import { ConfigError } from "@kreuz/codec";
import type { Plugin } from "@kreuz/router";
import type { PluginConfig } from "../config/config.js";
import type { ConfigPath, ConfigProblem } from "../config/config-problem.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { PluginError } from "./errors.js";
import { importPlugin } from "./import-plugin.js";

/**
 * Loads the plugins of every realm, in the order of the config.
 *
 * @returns one list per realm.
 * @throws InvalidConfigError naming each package that is missing or not a plugin.
 */
export async function loadPlugins(loaded: LoadedConfig): Promise<readonly (readonly Plugin[])[]> {
  const problems: ConfigProblem[] = [];
  const ofRealms: Plugin[][] = [];
  for (const [realm, { plugins }] of loaded.config.realms.entries()) {
    const ofRealm: Plugin[] = [];
    for (const [index, plugin] of plugins.entries()) {
      const path = ["realms", realm, "plugins", index];
      try {
        ofRealm.push(...(await load(plugin, loaded.folder, ofRealm)));
      } catch (error) {
        problems.push(problemOf(error, path, loaded));
      }
    }
    ofRealms.push(ofRealm);
  }
  loaded.rejectIfAny(problems);
  return ofRealms;
}

async function load(config: PluginConfig, folder: string, earlier: readonly Plugin[]): Promise<readonly Plugin[]> {
  const plugins = await importPlugin(config, folder);
  const duplicate = plugins.find(({ name }) => earlier.some((other) => other.name === name));
  if (duplicate !== undefined) throw new PluginError(`plugin "${duplicate.name}" is listed twice in this realm`);
  return plugins;
}

function problemOf(error: unknown, path: ConfigPath, loaded: LoadedConfig): ConfigProblem {
  if (error instanceof PluginError) return loaded.problem([...path, error.part], error.message);
  if (error instanceof ConfigError) return loaded.problem([...path, "options"], error.message);
  throw error;
}
