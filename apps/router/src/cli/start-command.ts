import { systemClock } from "@kreuz/codec";
import type { LogLevel } from "../config/config.js";
import { findConfig, override, parsePort } from "../config/find-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { RunningRouter } from "../run/running-router.js";
import { startRouter } from "../run/start-router.js";
import type { CliContext } from "./cli-context.js";
import { createLog, type Log } from "../log/create-log.js";
import { firstSignal, logUncaughtErrors } from "./process-events.js";
import { startReport, startScreen, startWarning } from "./start-screen.js";

/** Flags of `kreuz start`. */
export interface StartFlags {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: LogLevel;
}

/** `kreuz start`: runs the router until a signal stops it, then exits the process. */
export async function start(flags: StartFlags, context: CliContext): Promise<void> {
  const loaded = await configOf(flags, context);
  const isTerminal = context.stdout.isTTY === true;
  const log = await createLog(loaded.config.log, isTerminal);
  const exit = (code: number): void => process.exit(code);
  const signaled = firstSignal(process, systemClock, exit);
  logUncaughtErrors(process, log, exit);
  const running = await startRouter(loaded, { logger: log.logger });
  announce(loaded, running, log, context);
  // A terminal sends SIGHUP when it closes; there it ends the process, as by default.
  if (!isTerminal) process.on("SIGHUP", () => void reload(() => configOf(flags, context), running, log));
  const signal = await signaled;
  log.logger.info({ signal }, "stopping");
  await running.stop();
  log.logger.info("stopped");
  log.flush();
  // Timers and sockets that a plugin left open must not keep the process alive.
  exit(0);
}

async function configOf(flags: StartFlags, { cwd, env }: CliContext): Promise<LoadedConfig> {
  const { host, logLevel } = flags;
  const { PORT = "" } = env;
  const port =
    flags.port !== undefined ? parsePort(flags.port, "--port") : PORT !== "" ? parsePort(PORT, "PORT") : undefined;
  return override(await findConfig(flags.config, cwd), { host, port, logLevel });
}

function announce(loaded: LoadedConfig, running: RunningRouter, log: Log, { stdout }: CliContext): void {
  if (log.pretty) {
    stdout.write(startScreen(loaded, running.endpoints));
    return;
  }
  log.logger.info(startReport(loaded, running.endpoints), "listening");
  const warning = startWarning(loaded);
  if (warning !== undefined) log.logger.warn(warning);
}

/**
 * Handles SIGHUP: reads and checks the config again, and applies what needs no restart. An invalid config changes
 * nothing. Never rejects.
 */
export async function reload(
  readConfig: () => Promise<LoadedConfig>,
  running: Pick<RunningRouter, "reload">,
  { logger }: Log,
): Promise<void> {
  let loaded: LoadedConfig;
  try {
    loaded = await readConfig();
  } catch (error) {
    return logger.error(
      { problem: (error as Error).message },
      "config not reloaded: fix the problem and send SIGHUP again",
    );
  }
  try {
    const { revoked, needsRestart } = await running.reload(loaded);
    logger.level = loaded.config.log.level;
    logger.info({ config: loaded.source.name, revoked }, "config reloaded");
    if (needsRestart.length > 0) logger.warn({ settings: needsRestart }, "restart the router to apply these settings");
  } catch (error) {
    logger.error({ error }, "config not reloaded");
  }
}
