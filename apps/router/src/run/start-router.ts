import { HashQueue } from "@kreuz/auth";
import { type Acceptor, type Budget, type Clock, ConfigError, systemClock } from "@kreuz/codec";
import { UriGroups } from "@kreuz/metrics";
import {
  type CounterMetrics,
  createRouter,
  type Logger,
  PluginError,
  type Router,
  type RouterOptions,
  silentLogger,
} from "@kreuz/router";
import { ReadMemory } from "@kreuz/transport-node";
import { Admin } from "../admin/admin.js";
import { Management } from "../admin/management.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { managementRealmOf } from "../config/management-realm.js";
import { sumRepeats, type SummingLogger } from "../log/sum-repeats.js";
import { StartError } from "./errors.js";
import { LimitLoggingMetrics, TransportCounters } from "./limit-metrics.js";
import { loadExtensions, type LoadedExtensions } from "./load-extensions.js";
import { logGuards } from "./log-guards.js";
import { memoryBudget, processMemory } from "./memory-budget.js";
import { type Cookies, openCookies } from "./open-cookies.js";
import { authenticatorsOf, authorizerOf, openRealms } from "./open-realms.js";
import { openCluster, type OpenCluster } from "./open-cluster.js";
import { openTransports, type OpenTransport } from "./open-transports.js";
import { PackageRoutes } from "./package-routes.js";
import { Reloader, type ReloadReport } from "./reloader.js";
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
  /** Reads the config again and applies it, when an operator asks for it in the management realm. Default: nobody can. */
  readonly reload?: () => Promise<ReloadReport>;
  /** This process is one of several that serve the config together. */
  readonly worker?: WorkerOptions;
}

/** A process among several that serve a config together. */
export interface WorkerOptions {
  readonly name: string;
  /** How many there are. */
  readonly workers: number;
  /** What joins them. The router ends it. */
  readonly cluster: OpenCluster;
  /** Drains all of them, when an operator asks for it. */
  drain(): void;
}

/**
 * Starts the router of a config: plugins, realms, then transports.
 *
 * @throws InvalidConfigError if an extension is missing or rejects its options; StartError if one fails or a port is in
 * use. Nothing keeps running then.
 */
export async function startRouter(
  given: LoadedConfig,
  { logger: log = silentLogger, clock = systemClock, reload, worker }: StartOptions = {},
): Promise<RunningRouter> {
  const loaded = given.withManagementRealm();
  const management = Management.of(loaded, clock);
  // Clients cannot flood the log with refusals. Joins and leaves are logged one by one.
  const logger = sumRepeats(management === undefined ? log : management.watching(log), clock);
  const extensions = await loadExtensions(loaded);
  for (const { path, message } of extensions.warnings) logger.warn({ path }, message);
  const metrics = new LimitLoggingMetrics(logger);
  const budget = memoryBudget(loaded.config.limits, logger, processMemory(worker?.workers));
  const admin = await Admin.open(loaded, management, { budget, clock, logger, behindPrimary: worker !== undefined });
  let cookies: Cookies | undefined;
  let router: Router | undefined;
  let cluster: OpenCluster | undefined;
  try {
    cluster = worker?.cluster ?? (await openCluster(loaded, { clock, logger }));
    cookies = await openCookies(loaded, { logger, clock });
    // Plugins resolve relative paths as the config does.
    const options = { ...routerOptions(loaded.config), clock, logger, metrics, budget, baseDirectory: loaded.folder };
    const joined = cluster === undefined ? {} : { fabric: cluster.fabric, plugins: [cluster.plugin] };
    router = await openRouter({ ...options, ...joined }, loaded, extensions);
    const parts = { loaded, management, extensions, metrics, budget, admin, cookies, router, cluster };
    return await serve({ ...parts, logger, log, clock, reload, worker });
  } catch (error) {
    if (router === undefined) await cluster?.fabric.close();
    await router?.close();
    await cookies?.close();
    await admin.close();
    throw error;
  }
}

