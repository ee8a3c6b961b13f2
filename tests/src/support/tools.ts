// Programs that some tests need and that not every machine has. `.ci/run` installs them.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
/** Names of tools that must be there, separated by spaces: `.ci/run` sets it, so that nothing is skipped unseen. */
const REQUIRED = new Set((process.env["KREUZ_REQUIRED_TOOLS"] ?? "").split(" "));

/** A program, if it is installed. */
export interface Tool {
  /** Undefined if none of the names is on the PATH. */
  readonly path: string | undefined;
  /** For the titles of tests: empty, or why they are skipped. */
  readonly skipped: string;
}

/**
 * Looks for a program by its names, the first of which is that of its Debian package.
 *
 * @throws Error if it is required and missing.
 */
export function findTool(...names: readonly string[]): Tool {
  const path = FOLDERS.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
  if (path === undefined && REQUIRED.has(names[0]!)) throw new Error(`${names[0]} is required and not installed`);
  return { path, skipped: path === undefined ? ` (skipped: ${names.join(" or ")} is not installed)` : "" };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
