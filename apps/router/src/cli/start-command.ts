import cluster from "node:cluster";
import { ConfigError, systemClock } from "@kreuz/codec";
import { checkWorkers, MAX_WORKERS } from "../config/check-workers.js";
import type { LogLevel } from "../config/config.js";
import { type ConfigProblem, InvalidConfigError } from "../config/config-problem.js";
import { findConfig, override, parsePort } from "../config/find-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";
import type { ReloadReport } from "../run/reloader.js";
import type { RunningRouter } from "../run/running-router.js";
import { startRouter, type StartOptions } from "../run/start-router.js";
import { runWorker } from "../workers/run-worker.js";
import { RunningWorkers, startWorkers } from "../workers/start-workers.js";
import { WORKER_VARIABLE } from "../workers/worker-messages.js";
import { type CliContext, commandName } from "./cli-context.js";
import { createLog, type Log } from "../log/create-log.js";
import { firstSignal, logUncaughtErrors, SignalTask } from "./process-events.js";
import { serviceManager } from "./service-manager.js";
import { startReport, startScreen, startWarning } from "./start-screen.js";

/** Milliseconds that a signal waits for a router that is starting. */
const START_TIMEOUT_MS = 1200;

const NOT_RELOADED = "config not reloaded, the old one stays: fix the problem and send SIGHUP again";

/** Flags of `kreuz start`. */
export interface StartFlags {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: LogLevel;
  readonly trace?: boolean;
  readonly workers?: string;
}

/** `kreuz start`: runs the router until a signal stops it, then exits the process. */
export async function start(flags: StartFlags, context: CliContext): Promise<void> {
  if (cluster.isWorker && context.env[WORKER_VARIABLE] !== undefined) return runWorker();
  const isTerminal = context.stdout.isTTY === true;
  const exit = (code: number): void => process.exit(code);
  // First of all, so that no signal finds its default, which ends the process.
  const signaled = firstSignal(process, systemClock, exit, isTerminal ? ["SIGINT", "SIGTERM", "SIGHUP"] : undefined);
  const reopening = new SignalTask(process, "SIGUSR1");
  const draining = new SignalTask(process, "SIGUSR2");
  const reloading = isTerminal ? undefined : new SignalTask(process, "SIGHUP");
  const loaded = await configOf(flags, context);
  const log = await createLog(loaded.config.log, { stdout: process.stdout, folder: loaded.folder, clock: systemClock });
  logUncaughtErrors(process, log, exit);
  const { file } = loaded.source;
  const again = (): Promise<LoadedConfig> => configAgain(file, flags, context);
  const starting: Promise<RunningRouter | RunningWorkers> = startAll(loaded, {
    logger: log.logger,
    ...(file !== undefined && { reload: async () => apply(again, await starting, log) }),
  });
  const running = await Promise.race([starting, signaled.then(() => startedWithin(START_TIMEOUT_MS, starting))]);
  reopening.handle(async () => {
    reopen(log);
    if (running instanceof RunningWorkers) running.reopenLogs();
  });
  const service = serviceManager(context.env, systemClock, log.logger);
  if (running !== undefined) {
    announce(loaded, running, log, commandName(context.env));
    service.ready();
    draining.handle(() => running.drain());
    reloading?.handle(async () => {
      service.reloading();
      await reload(again, running, log);
      service.ready();
    });
  }
  const signal = await signaled;
  log.logger.info({ signal }, "stopping");
  service.stopping();
  await running?.stop();
  log.logger.info("stopped");
  await log.flush();
  // Timers and sockets that a plugin left open must not keep the process alive.
  exit(0);
}

/** Starts the router in this process, or in several. */
function startAll(loaded: LoadedConfig, options: StartOptions): Promise<RunningRouter | RunningWorkers> {
  return loaded.config.workers === 1 ? startRouter(loaded, options) : startWorkers(loaded, options);
}

/** The router, or `undefined` if a plugin keeps it from starting in time. */
function startedWithin<T>(ms: number, starting: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    systemClock.schedule(ms, () => resolve(undefined));
    starting.then(resolve, reject);
  });
}

/** Handles SIGUSR1: opens the file of the log again, after it was renamed. */
function reopen({ logger, reopen: reopenFile }: Log): void {
  try {
    if (reopenFile()) logger.info("log file opened again");
    else logger.info("SIGUSR1 ignored: the log is standard output, not a file; see log.file");
  } catch (error) {
    logger.error({ error }, "the log file could not be opened again; the log goes on in the old one");
  }
}

async function configOf(flags: StartFlags, { cwd, env }: CliContext): Promise<LoadedConfig> {
  const { host, logLevel, trace } = flags;
  const { PORT = "" } = env;
  const port =
    flags.port !== undefined ? parsePort(flags.port, "--port") : PORT !== "" ? parsePort(PORT, "PORT") : undefined;
  const workers = flags.workers === undefined ? undefined : parseWorkers(flags.workers);
  const loaded = override(await findConfig(flags.config, cwd, env), { host, port, workers, logLevel, trace });
  const problems: ConfigProblem[] = [];
  if (workers !== undefined)
    checkWorkers(loaded.config, (path, message) => problems.push(loaded.problem(path, message)));
  loaded.rejectIfAny(problems);
  return loaded;
}

/** @throws ConfigError unless it is a number that the setting `workers` takes. */
function parseWorkers(text: string): number {
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
    throw new ConfigError("--workers", `expected 1 to ${MAX_WORKERS}, got ${JSON.stringify(text)}`);
  return workers;
}

/** The config for a reload: of the same file, wherever the first one was found, and never the development defaults. */
async function configAgain(file: string | undefined, flags: StartFlags, context: CliContext): Promise<LoadedConfig> {
  const loaded = await configOf(file === undefined ? flags : { ...flags, config: file }, context);
  if (loaded.source.development === true)
    throw new StartError("there is no config to reload; the router runs with development defaults");
  return loaded;
}

function announce(loaded: LoadedConfig, running: RunningRouter | RunningWorkers, log: Log, command: string): void {
  if (log.pretty) {
    log.print(startScreen(loaded, running, command));
    return;
  }
  const pids = running instanceof RunningWorkers ? { workers: running.pids } : {};
  log.logger.info({ ...startReport(loaded, running), ...pids }, "listening");
  const warning = startWarning(loaded, command);
  if (warning !== undefined) log.logger.warn(warning);
}

/** Handles SIGHUP: see {@link apply}. Never rejects. */
export async function reload(readConfig: () => Promise<LoadedConfig>, running: Reloading, log: Log): Promise<void> {
  await apply(readConfig, running, log).catch(() => {});
}

type Reloading = Pick<RunningRouter, "reload" | "refuseReload">;

/**
 * Reads and checks the config again, and applies what needs no restart.
 * @throws Error with the problem, which is logged; then nothing has changed.
 */
async function apply(readConfig: () => Promise<LoadedConfig>, running: Reloading, log: Log): Promise<ReloadReport> {
  const { logger } = log;
  try {
    const loaded = await readConfig().catch((error: unknown) => {
      running.refuseReload();
      throw error;
    });
    const report = await running.reload(loaded);
    const { revoked, needsRestart } = report;
    logger.level = loaded.config.log.level;
    logger.info({ config: loaded.source.name, revoked }, "config reloaded");
    if (needsRestart.length > 0) logger.warn({ settings: needsRestart }, "restart the router to apply these settings");
    return report;
  } catch (error) {
    const isKnown = error instanceof InvalidConfigError || error instanceof StartError;
    logger.error(isKnown ? { problem: error.message } : { error }, NOT_RELOADED);
    throw error;
  }
}
