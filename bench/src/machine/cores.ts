import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

/** True where processes can be pinned to cores: on Linux with `taskset`, and with more than one core. */
const canPin = cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;

/** The core of the server under test. */
export const SERVER_CORE = "1";
/** All cores. */
export const ALL_CORES: string = `0-${cpus().length - 1}`;
/** The core of the load generator, which is this process. */
const GENERATOR_CORE = "0";

/** Keeps this process, with all its threads, off the server's core. Says whether it could. */
export function pinGenerator(): boolean {
  return canPin && spawnSync("taskset", ["-a", "-c", "-p", GENERATOR_CORE, String(process.pid)]).status === 0;
}

/** The command line that runs `command` on the given cores; `command` itself where nothing can be pinned. */
export function onCores(cores: string, command: readonly string[]): readonly string[] {
  return canPin ? ["taskset", "-c", cores, ...command] : command;
}
