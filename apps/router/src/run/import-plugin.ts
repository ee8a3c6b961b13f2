import { ConfigError } from "@kreuz/codec";
import type { Plugin } from "@kreuz/router";
import type { PluginConfig } from "../config/config.js";
import { resolveModule } from "./resolve-module.js";

/** A plugin of a config cannot be used. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  /** The setting that is wrong. */
  readonly part: "package" | "export" | "options";

  constructor(message: string, part: "package" | "export" | "options" = "package") {
    super(message);
    this.part = part;
  }
}

type Module = Readonly<Record<string, unknown>>;

/** Plugins that come with this package: always the version that fits, wherever the config is. */
const BUNDLED: Readonly<Record<string, () => Promise<Module>>> = {
  "@kreuz/event-history": () => import("@kreuz/event-history"),
  "@kreuz/registry-meta": () => import("@kreuz/registry-meta"),
  "@kreuz/session-meta": () => import("@kreuz/session-meta"),
  "@kreuz/testament": () => import("@kreuz/testament"),
};

/**
 * Makes what one entry of `plugins` in a config stands for.
 *
 * @param folder - where packages and relative paths are looked up from.
 * @throws PluginError when there is no such package, or it is no plugin; ConfigError when it refuses its options.
 */
export async function importPlugin(config: PluginConfig, folder: string): Promise<readonly Plugin[]> {
  const module = await importModule(config.package, folder);
  const made = await call(factoryOf(module, config), config);
  const plugins: readonly unknown[] = Array.isArray(made) ? made : [made];
  return plugins.map((plugin) => {
    if (isPlugin(plugin)) return plugin;
    throw new PluginError(`"${config.package}" made something that is no plugin: expected a name and a setup function`);
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
      throw new PluginError(`"${name}" cannot be found: ${messageOf(error)}`);
    const advice = name.startsWith(".") ? "there is no such file" : `is it installed? Try: npm install ${name}`;
    throw new PluginError(`"${name}" cannot be found from ${folder}; ${advice}`);
  }
  try {
    return (await import(url)) as Module;
  } catch (error) {
    throw new PluginError(`"${name}" cannot be loaded: ${messageOf(error)}`);
  }
}

/** The function that makes the plugin: the one that the config names, else by convention. */
function factoryOf(module: Module, config: PluginConfig): (options: object) => unknown {
  const names = config.export === undefined ? [camelCase(config.package), "plugin", "default"] : [config.export];
  const factory = names.map((name) => module[name]).find((value) => typeof value === "function");
  if (factory !== undefined) return factory as (options: object) => unknown;
  const found = Object.keys(module).join(", ") || "nothing";
  if (config.export !== undefined)
    throw new PluginError(`"${config.package}" exports no function "${config.export}"; it exports ${found}`, "export");
  throw new PluginError(
    `"${config.package}" is no plugin: expected it to export a function ${names.join(" or ")}; ` +
      `it exports ${found}. If one of these makes the plugin, name it with export:`,
  );
}

async function call(
  factory: (options: object) => unknown,
  { package: name, options = {} }: PluginConfig,
): Promise<unknown> {
  try {
    return await factory(options);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new PluginError(`"${name}" refused its options: ${messageOf(error)}`, "options");
  }
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { name, setup } = value as Partial<Plugin>;
  return typeof name === "string" && name !== "" && typeof setup === "function";
}

/** `@kreuz/session-meta` and `./plugins/session-meta.js` are `sessionMeta`. */
function camelCase(specifier: string): string {
  const last = specifier.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\.[cm]?[jt]s$/, "").replaceAll(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
