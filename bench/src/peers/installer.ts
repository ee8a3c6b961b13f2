import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { ServerSpec } from "../servers/server-spec.js";

/** Another router, and how to install it. */
export interface Peer {
  /** Name in results and charts. */
  readonly name: string;
  /** Pinned, so that results can be compared. */
  readonly version: string;
  /**
   * Installs it with the package manager of its ecosystem, unless it is installed.
   *
   * @throws Error with the reason in one line.
   */
  install(): Promise<ServerSpec>;
}

/** An installed peer, or the reason why it could not be installed. */
export type Installed = { readonly spec: ServerSpec } | { readonly skipped: string };

/** Time limit of one command: compiling takes a minute or two. */
const COMMAND_TIMEOUT_MS = 600_000;
const MAX_REASON_CHARACTERS = 300;

/** Installs a peer. A missing toolchain or a failed install is a result, not an error. */
export async function install(peer: Peer): Promise<Installed> {
  try {
    return { spec: await peer.install() };
  } catch (error) {
    return { skipped: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Runs an install recipe in a cache directory outside the repository, unless the same recipe has succeeded there.
 *
 * @param stamp - all inputs of the recipe, such as sources that it compiles.
 * @returns the directory.
 */
export async function installOnce(
  peer: Pick<Peer, "name" | "version">,
  stamp: string,
  recipe: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory(), "kreuz-bench", `${peer.name}-${peer.version}`);
  // Written last, so that an interrupted install is repeated.
  const stampFile = join(directory, "installed");
  if ((await readFile(stampFile, "utf8").catch(() => undefined)) === stamp) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await recipe(directory);
  await writeFile(stampFile, stamp);
  return directory;
}

/** Reads a file of bench/peers: programs that start a peer. `src` and `dist` are equally deep, so the path fits both. */
export function peerSource(path: string): Promise<string> {
  return readFile(new URL(`../../peers/${path}`, import.meta.url), "utf8");
}

/**
 * Runs a command.
 *
 * @throws Error with the end of its output if it is missing, fails, or exceeds 10 minutes.
 */
export async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = { cwd, timeout: COMMAND_TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: Infinity } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(reasonOf(error, [program, ...args].join(" "), `${stdout}\n${stderr}`)));
    });
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }, command: string, output: string): string {
  if (error.code === "ENOENT") return `${command.split(" ")[0]} is not on the PATH; install it to measure this peer`;
  if (error.killed === true) return `\`${command}\` did not finish within ${COMMAND_TIMEOUT_MS / 60_000} minutes`;
  const end = output.trim().slice(-MAX_REASON_CHARACTERS).replaceAll(/\s+/g, " ");
  return `\`${command}\` failed: ${end === "" ? error.message : end}`;
}

function cacheDirectory(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  return configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
}
