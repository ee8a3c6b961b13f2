import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@kreuz/codec";
import type { ReloadCounts } from "@kreuz/metrics";
import type { Authenticator, Authorizer, Router } from "@kreuz/router";
import type { Config, RealmConfig } from "../config/config.js";
import { type ConfigPath, formatPath } from "../config/config-problem.js";
import { namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { placeInFile } from "../config/management-realm.js";
import { StartError } from "./errors.js";
import { loadExtensions, type LoadedExtensions } from "./load-extensions.js";
import type { OpenTransport } from "./open-transports.js";
import type { PackageRoutes, PreparedRoutes } from "./package-routes.js";
import { type PluginUpdates, pluginUpdates, updateAll } from "./plugin-updates.js";
import type { RealmParts } from "./realm-parts.js";
import { roleLimits, routerLimits } from "./router-options.js";

/** The outcome of a reload. */
export interface ReloadReport {
  /** Number of subscriptions and registrations that were revoked because they are no longer allowed. */
  readonly revoked: number;
  /** Changed settings that take effect after a restart. */
  readonly needsRestart: readonly string[];
}

/** What a reload changes of an open realm. */
export interface OpenRealm {
  /** The list that the router looks into at each login. */
  readonly authenticators: Authenticator[];
  readonly parts: RealmParts;
}

/** A realm of a config, with what the config names by package. */
export interface RealmPlace {
  readonly loaded: LoadedConfig;
  readonly index: number;
  readonly extensions: LoadedExtensions;
  readonly parts: RealmParts;
}

/** What a reload changes. */
export interface ReloaderParts {
  readonly router: Router;
  /** The config that the router started with. */
  readonly started: LoadedConfig;
  readonly realms: ReadonlyMap<string, OpenRealm>;
  /** What uses TLS. */
  readonly listeners: readonly Pick<OpenTransport, "prepareTls">[];
  readonly transports: readonly Pick<OpenTransport, "prepareRoutes">[];
  readonly routes: PackageRoutes;
  readonly clock: Clock;
  /** The extensions that the router runs with. */
  readonly extensions: LoadedExtensions;
  createAuthorizer(place: RealmPlace): Authorizer;
  /** @throws InvalidConfigError if credentials are invalid or cannot be read. */
  createAuthenticators(place: RealmPlace): Promise<readonly Authenticator[]>;
}

/** An open realm as a config wants it. */
interface PreparedRealm {
  readonly config: RealmConfig;
  readonly updates: PluginUpdates;
  readonly authorizer: Authorizer;
  /** Absent: as they are. */
  readonly authenticators: readonly Authenticator[] | undefined;
}

/**
 * Applies another config to a running router, as far as possible without a restart: all of it or nothing. Reloads run one
 * after another.
 */
export class Reloader {
  readonly #parts: ReloaderParts;
  #current: Config;
  /** The options that plugins run with since they were updated, by plugin. */
  readonly #options = new Map<object, unknown>();
  /** Routes that were set up for a config that is not applied yet. */
  #prepared: PreparedRoutes | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Seconds since the Unix epoch. */
  #lastSuccess: number;
  #ok = 0;
  #refused = 0;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
    this.#current = parts.started.config;
    this.#lastSuccess = parts.clock.now() / 1000;
  }

  /** How reloads went; the start counts as the last success until one succeeds. */
  get counts(): ReloadCounts {
    return { ok: this.#ok, refused: this.#refused, lastSuccess: this.#lastSuccess };
  }

  /** Notes that a config could not be read, or will not be applied although it was prepared. */
  refuse(): void {
    this.#refused++;
    const unused = this.#prepared;
    this.#prepared = undefined;
    void unused?.undo();
  }

  /** The config that was applied last. */
  get current(): Config {
    return this.#current;
  }

  /** @throws Error if the config cannot be applied; then nothing has changed. */
  reload(loaded: LoadedConfig): Promise<ReloadReport> {
    const reloaded = this.#last.then(async () => (await this.prepare(loaded))());
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  /**
   * Does all that may fail, for whoever reloads several routers together, and one config after another.
   *
   * @returns a function that applies the config. Without it, nothing has changed; then call {@link refuse}.
   * @throws Error if the config cannot be applied.
   */
  async prepare(loaded: LoadedConfig): Promise<() => Promise<ReloadReport>> {
    try {
      const apply = await this.#prepare(loaded);
      return async () => {
        const report = await apply();
        this.#applied();
        return report;
      };
    } catch (error) {
      this.refuse();
      throw error;
    }
  }

  #applied(): void {
    this.#ok++;
    this.#lastSuccess = this.#parts.clock.now() / 1000;
  }

  async #prepare(loaded: LoadedConfig): Promise<() => Promise<ReloadReport>> {
    const { started, listeners } = this.#parts;
    const { config, source } = loaded;
    if (source.development === true && started.source.development !== true)
      throw new StartError("the development defaults, which allow everything, never replace a config");
    // All that may fail comes before the first change.
    const renewals = await Promise.all(listeners.map((listener) => listener.prepareTls(loaded)));
    const extensions = await loadExtensions(loaded);
    const { placedRouterPlugins } = this.#parts.extensions;
    const updates = pluginUpdates(placedRouterPlugins, extensions.placedRouterPlugins, this.#options);
    const realms = await this.#prepareRealms(loaded, extensions);
    const routes = await this.#prepareRoutes(loaded, extensions);
    return () => this.#apply(config, realms, updates, [...renewals, ...routes]);
  }

  async #apply(
    config: Config,
    realms: readonly PreparedRealm[],
    updates: PluginUpdates,
    swaps: readonly (() => void)[],
  ): Promise<ReloadReport> {
    const { router, started } = this.#parts;
    this.#prepared = undefined;
    const notUpdated = await updateAll([{ updates }, ...realms]);
    router.setLimits(routerLimits(config.limits));
    // From here on nothing fails, and nothing is routed before all of it applies.
    for (const swap of swaps) swap();
    const outcomes = realms.map(({ config: realm, authorizer, authenticators }) => {
      // Logins under way go on as they began.
      if (authenticators !== undefined)
        this.#parts.realms.get(realm.name)?.authenticators.splice(0, Infinity, ...authenticators);
      const roles = realm.roles.map(({ name }) => name);
      return router.reauthorize(realm.name, { authorizer, roles, roleLimits: roleLimits(realm.roles) });
    });
    this.#current = config;
    const revoked = (await Promise.all(outcomes)).reduce((sum, outcome) => sum + outcome.revoked, 0);
    return { revoked, needsRestart: [...fixedChanges(started.config, config), ...notUpdated] };
  }

  /** @returns functions that use the routes of a config; where listeners wait for the next start, so do all routes. */
  async #prepareRoutes(loaded: LoadedConfig, extensions: LoadedExtensions): Promise<readonly (() => void)[]> {
    const { started, transports, routes } = this.#parts;
    const [before, after] = [started.config, loaded.config].map((config) => withoutReloaded(config).transports);
    if (!isDeepStrictEqual(before, after)) return [];
    const prepared = await routes.prepare(extensions);
    this.#prepared = prepared;
    const swaps = transports.map((transport) => transport.prepareRoutes(loaded, prepared));
    return [...swaps, () => prepared.apply()];
  }

  async #prepareRealms(loaded: LoadedConfig, extensions: LoadedExtensions): Promise<readonly PreparedRealm[]> {
    const { router, createAuthorizer, createAuthenticators } = this.#parts;
    const prepared: PreparedRealm[] = [];
    for (const [index, config] of loaded.config.realms.entries()) {
      const open = this.#parts.realms.get(config.name);
      if (!router.realms.includes(config.name) || open === undefined) continue;
      const place: RealmPlace = { loaded, index, extensions, parts: open.parts };
      // Unchanged, it keeps its count of failed attempts.
      const authenticators = this.#authenticationChanged(config) ? await createAuthenticators(place) : undefined;
      const authorizer = createAuthorizer(place);
      await open.parts.setUp((plugin) => router.addPlugin(config.name, plugin));
      prepared.push({ config, authorizer, authenticators, updates: this.#pluginUpdates(config, index, extensions) });
    }
    return prepared;
  }

  /** What the running plugins of a realm are to be told: their options by the new config. */
  #pluginUpdates({ name }: RealmConfig, index: number, extensions: LoadedExtensions): PluginUpdates {
    const { started, extensions: running } = this.#parts;
    const before = started.config.realms.findIndex((realm) => realm.name === name);
    return pluginUpdates(running.placedPluginsOf(before), extensions.placedPluginsOf(index), this.#options);
  }

  #authenticationChanged(config: RealmConfig): boolean {
    const before = this.#current.realms.find(({ name }) => name === config.name);
    const roleNames = (realm: RealmConfig) => realm.roles.map(({ name }) => name);
    return (
      before === undefined ||
      !isDeepStrictEqual(before.auth, config.auth) ||
      !isDeepStrictEqual(roleNames(before), roleNames(config))
    );
  }
}

