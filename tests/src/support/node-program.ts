import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { until } from "./wait.js";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
/** The command `kreuz`. */
export const KREUZ: string = fileURLToPath(new URL("../../../apps/router/bin/kreuz.js", import.meta.url));

/** Settings of a {@link NodeProgram}. */
export interface NodeProgramOptions {
  /** Working directory. Default: the root of the repository. */
  readonly cwd?: string;
  /** In addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program of Node in a process of its own, and the lines that it has written. */
export class NodeProgram {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** Lines on standard output and standard error. */
  readonly lines: string[] = [];
  /** Resolves with the exit code, or the signal that ended the process. */
  readonly exited: Promise<number | NodeJS.Signals | null>;

  constructor(args: readonly string[], { cwd = ROOT, env = {} }: NodeProgramOptions = {}) {
    this.#child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const output of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: output }).on("line", (line) => this.lines.push(line));
    this.exited = new Promise((resolve) => void this.#child.on("close", (code, signal) => resolve(code ?? signal)));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits for a line that contains a text. */
  async said(text: string): Promise<string> {
    let line: string | undefined;
    await until(`a line with "${text}"; it said: ${this.lines.join("\n")}`, () => {
      line = this.lines.find((each) => each.includes(text));
      return line !== undefined || this.#child.exitCode !== null;
    });
    if (line === undefined) throw new Error(`ended without a line with "${text}": ${this.lines.join("\n")}`);
    return line;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process at once. For the end of a test, even one that has failed. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }
}
