import { type Clock, systemClock } from "@kreuz/codec";
import { type Logger, silentLogger } from "@kreuz/router";
import { AdminServer, type AdminServices } from "../admin/admin-server.js";
import { ConsoleEndpoint } from "../admin/console-endpoint.js";
import { loadConsole } from "../admin/load-console.js";
import { MetricsEndpoint } from "../admin/metrics-endpoint.js";
import type { Readiness, State } from "../admin/readiness.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";
import { allCodecs } from "../run/listen-options.js";
import { memoryBudget } from "../run/memory-budget.js";
import type { Endpoint } from "../run/open-transports.js";
import { fixedChanges, type ReloadReport } from "../run/reloader.js";
import type { StartOptions } from "../run/start-router.js";
import { readTls } from "../run/tls-files.js";
import { operatorBridge } from "./operator-bridge.js";
import { WorkerPool } from "./worker-pool.js";

/** Settings of {@link startWorkers}. */
export type StartWorkersOptions = Pick<StartOptions, "logger" | "clock" | "reload">;

/**
 * Starts a router of several processes: each serves all transports of the config, and together they serve its realms. This process
 * hands the connections out, answers at the admin listener for all of them, and routes nothing itself.
 *
 * @throws InvalidConfigError or StartError, as the start of a router of one process. Nothing keeps running then.
 */
export async function startWorkers(
  loaded: LoadedConfig,
  { logger = silentLogger, clock = systemClock, reload }: StartWorkersOptions,
): Promise<RunningWorkers> {
  const lifecycle = new WorkersLifecycle();
  const managed = loaded.withManagementRealm().config;
  const hasConsole = managed.admin?.console === true && managed.realms.length > loaded.config.realms.length;
  const files = hasConsole ? loadConsole(logger) : undefined;
  const services: AdminServices = {
    lifecycle,
    ...(files !== undefined && { console: new ConsoleEndpoint(files) }),
  };
  // First of all: whoever asks learns that the router is starting.
  const admin = await openAdmin(loaded, services, { logger, clock });
  try {
    const pool = await WorkerPool.start(loaded, {
      clock,
      logger,
      reloadable: reload !== undefined,
      answers: {
        reload: async () => {
          if (reload === undefined) throw new StartError("there is no config file to read again");
          return reload();
        },
        drain: () => {
          void running.drain();
          return null;
        },
      },
    });
    const { metrics, metricsToken } = managed.admin ?? {};
    if (metrics === true) services.metrics = new MetricsEndpoint(pool, async () => {}, metricsToken);
    const { console: toConsole } = pool.first ?? {};
    if (toConsole !== undefined) {
      services.operators = operatorBridge(() => pool.operatorSocket);
      services.consoleInfo = () => toConsole.info;
    }
    lifecycle.pool = pool;
    lifecycle.state = "ready";
    const running: RunningWorkers = new RunningWorkers({ loaded, pool, admin, services, lifecycle, logger });
    return running;
  } catch (error) {
    await admin?.close();
    throw error;
  }
}

/** Where the router is in its life: what its workers say, or what it has been told to do. */
class WorkersLifecycle {
  state: State = "starting";
  pool: WorkerPool | undefined;

  get readiness(): Readiness {
    if (this.state !== "ready" || this.pool === undefined) return { ready: false, because: [this.state] };
    return this.pool.readiness;
  }
}

/** The parts of {@link RunningWorkers}. */
interface RunningWorkersParts {
  readonly loaded: LoadedConfig;
  readonly pool: WorkerPool;
  readonly admin: AdminServer | undefined;
  readonly services: AdminServices;
  readonly lifecycle: WorkersLifecycle;
  readonly logger: Logger;
}

/** A router of several processes, seen from the one that started the others. */
export class RunningWorkers {
  /** Where clients connect, in the order of the config. */
  readonly endpoints: readonly Endpoint[];
  /** Where health and metrics are served; `undefined` without the setting `admin`. */
  readonly adminUrl: string | undefined;
  /** Where the web console is; see `RunningRouter`. */
  readonly consoleUrl: string | undefined;
  readonly #parts: RunningWorkersParts;
  #loaded: LoadedConfig;
  #drained: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: RunningWorkersParts) {
    this.#parts = parts;
    this.#loaded = parts.loaded;
    const { admin, pool, services } = parts;
    const { endpoints = [], console: toConsole } = pool.first ?? {};
    this.endpoints = endpoints;
    this.adminUrl = admin?.url;
    if (admin === undefined || services.console === undefined) return;
    this.consoleUrl = `${admin.url}/${toConsole?.token === undefined ? "" : `#token=${toConsole.token}`}`;
  }

  /** The processes of the workers. */
  get pids(): readonly number[] {
    return this.#parts.pool.pids;
  }

  /** Opens the files of the workers' logs again. */
  reopenLogs(): void {
    this.#parts.pool.reopenLogs();
  }

  /** Notes a config that could not be read, for the metrics. */
  refuseReload(): void {
    this.#parts.pool.refuseReload();
  }

  /** Applies another config in all workers or in none; see `RunningRouter`. */
  async reload(loaded: LoadedConfig): Promise<ReloadReport> {
    const { pool, admin, loaded: started } = this.#parts;
    if (loaded.source.development === true && started.source.development !== true)
      throw new StartError("the development defaults, which allow everything, never replace a config");
    const report = await pool.reload(loaded, async () => {
      const { tls } = loaded.config.admin ?? {};
      if (started.config.admin?.tls === undefined || tls === undefined || admin === undefined) return () => {};
      return admin.prepareTls(await readTls(tls, ["admin", "tls"], loaded));
    });
    this.#loaded = loaded;
    const fixed = fixedChanges(started.config, loaded.config);
    return { ...report, needsRestart: [...new Set([...fixed, ...report.needsRestart])] };
  }

  /** Sends all clients of all workers away, and waits for {@link stop}. */
  drain(): Promise<void> {
    return (this.#drained ??= this.#drain());
  }

  async #drain(): Promise<void> {
    const { lifecycle, pool, logger } = this.#parts;
    lifecycle.state = "draining";
    await pool.drain();
    if (lifecycle.state === "draining") lifecycle.state = "drained";
    logger.info({}, "all workers are drained: stop the process when you like");
  }

  /** Stops all workers as the setting `shutdown` says, at the same time, and the admin listener last. Never rejects. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const { lifecycle, pool, admin } = this.#parts;
    lifecycle.state = "stopping";
    const { readyDelayMs, timeoutMs } = this.#loaded.config.shutdown;
    await pool.stop(readyDelayMs + timeoutMs);
    await admin?.close();
  }
}

/** With development defaults it takes any port if its own is taken. */
async function openAdmin(
  loaded: LoadedConfig,
  services: AdminServices,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Promise<AdminServer | undefined> {
  const { admin: config, limits } = loaded.config;
  if (config === undefined) return undefined;
  const parts = {
    config,
    folder: loaded.folder,
    tls: config.tls && (await readTls(config.tls, ["admin", "tls"], loaded)),
    codecs: allCodecs(loaded.config),
    budget: memoryBudget(limits, logger),
    clock,
    services,
    onError: (error: Error) => logger.error({ error }, "error of the admin listener"),
  };
  try {
    return await AdminServer.open(parts);
  } catch (error) {
    if (loaded.source.development !== true || !(error instanceof StartError)) throw error;
    return AdminServer.open({ ...parts, config: { ...config, port: 0 } });
  }
}
