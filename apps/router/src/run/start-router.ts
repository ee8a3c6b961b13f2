import { HashQueue } from "@kreuz/auth";
import { type Acceptor, type Clock, ConfigError, systemClock } from "@kreuz/codec";
import { UriGroups } from "@kreuz/metrics";
import { createRouter, type Logger, PluginError, type Router, type RouterOptions, silentLogger } from "@kreuz/router";
import { ReadMemory } from "@kreuz/transport-node";
import { Admin } from "../admin/admin.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { sumRepeats } from "../log/sum-repeats.js";
import { StartError } from "./errors.js";
import { LimitLoggingMetrics, TransportCounters } from "./limit-metrics.js";
import { loadExtensions, type LoadedExtensions } from "./load-extensions.js";
import { memoryBudget } from "./memory-budget.js";
import { openCookies } from "./open-cookies.js";
import { authenticatorsOf, authorizerOf, openRealms } from "./open-realms.js";
import { openTransports } from "./open-transports.js";
import { Reloader } from "./reloader.js";
import { routerOptions } from "./router-options.js";
import { RunningRouter } from "./running-router.js";
import { ServiceSessions } from "./service-sessions.js";
import { traceMessages } from "./trace-messages.js";

/** Settings of {@link startRouter}. */
export interface StartOptions {
  /** Default: no log. A pino logger fits as it is. */
  readonly logger?: Logger;
  /** Clock of all timeouts. Default: the system clock. */
  readonly clock?: Clock;
}

/**
 * Starts the router of a config: plugins, realms, then transports.
 *
 * @throws InvalidConfigError if an extension is missing or rejects its options; StartError if one fails or a port is in
 * use. Nothing keeps running then.
 */
export async function startRouter(
  loaded: LoadedConfig,
  { logger: log = silentLogger, clock = systemClock }: StartOptions = {},
): Promise<RunningRouter> {
  // Clients cannot flood the log with refusals. Joins and leaves are logged one by one.
  const logger = sumRepeats(log, clock);
  const { config } = loaded;
  const extensions = await loadExtensions(loaded);
  for (const { path, message } of extensions.warnings) logger.warn({ path }, message);
  const metrics = new LimitLoggingMetrics(logger);
  const transportMetrics = new TransportCounters();
  const budget = memoryBudget(config.limits, logger);
  const admin = await Admin.open(loaded);
  const cookies = await openCookies(loaded, { logger, clock }).catch(async (error: unknown) => {
    await admin.close();
    throw error;
  });
  let router: Router | undefined;
  try {
    // Plugins resolve relative paths as the config does.
    const options = { ...routerOptions(config), clock, logger, metrics, budget, baseDirectory: loaded.folder };
    router = await openRouter(options, loaded, extensions);
    const services = new ServiceSessions(router);
    const hashes = new HashQueue({ clock });
    const authentication = { services, logger, metrics, clock, hashes, cookies: cookies?.authentication };
    const groups = config.metrics.groups.length === 0 ? undefined : new UriGroups(config.metrics.groups);
    const realms = await openRealms(router, loaded, { extensions, authentication, cookies, groups, log });
    const acceptor = router;
    const acceptorOf = (names: readonly string[] | undefined): Acceptor =>
      traceMessages(names === undefined ? acceptor : acceptor.acceptor({ realms: names }), config.log.trace, log);
    const transports = await openTransports(acceptorOf, loaded, {
      counters: transportMetrics,
      router,
      budget,
      logger,
      clock,
      cookies: cookies?.jar,
      readMemory: new ReadMemory(),
      extensions,
    });
    const reloader = new Reloader({
      router,
      started: loaded,
      realms,
      transports,
      clock,
      extensions,
      createAuthorizer: (place) => authorizerOf(place, authentication),
      createAuthenticators: (place) => authenticatorsOf(place, authentication),
    });
    admin.ready({ router, metrics, transportMetrics, budget, transports, reloader, groups });
    const counts = { metrics, transportMetrics, budget };
    return new RunningRouter({ router, admin, ...counts, transports, reloader, cookies, clock, logger });
  } catch (error) {
    await router?.close();
    await cookies?.close();
    await admin.close();
    throw error;
  }
}

/** Creates the router with its plugins, and without realms. @throws StartError naming the plugin that failed. */
async function openRouter(
  options: Omit<RouterOptions, "realms">,
  loaded: LoadedConfig,
  extensions: LoadedExtensions,
): Promise<Router> {
  try {
    return await createRouter({ ...options, realms: [], plugins: extensions.routerPlugins });
  } catch (error) {
    if (error instanceof ConfigError) loaded.rejectIfAny([loaded.problem(["plugins"], error.message)]);
    if (!(error instanceof PluginError)) throw error;
    throw new StartError(`cannot start: ${extensions.describe(error)}`, { cause: error });
  }
}
