import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@kreuz/codec";

const LOCK_FILE = "router.lock";
/** Milliseconds after which a lock that says nothing is stale. */
const MIN_STALE_AGE = 10_000;

/** Who holds a folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells a process from a later one with the same id, as in a container that was restarted. Empty where unknown. */
  readonly start: string;
}

/**
 * Holds a folder for one process, by a file that says who it is. A lock whose process has ended, on this host, is taken
 * over. A lock of another host cannot be checked, so it holds until somebody deletes its file.
 */
export class FolderLock {
  readonly #file: string;
  readonly #content: string;

  /**
   * @param option - the setting that names the folder, for errors.
   * @throws ConfigError when another process, or this one, holds the folder.
   */
  constructor(folder: string, option: string) {
    this.#file = join(folder, LOCK_FILE);
    this.#content = JSON.stringify({ pid: process.pid, host: hostname(), start: startOf(process.pid) });
    // Another process may take a stale lock over at the same time: look again.
    for (let attempt = 0; attempt < 10; attempt++) {
      if (this.#create()) return;
      const found = read(this.#file);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder === undefined ? isFresh(this.#file) : isAlive(holder)) throw inUse(folder, option, this.#file, holder);
      this.#removeStale(found);
    }
    throw inUse(folder, option, this.#file, undefined);
  }

  release(): void {
    if (read(this.#file) === this.#content) rmSync(this.#file, { force: true });
  }

  /** @returns whether there was no lock. */
  #create(): boolean {
    try {
      writeFileSync(this.#file, this.#content, { flag: "wx" });
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      // A full disk leaves an empty file.
      rmSync(this.#file, { force: true });
      throw error;
    }
  }

  /** Moves the stale lock away first, so that of two processes only one removes it, and nobody removes a new one. */
  #removeStale(expected: string): void {
    const moved = `${this.#file}.${process.pid}`;
    try {
      renameSync(this.#file, moved);
      if (read(moved) !== expected) linkSync(moved, this.#file);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" && codeOf(error) !== "EEXIST") throw error;
    } finally {
      rmSync(moved, { force: true });
    }
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether somebody may be about to write the file: what a crash left half-written is taken over later. */
function isFresh(file: string): boolean {
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Math.abs(Date.now() - written) < MIN_STALE_AGE;
}

/** @returns `undefined` for a file that is not a lock, or not yet. */
function parse(content: string): Holder | undefined {
  try {
    const { pid, host, start } = JSON.parse(content) as Partial<Holder>;
    if (typeof pid === "number" && typeof host === "string" && typeof start === "string") return { pid, host, start };
  } catch {
    // Not JSON.
  }
  return undefined;
}

/** Whether the holder may still run. */
function isAlive({ pid, host, start }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (codeOf(error) === "ESRCH") return false;
  }
  const startNow = startOf(pid);
  return start === "" || startNow === "" || start === startNow;
}

/** When a process started: the boot and the tick of Linux. Empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the process is in parentheses and may hold spaces. The start is the 20th field after it.
    const tick = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return tick === undefined ? "" : `${boot}/${tick}`;
  } catch {
    return "";
  }
}

function inUse(folder: string, option: string, file: string, holder: Holder | undefined): ConfigError {
  const who = holder === undefined ? "another router" : `process ${holder.pid} on host "${holder.host}"`;
  return new ConfigError(
    option,
    `${folder} is in use by ${who}; stop it, or give each router a folder of its own (if that router no longer runs, delete ${file})`,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
