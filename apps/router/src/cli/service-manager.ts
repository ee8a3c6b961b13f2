import { execFile } from "node:child_process";
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { Environment } from "../config/expand.js";

/** Tells a service manager, such as systemd, what state the process is in. */
export interface ServiceManager {
  /** The router accepts clients. From now on the watchdog is fed, if the service has one. */
  ready(): void;
  stopping(): void;
}

/** Runs a command, and calls `done` with its error, if any. */
export type RunCommand = (command: string, args: readonly string[], done: (error: Error | null) => void) => void;

const COMMAND = "systemd-notify";
const SILENT: ServiceManager = { ready: () => {}, stopping: () => {} };

/**
 * The service manager that started this process, if it wants to be told (`NOTIFY_SOCKET`). Node has no datagrams over Unix
 * sockets, so this runs `systemd-notify`; the service needs `NotifyAccess=all`.
 */
export function serviceManager(
  env: Environment,
  clock: Clock,
  logger: Logger,
  run: RunCommand = (command, args, done) => void execFile(command, args, (error) => done(error)),
): ServiceManager {
  if (env["NOTIFY_SOCKET"] === undefined || env["NOTIFY_SOCKET"] === "") return SILENT;
  let failed = false;
  const notify = (state: string): void =>
    run(COMMAND, [`--pid=${process.pid}`, state], (error) => {
      if (error !== null && !failed)
        logger.warn({ error, state }, `the service manager was not told: ${COMMAND} failed`);
      failed = error !== null;
    });
  const feed = (intervalMs: number): void => {
    notify("WATCHDOG=1");
    clock.schedule(intervalMs, () => feed(intervalMs));
  };
  return {
    ready() {
      notify("READY=1");
      const watchdogMs = Number(env["WATCHDOG_USEC"]) / 1000;
      // Twice as often as the service manager demands.
      if (watchdogMs >= 2) feed(Math.floor(watchdogMs / 2));
    },
    stopping: () => notify("STOPPING=1"),
  };
}
