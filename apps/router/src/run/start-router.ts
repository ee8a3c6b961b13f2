import { ConfigError } from "@kreuz/codec";
import { createRouter, type Logger, type Plugin, type Router, silentLogger } from "@kreuz/router";
import type { RealmConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { LoggedMetrics } from "./limit-metrics.js";
import { loadPlugins } from "./load-plugins.js";
import { openCookies } from "./open-cookies.js";
import { openTransports } from "./open-transports.js";
import { Reloader } from "./reloader.js";
import { type AuthSurroundings, realmAuthentication, type RealmAuthentication } from "./realm-authentication.js";
import { realmAuthorizer } from "./realm-authorizer.js";
import { realmOptions, routerOptions } from "./router-options.js";
import { RunningRouter } from "./running-router.js";
import { ServiceSessions } from "./service-sessions.js";
import { sessionLog } from "./session-log.js";
import { StartError } from "./start-error.js";
import { TransportCounters } from "./transport-counters.js";

/** What an embedder may replace. */
export interface StartOptions {
  /** Default: silent. A pino logger fits as it is. */
  readonly logger?: Logger;
}

/**
 * Starts the router that a config describes: plugins, realms, then transports.
 *
 * @throws InvalidConfigError when a plugin is missing or refuses its options; StartError when a plugin fails or a port
 * is taken. Nothing is left running then.
 */
export async function startRouter(
  loaded: LoadedConfig,
  { logger = silentLogger }: StartOptions = {},
): Promise<RunningRouter> {
  const plugins = await loadPlugins(loaded);
  const metrics = new LoggedMetrics(logger);
  const transportMetrics = new TransportCounters();
  const router = await createRouter({ ...routerOptions(loaded.config), realms: [], logger, metrics });
  try {
    const services = new ServiceSessions(router);
    const reloader = new Reloader(router, services, loaded);
    const cookies = openCookies(loaded.config.cookies);
    const parts = { services, logger, metrics, cookies: cookies?.store };
    await openRealms(router, loaded, plugins, parts);
    const transports = await openTransports(router, loaded, transportMetrics, logger, cookies?.jar);
    return new RunningRouter({ router, metrics, transportMetrics, transports, reloader });
  } catch (error) {
    await router.close();
    throw error;
  }
}

async function openRealms(
  router: Router,
  loaded: LoadedConfig,
  plugins: readonly (readonly Plugin[])[],
  parts: Pick<AuthSurroundings, "services" | "logger" | "metrics" | "cookies">,
): Promise<void> {
  for (const [index, realm] of loaded.config.realms.entries()) {
    const authentication = await authenticationOf(loaded, index, realm, parts);
    try {
      // The log goes last, so that a plugin's own words about a session come before it.
      const all = [...(plugins[index] ?? []), ...authentication.plugins, sessionLog()];
      const authorizer = realmAuthorizer(realm, parts.services);
      await router.addRealm(realmOptions(realm, authorizer, authentication.authenticators, all));
    } catch (error) {
      if (error instanceof ConfigError) loaded.refuse([loaded.problem(["realms", index], error.message)]);
      throw new StartError(`realm "${realm.name}" cannot be opened: ${(error as Error).message}`, { cause: error });
    }
  }
}

async function authenticationOf(
  loaded: LoadedConfig,
  index: number,
  { name, auth, roles }: RealmConfig,
  parts: Pick<AuthSurroundings, "services" | "logger" | "metrics" | "cookies">,
): Promise<RealmAuthentication> {
  try {
    const surroundings = { ...parts, realm: name, roles: roles.map((role) => role.name), folder: loaded.folder };
    return await realmAuthentication(auth, surroundings);
  } catch (error) {
    loaded.refuse([loaded.problem(["realms", index, "auth"], (error as Error).message)]);
    throw error;
  }
}
