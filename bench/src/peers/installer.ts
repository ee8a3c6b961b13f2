import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Contestant } from "../servers/server-spec.js";

/** Another router: what it is called, and how this machine gets it. */
export interface Peer {
  /** As results and charts call it. */
  readonly name: string;
  /** The one version that is installed, so that results of two days can be compared. */
  readonly version: string;
  /**
   * Installs it with the installer of its own ecosystem, or finds it installed.
   *
   * @throws Error that says in one line why it could not be installed.
   */
  install(): Promise<Contestant>;
}

/** What became of a peer: it can be measured, or there is a reason of one line why not. */
export type Installed = { readonly contestant: Contestant } | { readonly skipped: string };

/** Milliseconds that one command of an install may take: one that compiles takes a minute or two. */
const LIMIT = 600_000;
/** As much of a failed command's output as fits into a reason. */
const REASON = 300;

/** Installs a peer; a missing toolchain or a failed install is an answer, not an error. */
export async function install(peer: Peer): Promise<Installed> {
  try {
    return { contestant: await peer.install() };
  } catch (error) {
    return { skipped: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Runs a recipe in a directory of the peer's own outside the repository, unless that very recipe has succeeded there.
 *
 * @param stamp All that the recipe depends on, such as the sources that it compiles.
 * @returns The directory.
 */
export async function installOnce(
  peer: Pick<Peer, "name" | "version">,
  stamp: string,
  recipe: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory(), "kreuz-bench", `${peer.name}-${peer.version}`);
  // Written last, so that an install that was interrupted does not pass for a whole one.
  const stampFile = join(directory, "installed");
  if ((await readFile(stampFile, "utf8").catch(() => undefined)) === stamp) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await recipe(directory);
  await writeFile(stampFile, stamp);
  return directory;
}

/**
 * Runs a command of an installer to its end.
 *
 * @throws Error with the end of what it printed, if it is not there, fails, or does not end in time.
 */
export async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = { cwd, timeout: LIMIT, killSignal: "SIGKILL", maxBuffer: Infinity } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(reasonOf(error, [program, ...args].join(" "), `${stdout}\n${stderr}`)));
    });
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }, command: string, printed: string): string {
  if (error.code === "ENOENT") return `${command.split(" ")[0]} is not on the PATH; install it to measure this peer`;
  if (error.killed === true) return `«${command}» did not end within ${LIMIT / 60_000} minutes`;
  const end = printed.trim().slice(-REASON).replaceAll(/\s+/g, " ");
  return `«${command}» failed: ${end === "" ? error.message : end}`;
}

function cacheDirectory(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  return configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
}
