import type { EventEmitter } from "node:events";
import { inspect } from "node:util";
import type { Clock } from "@kreuz/codec";
import type { Log } from "../log/create-log.js";

/** npm and npx pass on a Ctrl-C that the terminal has sent to this process as well. Within this time it is an echo. */
const ECHO_MS = 300;

const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Resolves with the first SIGINT or SIGTERM. The next one that is not an echo calls `exit` at once.
 *
 * @param process - emits the signals.
 */
export function firstSignal(process: EventEmitter, clock: Clock, exit: (code: number) => void): Promise<string> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: string): void => {
      if (first === undefined) {
        first = clock.now();
        resolve(signal);
      } else if (clock.now() - first >= ECHO_MS) exit(EXIT_CODES[signal] ?? 1);
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  });
}

/**
 * Logs errors that nothing caught. An uncaught exception leaves the process in an unknown state, so it exits with code 1;
 * after an unhandled rejection it continues.
 */
export function logUncaughtErrors(process: EventEmitter, { logger, flush }: Log, exit: (code: number) => void): void {
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
