import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { inTime } from "./wait.js";

const BIN = fileURLToPath(new URL("../../../apps/router/bin/kreuz.js", import.meta.url));

/** One line of the router's log. */
export interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly msg: string;
}

export interface RouterProcessOptions {
  /** The files in its working directory, by name. Without a `kreuz.yaml` it uses the default config. */
  readonly files?: Readonly<Record<string, string>>;
  /** More flags of `kreuz start`. */
  readonly flags?: readonly string[];
  /** Default 0: any free port. */
  readonly port?: number;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** File descriptors that the process may have, as `ulimit -n` sets them. */
  readonly maxOpenFiles?: number;
}

/** The app as a user starts it: in its own process, on a free port. */
export class RouterProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  readonly #log: LogLine[] = [];
  readonly #listening: Promise<readonly string[]>;
  /** Resolves with the exit code, or the signal that ended the process. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  #stderr = "";
  #urls: readonly string[] = [];

  static async start(options: RouterProcessOptions = {}): Promise<RouterProcess> {
    const router = new RouterProcess(options);
    router.#urls = await inTime("the router to listen", router.#listening);
    return router;
  }

  private constructor({ files = {}, flags = [], port = 0, nodeOptions = [], maxOpenFiles }: RouterProcessOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "kreuz-live-"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.#folder, name), content);
    const command = [process.execPath, ...nodeOptions, BIN, "start", "--port", String(port), ...flags];
    // Node raises its limit of open files to the hard limit, so that one is set.
    const shell = ["sh", "-c", `ulimit -n ${maxOpenFiles}; exec "$0" "$@"`];
    const [file, ...args] = maxOpenFiles === undefined ? command : [...shell, ...command];
    this.#child = spawn(file!, args, {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#listening = new Promise((resolve, reject) => {
      this.#readLog((line) => {
        if (line.msg === "listening") resolve(line["urls"] as readonly string[]);
      });
      this.#child.on("error", reject);
      this.#child.on("exit", () => reject(new Error(`the router ended while it started: ${this.#stderr}`)));
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        rmSync(this.#folder, { recursive: true, force: true });
        resolve(code ?? signal);
      });
    });
  }

  /** The URL of its first transport. */
  get url(): string {
    return this.#urls[0]!;
  }

  /** The URLs of all transports. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  get log(): readonly LogLine[] {
    return this.#log;
  }

  /** All errors that it logged, and its error output: unhandled rejections, for example. */
  get errors(): readonly string[] {
    const lines = this.#log.filter(({ level }) => level === "error" || level === "fatal");
    return [...lines.map((line) => JSON.stringify(line)), ...(this.#stderr === "" ? [] : [this.#stderr])];
  }

  /** False once the process has ended. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Replaces a file in its working directory. */
  write(name: string, content: string): void {
    writeFileSync(join(this.#folder, name), content);
  }

  /** Removes such a file. */
  remove(name: string): void {
    rmSync(join(this.#folder, name));
  }

  /** Sends a signal to the process. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops the router as Ctrl-C does. @returns its exit code. */
  stop(): Promise<number | NodeJS.Signals | null> {
    this.#child.kill("SIGINT");
    return inTime("the router to end", this.exited);
  }

  /** Ends the process at once. For the end of a test, even one that has failed. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  #readLog(onLine: (line: LogLine) => void): void {
    let rest = "";
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.map((line) => JSON.parse(line) as LogLine)) {
        this.#log.push(line);
        onLine(line);
      }
    });
  }
}