/** What there is before the first realm. */
interface StartedParts extends Required<Pick<StartOptions, "clock">> {
  readonly loaded: LoadedConfig;
  readonly management: Management | undefined;
  readonly extensions: LoadedExtensions;
  readonly metrics: CounterMetrics;
  readonly budget: Budget;
  readonly admin: Admin;
  readonly cookies: Cookies | undefined;
  readonly router: Router;
  readonly cluster: OpenCluster | undefined;
  readonly logger: SummingLogger;
  /** Not summed up. */
  readonly log: Logger;
  readonly reload: StartOptions["reload"];
  readonly worker: WorkerOptions | undefined;
}

/** Opens the realms, then the transports. */
async function serve(parts: StartedParts): Promise<RunningRouter> {
  const { loaded, management, extensions, metrics, budget, admin, cookies, router, cluster, logger, log, clock } =
    parts;
  const transportMetrics = new TransportCounters();
  let transports: readonly OpenTransport[] = [];
  const hashes = new HashQueue({ clock });
  const services = new ServiceSessions(router);
  const authentication = { services, logger, metrics, clock, hashes, cookies: cookies?.authentication };
  const { groups: named } = loaded.config.metrics;
  const groups = named.length === 0 ? undefined : new UriGroups(named);
  const managed = management?.of({
    router,
    metrics,
    transportMetrics,
    lifecycle: admin.lifecycle,
    budget,
    clock,
    transports: () => transports,
    drain: () => (parts.worker === undefined ? void running.drain() : parts.worker.drain()),
    reload: parts.reload,
    ...(cluster !== undefined && { warnings: () => cluster.fabric.warnings }),
    ...(parts.worker !== undefined && { worker: parts.worker }),
  });
  const context = { extensions, authentication, cookies, groups, management: managed, log };
  const realms = await openRealms(router, loaded, context);
  const packageRoutes = new PackageRoutes(router);
  const routes = await packageRoutes.prepare(extensions);
  routes.apply();
  logGuards(router, logger);
  const acceptorOf = acceptors(router, loaded, log);
  transports = await openTransports(acceptorOf, loaded, {
    counters: transportMetrics,
    router,
    budget,
    logger,
    clock,
    cookies: cookies?.jar,
    readMemory: new ReadMemory(),
    extensions,
    routes,
  });
  const reloader = new Reloader({
    router,
    started: loaded,
    realms,
    listeners: [...transports, admin],
    transports,
    routes: packageRoutes,
    clock,
    extensions,
    createAuthorizer: (place) => authorizerOf(place, authentication),
    createAuthenticators: (place) => authenticatorsOf(place, authentication),
  });
  if (management !== undefined) management.opened(realms.get(management.realm)?.authenticators ?? []);
  const measured = { router, metrics, transportMetrics, budget, transports, reloader, groups };
  admin.ready(measured, management && acceptorOf([management.realm]));
  const running: RunningRouter = new RunningRouter({ ...measured, admin, cookies, clock, logger });
  return running;
}

/** What takes the clients of a transport: those of the realms that it names, or all but the management realm. */
function acceptors(
  router: Router,
  { config }: LoadedConfig,
  log: Logger,
): (names: readonly string[] | undefined) => Acceptor {
  const management = managementRealmOf(config);
  const all = management === undefined ? router : router.acceptor({ except: [management.name] });
  return (names) =>
    traceMessages(names === undefined ? all : router.acceptor({ realms: names }), config.log.trace, log);
}

/** Creates the router with its plugins, and without realms. @throws StartError naming the plugin that failed. */
async function openRouter(
  options: Omit<RouterOptions, "realms">,
  loaded: LoadedConfig,
  extensions: LoadedExtensions,
): Promise<Router> {
  try {
    const plugins = [...(options.plugins ?? []), ...extensions.routerPlugins];
    return await createRouter({ ...options, realms: [], plugins });
  } catch (error) {
    if (error instanceof ConfigError) loaded.rejectIfAny([loaded.problem(["plugins"], error.message)]);
    if (!(error instanceof PluginError)) throw error;
    throw new StartError(`cannot start: ${extensions.describe(error)}`, { cause: error });
  }
}
