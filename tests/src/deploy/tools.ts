// Runs the programs that check what is in `deploy/`.
import { execFileSync } from "node:child_process";
import { findTool, type Tool } from "../support/tools.js";

/** A program that succeeds or fails. */
export interface Checker {
  readonly skip: boolean;
  /** For the titles of tests: empty, or why they are skipped. */
  readonly skipped: string;
  /** @returns what it writes. @throws Error with what it wrote when it fails. */
  run(...args: readonly string[]): string;
}

export function checker(...names: readonly string[]): Checker {
  const tool: Tool = findTool(...names);
  return {
    skip: tool.path === undefined,
    skipped: tool.skipped,
    run(...args) {
      try {
        return execFileSync(tool.path!, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      } catch (error) {
        const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
        throw new Error(`${names[0]} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
      }
    },
  };
}
