import { execFile } from "node:child_process";
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { Environment } from "../config/expand.js";

/** Tells a service manager, such as systemd, what state the process is in. */
export interface ServiceManager {
  /** The router accepts clients. From now on the watchdog is fed, if the service has one. */
  ready(): void;
  /** The config is loaded again; {@link ready} says that this is over. */
  reloading(): void;
  stopping(): void;
}

/** Runs a command, and calls `done` with its error, if any. */
export type RunCommand = (command: string, args: readonly string[], done: (error: Error | null) => void) => void;

/** Services that a test replaces. */
export interface ServiceManagerOptions {
  readonly run?: RunCommand;
  /** Microseconds of CLOCK_MONOTONIC. */
  readonly monotonicMicros?: () => bigint;
}

const COMMAND = "systemd-notify";
const COMMAND_TIMEOUT_MS = 5000;
const SILENT: ServiceManager = { ready: () => {}, reloading: () => {}, stopping: () => {} };

/**
 * The service manager that started this process, if it wants to be told (`NOTIFY_SOCKET`). Node has no datagrams over Unix
 * sockets, and a native module for them would need a compiler, so this runs `systemd-notify`: some milliseconds at start,
 * reload and stop, and for the watchdog. The service needs `NotifyAccess=all`.
 */
export function serviceManager(
  env: Environment,
  clock: Clock,
  logger: Logger,
  { run = runCommand, monotonicMicros = () => process.hrtime.bigint() / 1000n }: ServiceManagerOptions = {},
): ServiceManager {
  if (env["NOTIFY_SOCKET"] === undefined || env["NOTIFY_SOCKET"] === "") return SILENT;
  const notifications = new Notifications(run, logger);
  const feed = (intervalMs: number): void => {
    notifications.send("WATCHDOG=1");
    clock.schedule(intervalMs, () => feed(intervalMs));
  };
  let fed = false;
  return {
    ready() {
      notifications.send("READY=1");
      const watchdogMs = Number(env["WATCHDOG_USEC"]) / 1000;
      if (fed || !(watchdogMs >= 2)) return;
      fed = true;
      // Twice as often as the service manager demands.
      feed(Math.floor(watchdogMs / 2));
    },
    reloading: () => notifications.send("RELOADING=1", `MONOTONIC_USEC=${monotonicMicros()}`),
    stopping: () => notifications.sendLast("STOPPING=1"),
  };
}

/** Notifications in their order, one process at a time: two at once could overtake each other. */
class Notifications {
  readonly #run: RunCommand;
  readonly #logger: Logger;
  readonly #waiting: (readonly string[])[] = [];
  #sending = false;
  #failed = false;
  #over = false;

  constructor(run: RunCommand, logger: Logger) {
    this.#run = run;
    this.#logger = logger;
  }

  send(...states: readonly string[]): void {
    // What waits already says it.
    if (this.#over || this.#waiting.at(-1)?.[0] === states[0]) return;
    this.#waiting.push(states);
    if (!this.#sending) this.#next();
  }

  /** Sends it at once, since the process may end before what is on its way, and nothing after it. */
  sendLast(state: string): void {
    this.#over = true;
    this.#start([state]);
  }

  #next(): void {
    const states = this.#over ? undefined : this.#waiting.shift();
    this.#sending = states !== undefined;
    if (states !== undefined) this.#start(states);
  }

  #start(states: readonly string[]): void {
    this.#run(COMMAND, [`--pid=${process.pid}`, ...states], (error) => {
      if (error !== null && !this.#failed)
        this.#logger.warn({ error, state: states[0] }, `the service manager was not told: ${COMMAND} failed`);
      this.#failed = error !== null;
      this.#next();
    });
  }
}

function runCommand(command: string, args: readonly string[], done: (error: Error | null) => void): void {
  execFile(command, args, { timeout: COMMAND_TIMEOUT_MS }, (error) => done(error));
}
