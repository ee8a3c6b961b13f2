import { inspect } from "node:util";
import type { Log } from "./create-log.js";

/**
 * Logs what nobody caught. After an uncaught exception the state of the process is unknown, so that it ends with code 1;
 * a promise that nobody waited for left everything else as it was.
 */
export function logFaults({ logger, flush }: Log, exit: (code: number) => void): void {
  process.on("unhandledRejection", (reason) => logger.error({ error: asError(reason) }, "unhandled rejection"));
  process.on("uncaughtException", (thrown: unknown) => {
    logger.fatal({ error: asError(thrown) }, "uncaught exception");
    flush();
    exit(1);
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(inspect(thrown));
}
