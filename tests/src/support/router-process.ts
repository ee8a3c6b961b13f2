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
  /** Files beside which it is started, by name. Without a `kreuz.yaml` it runs as a newcomer gets it. */
  readonly files?: Readonly<Record<string, string>>;
  /** For Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** The reference router as a user starts it: a process of its own, on a free port of this machine. */
export class RouterProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  readonly #log: LogLine[] = [];
  readonly #listening: Promise<string>;
  /** Exit code, or the signal that ended the process. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  #stderr = "";
  #url = "";

  static async start(options: RouterProcessOptions = {}): Promise<RouterProcess> {
    const router = new RouterProcess(options);
    router.#url = await inTime("the router to listen", router.#listening);
    return router;
  }

  private constructor({ files = {}, nodeOptions = [] }: RouterProcessOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "kreuz-live-"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.#folder, name), content);
    this.#child = spawn(process.execPath, [...nodeOptions, BIN, "start", "--port", "0"], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#listening = new Promise((resolve, reject) => {
      this.#readLog((line) => {
        if (line.msg === "listening") resolve((line["urls"] as readonly string[])[0]!);
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

  /** Where clients connect. */
  get url(): string {
    return this.#url;
  }

  get log(): readonly LogLine[] {
    return this.#log;
  }

  /** Everything that must not be in a log, in words: errors, unhandled rejections, anything on the error output. */
  get faults(): readonly string[] {
    const lines = this.#log.filter(({ level }) => level === "error" || level === "fatal");
    return [...lines.map((line) => JSON.stringify(line)), ...(this.#stderr === "" ? [] : [this.#stderr])];
  }

  /** False once the process has ended. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Replaces a file beside which it was started. */
  write(name: string, content: string): void {
    writeFileSync(join(this.#folder, name), content);
  }

  /** Sends a signal to the process. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the router as Ctrl-C does. @returns its exit code. */
  stop(): Promise<number | NodeJS.Signals | null> {
    this.#child.kill("SIGINT");
    return inTime("the router to end", this.exited);
  }

  /** For the end of a test that may have failed anywhere. */
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
