import { findConfig } from "../config/find-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { LogLevel } from "../config/config.js";
import { override, portOf } from "../config/overrides.js";
import type { RunningRouter } from "../run/running-router.js";
import { startRouter } from "../run/start-router.js";
import { createLog, type Log } from "./create-log.js";
import { logFaults } from "./faults.js";
import { reload } from "./reload-command.js";
import { interruption, onHangUp } from "./process-events.js";
import { startReport, startScreen, startWarning } from "./start-screen.js";
import type { Surroundings } from "./cli-context.js";

/** Flags of `kreuz start`. */
export interface StartFlags {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: LogLevel;
}

/** `kreuz start`: runs the router until a signal ends it, and then ends the process. */
export async function start(flags: StartFlags, surroundings: Surroundings): Promise<void> {
  const loaded = await configOf(flags, surroundings);
  const log = await createLog(loaded.config.log, surroundings.stdout.isTTY === true);
  const exit = (code: number): void => process.exit(code);
  const stopped = interruption(exit);
  logFaults(log, exit);
  const running = await startRouter(loaded, { logger: log.logger });
  announce(loaded, running, log, surroundings);
  // On a terminal the signal says that the terminal is gone, and ends the process as everywhere.
  if (surroundings.stdout.isTTY !== true) onHangUp(() => reload(() => configOf(flags, surroundings), running, log));
  const signal = await stopped;
  log.logger.info({ signal }, "stopping");
  await running.stop();
  log.logger.info("stopped");
  log.flush();
  // Whatever a plugin left behind must not keep the process alive.
  exit(0);
}

async function configOf(flags: StartFlags, { cwd, env }: Surroundings): Promise<LoadedConfig> {
  const { host, logLevel } = flags;
  const { PORT = "" } = env;
  const port = flags.port !== undefined ? portOf(flags.port, "--port") : PORT !== "" ? portOf(PORT, "PORT") : undefined;
  return override(await findConfig(flags.config, cwd), { host, port, logLevel });
}

function announce(loaded: LoadedConfig, running: RunningRouter, log: Log, { stdout }: Surroundings): void {
  if (log.pretty) {
    stdout.write(startScreen(loaded, running.endpoints));
    return;
  }
  log.logger.info(startReport(loaded, running.endpoints), "listening");
  const warning = startWarning(loaded);
  if (warning !== undefined) log.logger.warn(warning);
}