/** Settings that a reload applies. All others, also later ones, take effect at the next start. */
const RELOADED: readonly string[] = [
  "plugins",
  "realms",
  "limits",
  "log",
  "shutdown",
  "drain",
] satisfies readonly (keyof Config)[];
const FIXED_LIMITS = [
  "maxNestingDepth",
  "maxValues",
  "memoryBytes",
  "memoryBytesPerClient",
] as const satisfies readonly (keyof Config["limits"])[];
const FIXED_LOG = ["format", "file", "trace"] as const satisfies readonly (keyof Config["log"])[];

/** Paths of settings that differ between two configs and take effect only at start. */
export function fixedChanges(started: Config, config: Config): readonly string[] {
  const paths: ConfigPath[] = [];
  const compare = <T extends object>(
    before: T,
    after: T,
    keys: readonly (keyof T & string)[],
    base: ConfigPath = [],
  ) => {
    for (const key of keys) if (!isDeepStrictEqual(before[key], after[key])) paths.push([...base, key]);
  };
  const topLevel = Object.keys({ ...started, ...config }) as (keyof Config)[];
  const fixed = topLevel.filter((key) => !RELOADED.includes(key));
  compare(withoutReloaded(started), withoutReloaded(config), fixed);
  compare(started.limits, config.limits, FIXED_LIMITS, ["limits"]);
  compare(started.log, config.log, FIXED_LOG, ["log"]);
  for (const [index, realm] of config.realms.entries()) {
    const before = started.realms.find(({ name }) => name === realm.name);
    if (before === undefined) paths.push(["realms", index]);
  }
  const names = new Set(config.realms.map(({ name }) => name));
  const removed = started.realms.filter(({ name }) => !names.has(name));
  return [
    ...paths.map((path) => formatPath(placeInFile(config, path))),
    ...removed.map(({ name }) => `realms (${name} was removed)`),
  ];
}

/**
 * The files of a listener that has TLS are read from where the new config says, and its routes are those of the new config. Who may
 * log in to the management realm is a matter of the realm.
 */
function withoutReloaded(config: Config): Config {
  const { admin } = config;
  const without = (transport: Config["transports"][number]): Config["transports"][number] => {
    if (namesExtension(transport)) return transport;
    const { tls } = transport;
    const files = tls === undefined ? {} : { tls: { ...tls, cert: "", key: "", ca: undefined } };
    return { ...transport, ...files, routes: undefined };
  };
  const tls = admin?.tls && { ...admin.tls, cert: "", key: "", ca: undefined };
  return {
    ...config,
    transports: config.transports.map(without),
    admin: admin && { ...admin, auth: undefined, tls },
  };
}
