import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** Whether processes can be pinned to cores: on Linux with `taskset` and more than one core. */
const canPin = cpus().length > 1 && spawnSync("taskset", ["--version"]).status === 0;

const KIB = 1024;

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** Kernel and its version. */
  readonly system: string;
  readonly node: string;
  /** Whether servers and generator had cores of their own. */
  readonly pinned: boolean;
}

/** The core of the server under test. */
export const SERVER_CORE = "1";
export const ALL_CORES: string = `0-${cpus().length - 1}`;
/** The core of the load generator, which is this process. */
const GENERATOR_CORE = "0";

/** Pins this process, with all its threads, to a core of its own. @returns whether it could. */
export function pinGenerator(): boolean {
  return canPin && spawnSync("taskset", ["-a", "-c", "-p", GENERATOR_CORE, String(process.pid)]).status === 0;
}

/** Returns the command line that runs `command` on the given cores, or `command` itself if pinning is not possible. */
export function onCores(cores: string, command: readonly string[]): readonly string[] {
  return canPin ? ["taskset", "-c", cores, ...command] : command;
}

/** Describes the machine for the results. */
export function describeMachine(pinned: boolean): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    pinned,
  };
}

/** Resources that a process and its descendants use. */
export interface Usage {
  /** CPU time so far, user and system, in microseconds. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
}

/** Reads the usage of a process and its descendants. */
export function usageOf(pid: number): Usage {
  return process.platform === "linux" ? usageFromProc(pid) : usageFromPs(pid);
}

function usageFromProc(pid: number): Usage {
  let cpu = 0;
  let memory = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // schedstat has nanoseconds; the hundredths of a second in /proc/…/stat are too coarse for short measurements.
    cpu += Number(readProc(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]) / 1000;
    for (const child of readProc(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean)) {
      const usage = usageFromProc(Number(child));
      cpu += usage.cpu;
      memory += usage.memory;
    }
  }
  memory += Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0) * KIB;
  return { cpu, memory };
}

/** Returns nothing for a thread or process that has ended since it was listed. */
function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** For systems without /proc: precise to a hundredth of a second, and without descendants. */
function usageFromPs(pid: number): Usage {
  const [time = "0", resident = "0"] = execFileSync("ps", ["-o", "time=,rss=", "-p", String(pid)], { encoding: "utf8" })
    .trim()
    .split(/\s+/);
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpu: seconds * 1e6, memory: Number(resident) * KIB };
}
