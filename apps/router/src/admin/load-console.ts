import type { ConsoleFiles } from "@kreuz/admin";
import { consoleFiles } from "@kreuz/console";
import type { Logger } from "@kreuz/router";

/** The files of the web console; `undefined` when they have not been built. */
export function loadConsole(logger: Logger): ConsoleFiles | undefined {
  try {
    return consoleFiles();
  } catch (error) {
    logger.warn({ error }, "the web console is not served");
    return undefined;
  }
}
