import { HashQueue } from "@kreuz/auth";
import { type Clock, ConfigError, systemClock } from "@kreuz/codec";
import {
  type Authenticator,
  type Authorizer,
  createRouter,
  type Logger,
  type Plugin,
  PluginError,
  type Router,
  silentLogger,
} from "@kreuz/router";
import type { Config, RealmConfig } from "../config/config.js";
import { decidingProceduresIn } from "../config/deciding-procedures.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { sumRepeats } from "../log/sum-repeats.js";
import { StartError } from "./errors.js";
import { LimitLoggingMetrics, TransportCounters } from "./limit-metrics.js";
import { loadPlugins } from "./load-plugins.js";
import { memoryBudget } from "./memory-budget.js";
import { type Cookies, openCookies } from "./open-cookies.js";
import { openTransports } from "./open-transports.js";
import { type AuthContext, realmAuthenticators } from "./realm-authenticators.js";
import { realmAuthorizer } from "./realm-authorizer.js";
import { Reloader } from "./reloader.js";
import { roleLimits, routerOptions } from "./router-options.js";
import { RunningRouter } from "./running-router.js";
import { ServiceSessions } from "./service-sessions.js";
import { sessionLog } from "./session-log.js";
import { traceMessages } from "./trace-messages.js";

/** Settings of {@link startRouter}. */
export interface StartOptions {
  /** Default: no log. A pino logger fits as it is. */
  readonly logger?: Logger;
  /** Clock of all timeouts. Default: the system clock. */
  readonly clock?: Clock;
}

/** What realms need besides their config. */
type RealmContext = Omit<AuthContext, "realm" | "roles" | "folder">;

/**
 * Starts the router of a config: plugins, realms, then transports.
 *
 * @throws InvalidConfigError if a plugin is missing or rejects its options; StartError if a plugin fails or a port is in
 * use. Nothing keeps running then.
 */
export async function startRouter(
  loaded: LoadedConfig,
  { logger: log = silentLogger, clock = systemClock }: StartOptions = {},
): Promise<RunningRouter> {
  // Clients cannot flood the log with refusals. Joins and leaves are logged one by one.
  const logger = sumRepeats(log, clock);
  const { config } = loaded;
  const plugins = await loadPlugins(loaded);
  const metrics = new LimitLoggingMetrics(logger);
  const transportMetrics = new TransportCounters();
  const budget = memoryBudget(config.limits, logger);
  const cookies = await openCookies(loaded, { logger, clock });
  const router = await createRouter({
    ...routerOptions(config),
    realms: [],
    clock,
    logger,
    metrics,
    budget,
    // Plugins resolve relative paths as the config does.
    baseDirectory: loaded.folder,
  });
  try {
    const services = new ServiceSessions(router);
    const hashes = new HashQueue({ clock });
    const context: RealmContext = { services, logger, metrics, clock, hashes, cookies: cookies?.authentication };
    const realms = await openRealms(router, loaded, plugins, context, { cookies, log });
    const transports = await openTransports(traceMessages(router, config.log.trace, log), loaded, {
      counters: transportMetrics,
      budget,
      logger,
      clock,
      cookies: cookies?.jar,
    });
    const reloader = new Reloader({
      router,
      started: loaded,
      realms,
      transports,
      createAuthorizer: (realm, changed) => authorizerOf(realm, changed, services, clock),
      createAuthenticators: (reloaded, index) => authenticatorsOf(reloaded, index, context),
    });
    return new RunningRouter({
      router,
      budget,
      metrics,
      transportMetrics,
      transports,
      reloader,
      cookies,
      clock,
      logger,
    });
  } catch (error) {
    await router.close();
    await cookies?.close();
    throw error;
  }
}

async function openRealms(
  router: Router,
  loaded: LoadedConfig,
  plugins: readonly (readonly Plugin[])[],
  context: RealmContext,
  { cookies, log }: { readonly cookies: Cookies | undefined; readonly log: Logger },
): Promise<ReadonlyMap<string, Authenticator[]>> {
  const realms = new Map<string, Authenticator[]>();
  for (const [index, realm] of loaded.config.realms.entries()) {
    const authenticators = await authenticatorsOf(loaded, index, context);
    realms.set(realm.name, authenticators);
    try {
      await router.addRealm({
        uri: realm.name,
        authorizer: authorizerOf(realm, loaded.config, context.services, context.clock),
        authenticators,
        roles: realm.roles.map(({ name }) => name),
        roleLimits: roleLimits(realm.roles),
        // The session log is last, so that plugins log a session's events before it does.
        plugins: [...(plugins[index] ?? []), ...(cookies?.plugins ?? []), sessionLog(log)],
      });
    } catch (error) {
      if (error instanceof ConfigError || (error instanceof PluginError && error.cause instanceof ConfigError))
        loaded.rejectIfAny([loaded.problem(["realms", index], error.message)]);
      throw new StartError(`cannot open realm "${realm.name}": ${(error as Error).message}`, { cause: error });
    }
  }
  return realms;
}

function authorizerOf(realm: RealmConfig, config: Config, services: ServiceSessions, clock: Clock): Authorizer {
  return realmAuthorizer(realm, services, decidingProceduresIn(config, realm.name), clock);
}

async function authenticatorsOf(loaded: LoadedConfig, index: number, context: RealmContext): Promise<Authenticator[]> {
  const { name, auth, roles } = loaded.config.realms[index]!;
  try {
    const roleNames = roles.map((role) => role.name);
    return await realmAuthenticators(auth, { ...context, realm: name, roles: roleNames, folder: loaded.folder });
  } catch (error) {
    loaded.rejectIfAny([loaded.problem(["realms", index, "auth"], (error as Error).message)]);
    throw error;
  }
}
