import type { EventEmitter } from "node:events";
import { inspect } from "node:util";
import type { Clock } from "@kreuz/codec";
import type { Log } from "../log/create-log.js";

/** npm and npx pass on a Ctrl-C that the terminal has sent to this process as well. Within this time it is an echo. */
const ECHO_MS = 300;

const EXIT_CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * Resolves with the first signal that stops the process: SIGINT or SIGTERM, on a terminal also SIGHUP, which it sends when
 * it closes. The next one that is not an echo calls `exit` at once.
 *
 * @param process - emits the signals.
 */
export function firstSignal(
  process: EventEmitter,
  clock: Clock,
  exit: (code: number) => void,
  signals: readonly string[] = ["SIGINT", "SIGTERM"],
): Promise<string> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: string): void => {
      if (first === undefined) {
        first = clock.now();
        resolve(signal);
      } else if (clock.now() - first >= ECHO_MS) exit(EXIT_CODES[signal] ?? 1);
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

/**
 * Runs a task for each signal, one after another. Signals that come while it runs cause one more run, and so do those
 * before {@link handle}: no signal ends the process, which is the default of most.
 */
export class SignalTask {
  #task: (() => Promise<void>) | undefined;
  #wanted = false;
  #running = false;

  constructor(process: EventEmitter, signal: string) {
    process.on(signal, () => {
      this.#wanted = true;
      void this.#run();
    });
  }

  /** @param task - never rejects. */
  handle(task: () => Promise<void>): void {
    this.#task = task;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#task === undefined || this.#running) return;
    this.#running = true;
    while (this.#wanted) {
      this.#wanted = false;
      await this.#task();
    }
    this.#running = false;
  }
}

/**
 * Logs errors that nothing caught. An uncaught exception leaves the process in an unknown state, so it exits with code 1;
 * after an unhandled rejection it continues.
 */
export function logUncaughtErrors(process: EventEmitter, { logger, flush }: Log, exit: (code: number) => void): void {
  let fatal = false;
  process.on("unhandledRejection", (reason) => logger.error({ error: asError(reason) }, "unhandled rejection"));
  process.on("uncaughtException", (thrown: unknown) => {
    if (fatal) return exit(1);
    fatal = true;
    logger.fatal({ error: asError(thrown) }, "uncaught exception");
    void flush().then(() => exit(1));
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(inspect(thrown));
}
