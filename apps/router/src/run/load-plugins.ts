import { ConfigError } from "@kreuz/codec";
import type { Plugin } from "@kreuz/router";
import type { PluginConfig } from "../config/config.js";
import type { ConfigPath } from "../config/config-path.js";
import type { ConfigProblem } from "../config/config-problem.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { importPlugin, PluginError } from "./import-plugin.js";

/**
 * The plugins of every realm, in the order of the realms and within them in the order of the config.
 *
 * @throws InvalidConfigError for every package that is missing or is no plugin.
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
  loaded.refuse(problems);
  return ofRealms;
}

async function load(config: PluginConfig, folder: string, earlier: readonly Plugin[]): Promise<readonly Plugin[]> {
  const plugins = await importPlugin(config, folder);
  const taken = plugins.find(({ name }) => earlier.some((other) => other.name === name));
  if (taken !== undefined) throw new PluginError(`this realm has a plugin "${taken.name}" already`);
  return plugins;
}

function problemOf(error: unknown, path: ConfigPath, loaded: LoadedConfig): ConfigProblem {
  if (error instanceof PluginError) return loaded.problem([...path, error.part], error.message);
  // Any plugin may check its options in the way of the router's own packages.
  if (error instanceof ConfigError) return loaded.problem([...path, "options"], error.message);
  throw error;
}
