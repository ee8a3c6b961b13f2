import type { ExtensionRef } from "@kreuz/codec";
import {
  type PluginError,
  type Authenticator,
  type Authorizer,
  type Plugin,
  type RealmPart,
  type RouterPlugin,
} from "@kreuz/router";
import { type ConfigPath, type ConfigProblem, formatPath } from "../config/config-problem.js";
import { extensionPlaces } from "../config/extension-config.js";
import type { RouteConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { ExtensionError } from "./extension-error.js";
import { type MadeExtension, makeExtension } from "./make-extension.js";

/** An extension, and where the config names it. */
export interface PlacedExtension extends MadeExtension {
  readonly path: ConfigPath;
  readonly ref: ExtensionRef;
}

/** Everything that a config names by package, made and not yet set up. */
export class LoadedExtensions {
  readonly #loaded: LoadedConfig;
  readonly #byPath: ReadonlyMap<string, PlacedExtension>;

  constructor(loaded: LoadedConfig, extensions: readonly PlacedExtension[]) {
    this.#loaded = loaded;
    this.#byPath = new Map(extensions.map((extension) => [formatPath(extension.path), extension]));
  }

  /** What hardly works, and where it is named. */
  get warnings(): readonly ConfigProblem[] {
    return [...this.#byPath.values()].flatMap(({ path, origin, warnings }) =>
      warnings.map((warning) => this.#loaded.problem([...path, "package"], `${origin}: ${warning}`)),
    );
  }

  /** The plugins of the router, in the order of their setup. */
  get routerPlugins(): readonly RouterPlugin[] {
    return this.placedRouterPlugins.flatMap(({ made }) => made as readonly RouterPlugin[]);
  }

  /** The same, with where each is named. */
  get placedRouterPlugins(): readonly PlacedExtension[] {
    const all = this.#loaded.config.plugins.map((_, index) => this.#at("plugins", index));
    return all.flatMap((extension) => (extension?.kind === "router-plugin" ? [extension] : []));
  }

  /** The plugins of a realm in the order of their setup: those of the router's list come first. */
  pluginsOf(realm: number): readonly Plugin[] {
    return this.placedPluginsOf(realm).flatMap(({ made }) => made as readonly Plugin[]);
  }

  /** The same, with where each is named. */
  placedPluginsOf(realm: number): readonly PlacedExtension[] {
    const { plugins, realms } = this.#loaded.config;
    const { name, plugins: own, management } = realms[realm]!;
    // What extends the realms of clients has no place there.
    if (management === true) return [];
    const shared = plugins.map(({ realms: names }, index) =>
      names === undefined || names.includes(name) ? this.#at("plugins", index) : undefined,
    );
    const all = [...shared, ...own.map((_, index) => this.#at("realms", realm, "plugins", index))];
    return all.flatMap((extension) => (extension?.kind === "plugin" ? [extension] : []));
  }

  /** The authentication method that a realm names. */
  authenticatorAt(...path: ConfigPath): Authenticator & RealmPart {
    return this.made(...path);
  }

  /** The authorizer that a realm or one of its roles names. */
  authorizerAt(...path: ConfigPath): Authorizer & RealmPart {
    return this.made(...path);
  }

  /** The routes, with where each is named. */
  get placedRoutes(): readonly PlacedExtension[] {
    return [...this.#byPath.values()].filter(({ kind }) => kind === "route");
  }

  /** The one object that was made for a place. */
  made<T extends object>(...path: ConfigPath): T {
    return this.#at(...path)!.made[0] as T;
  }

  /** Describes why a plugin failed, of a realm or of the router, with its package, version and place in the config. */
  describe(error: PluginError, realm?: number): string {
    const placed = realm === undefined ? this.placedRouterPlugins : this.placedPluginsOf(realm);
    const found = placed.find(({ made }) =>
      (made as readonly Pick<Plugin, "name">[]).some(({ name }) => name === error.plugin),
    );
    if (found === undefined) return error.message;
    return `${formatPath(found.path)}: plugin "${error.plugin}" (${found.origin}) ${error.problem}`;
  }

  #at(...path: ConfigPath): PlacedExtension | undefined {
    return this.#byPath.get(formatPath(path));
  }
}

/** What a route is called among the plugins of its realm: by its path, and by its transport where that is not the first. */
export function routeName({ path, ref }: Pick<PlacedExtension, "path" | "ref">): string {
  const [, transport] = path;
  return `route ${(ref as RouteConfig).path}${transport === 0 ? "" : ` of transports[${transport}]`}`;
}

/**
 * Loads everything that a config names by package, in its order.
 *
 * @throws InvalidConfigError with everything that is wrong.
 */
export async function loadExtensions(loaded: LoadedConfig): Promise<LoadedExtensions> {
  const problems: ConfigProblem[] = [];
  const extensions: PlacedExtension[] = [];
  const { hidden = [] } = loaded.source;
  for (const { path, kinds, ref } of extensionPlaces(loaded.config)) {
    const start = loaded.placeOf(path);
    const inside = hidden
      .filter((place) => start.every((step, index) => step === place[index]))
      .map((place) => place.slice(start.length));
    try {
      extensions.push({ ...(await makeExtension(ref, kinds, { folder: loaded.folder, hidden: inside })), path, ref });
    } catch (error) {
      if (!(error instanceof ExtensionError)) throw error;
      problems.push(...error.problems.map((problem) => loaded.problem([...path, ...problem.path], problem.message)));
    }
  }
  loaded.rejectIfAny(problems);
  const all = new LoadedExtensions(loaded, extensions);
  problems.push(...duplicates(all.placedRouterPlugins, "among the plugins of the router", loaded));
  for (const { path } of all.placedRouterPlugins)
    if (loaded.config.plugins[Number(path[1])]?.realms !== undefined)
      problems.push(
        loaded.problem([...path, "realms"], "remove it: a plugin of the router is set up once, for all realms"),
      );
  for (const realm of loaded.config.realms.keys())
    problems.push(...duplicates(all.placedPluginsOf(realm), "in this realm", loaded));
  loaded.rejectIfAny(problems);
  return all;
}

/** Plugins whose names an earlier one has. */
function duplicates(
  plugins: readonly PlacedExtension[],
  where: string,
  loaded: LoadedConfig,
): readonly ConfigProblem[] {
  const names = new Set<string>();
  return plugins.flatMap(({ made, path }) =>
    (made as readonly Pick<Plugin, "name">[]).flatMap(({ name }) => {
      if (names.has(name)) return [loaded.problem([...path, "package"], `plugin "${name}" is listed twice ${where}`)];
      names.add(name);
      return [];
    }),
  );
}
