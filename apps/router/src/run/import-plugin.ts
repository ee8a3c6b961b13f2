import { ConfigError } from "@kreuz/codec";
import type { Plugin } from "@kreuz/router";
import type { PluginConfig } from "../config/config.js";
import { PluginError } from "./errors.js";
import { resolveModule } from "./resolve-module.js";

type Module = Readonly<Record<string, unknown>>;

/** Plugins that are dependencies of this package, so that their version always fits. */
const BUNDLED: Readonly<Record<string, () => Promise<Module>>> = {
  "@kreuz/event-history": () => import("@kreuz/event-history"),
  "@kreuz/registry-meta": () => import("@kreuz/registry-meta"),
  "@kreuz/session-meta": () => import("@kreuz/session-meta"),
  "@kreuz/testament": () => import("@kreuz/testament"),
};

/**
 * Creates the plugins of one entry of `plugins`.
 *
 * @param folder - the folder that packages and relative paths are resolved from.
 * @throws PluginError if the package is missing or not a plugin; ConfigError if the plugin rejects its options.
 */
export async function importPlugin(config: PluginConfig, folder: string): Promise<readonly Plugin[]> {
  const module = await importModule(config.package, folder);
  const created = await create(factoryOf(module, config), config);
  const plugins: readonly unknown[] = Array.isArray(created) ? created : [created];
  return plugins.map((plugin) => {
    if (isPlugin(plugin)) return plugin;
    throw new PluginError(`"${config.package}" did not return a plugin: expected an object with name and setup()`);
  });
}

async function importModule(name: string, folder: string): Promise<Module> {
  const bundled = Object.hasOwn(BUNDLED, name) ? BUNDLED[name] : undefined;
  if (bundled !== undefined) return bundled();
  let url: string;
  try {
    url = resolveModule(name, folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND")
      throw new PluginError(`cannot find "${name}": ${messageOf(error)}`);
    const reason = name.startsWith(".") ? "no such file" : `install it with: npm install ${name}`;
    throw new PluginError(`cannot find "${name}" from ${folder}; ${reason}`);
  }
  try {
    return (await import(url)) as Module;
  } catch (error) {
    throw new PluginError(`cannot load "${name}": ${typeScriptReason(name, error) ?? messageOf(error)}`);
  }
}

/** Node's own error says only that the extension is unknown, or that the syntax is wrong. */
function typeScriptReason(name: string, error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (!/\.[cm]?ts$/.test(name) || !(error instanceof SyntaxError || code === "ERR_UNKNOWN_FILE_EXTENSION"))
    return undefined;
  return `Node.js ${process.versions.node} cannot run this TypeScript; compile it to JavaScript`;
}

/** The function that creates the plugin: the one that the config names, or the first of the conventional ones. */
function factoryOf(module: Module, config: PluginConfig): (options: object) => unknown {
  const names = config.export === undefined ? [camelCase(config.package), "plugin", "default"] : [config.export];
  const factory = names.map((name) => module[name]).find((value) => typeof value === "function");
  if (factory !== undefined) return factory as (options: object) => unknown;
  const found = Object.keys(module).join(", ") || "nothing";
  if (config.export !== undefined)
    throw new PluginError(`"${config.package}" exports no function "${config.export}"; it exports ${found}`, "export");
  throw new PluginError(
    `"${config.package}" exports no function ${names.join(", ")}; it exports ${found}. ` +
      "Add export: with the name of the function that creates the plugin",
  );
}

async function create(
  factory: (options: object) => unknown,
  { package: name, options = {} }: PluginConfig,
): Promise<unknown> {
  try {
    return await factory(options);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new PluginError(`"${name}" rejected its options: ${messageOf(error)}`, "options");
  }
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { name, setup } = value as Partial<Plugin>;
  return typeof name === "string" && name !== "" && typeof setup === "function";
}

/** Turns `@kreuz/session-meta` and `./plugins/session-meta.js` into `sessionMeta`. */
function camelCase(specifier: string): string {
  const last = specifier.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\.[cm]?[jt]s$/, "").replaceAll(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
