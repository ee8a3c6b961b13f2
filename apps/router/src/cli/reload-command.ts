import type { LoadedConfig } from "../config/loaded-config.js";
import type { RunningRouter } from "../run/running-router.js";
import type { Log } from "./create-log.js";

/**
 * What SIGHUP does: reads the config again, checks it as `kreuz check` does, and goes by it as far as that can be done
 * without a restart. A config with anything wrong in it changes nothing. Never rejects.
 */
export async function reload(
  configOf: () => Promise<LoadedConfig>,
  running: Pick<RunningRouter, "reload">,
  { logger }: Log,
): Promise<void> {
  let loaded: LoadedConfig;
  try {
    loaded = await configOf();
  } catch (error) {
    return logger.error(
      { problem: (error as Error).message },
      "the config is wrong: the router goes on with the old one",
    );
  }
  try {
    const { revoked, needsRestart } = await running.reload(loaded);
    logger.level = loaded.config.log.level;
    logger.info({ config: loaded.source.name, revoked }, "config reloaded");
    if (needsRestart.length > 0)
      logger.warn({ settings: needsRestart }, "these settings have changed, and count from the next start on");
  } catch (error) {
    logger.error({ error }, "the config could not be reloaded");
  }
}
