import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** What processes have used. */
export interface Usage {
  /** CPU time so far, user and system, in microseconds. */
  readonly cpu: number;
  /** Memory that is resident now, in bytes. */
  readonly memory: number;
}

const KIB = 1024;

/** CPU time and memory of a process and all its descendants. */
export function usageOf(pid: number): Usage {
  return process.platform === "linux" ? usageFromProc(pid) : usageFromPs(pid);
}

function usageFromProc(pid: number): Usage {
  let cpu = 0;
  let memory = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // Nanoseconds on a core: /proc/…/stat counts in hundredths of a second, which is too coarse for half a second.
    cpu += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]) / 1000;
    for (const child of read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean)) {
      const usage = usageFromProc(Number(child));
      cpu += usage.cpu;
      memory += usage.memory;
    }
  }
  memory += Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * KIB;
  return { cpu, memory };
}

/** A thread or a process may end between the listing and the reading. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Where there is no /proc: in hundredths of a second, and without descendants. */
function usageFromPs(pid: number): Usage {
  const [time = "0", resident = "0"] = execFileSync("ps", ["-o", "time=,rss=", "-p", String(pid)], { encoding: "utf8" })
    .trim()
    .split(/\s+/);
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpu: seconds * 1e6, memory: Number(resident) * KIB };
}
