import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inTime } from "../../support/wait.js";

/** What the router holds, as it reports. */
export interface Holdings {
  readonly connections: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes of the heap in use, after a garbage collection. */
  readonly heap: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  readonly keepAliveTimeouts: number;
  /** The errors that it logged. */
  readonly problems: readonly string[];
}

function start(module: string, args: readonly string[], execArgv: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return fork(path, args, { execArgv: [...execArgv], stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** The router under test. */
export class SoakRouter {
  readonly url: string;
  /** Where it serves /metrics. */
  readonly adminUrl: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, urls: { readonly url: string; readonly adminUrl: string }) {
    this.#child = child;
    this.url = urls.url;
    this.adminUrl = urls.adminUrl;
  }

  static async start(): Promise<SoakRouter> {
    const child = start("soak-router.mjs", [], ["--expose-gc"]);
    const [urls] = (await inTime("the router to listen", once(child, "message"))) as [
      { url: string; adminUrl: string },
    ];
    return new SoakRouter(child, urls);
  }

  async holdings(): Promise<Holdings> {
    const answer = once(this.#child, "message");
    this.#child.send("report");
    const [holdings] = (await inTime("the router's report", answer)) as [Holdings];
    return holdings;
  }

  /** @returns its exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.send("stop");
    const [code] = (await inTime("the router to end", exited)) as [number | null];
    return code;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** A process with several clients. */
export class SoakClients {
  /** The ABORTs for a protocol violation that clients received: they send none. */
  readonly violations: string[] = [];
  readonly exited: Promise<unknown>;
  readonly #child: ChildProcess;

  constructor(url: string, seed: number) {
    this.#child = start("soak-client.mjs", [url, String(seed)]);
    this.exited = once(this.#child, "exit");
    this.#child.on("message", ({ violation }: { violation: string }) => void this.violations.push(violation));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send("stop");
    await inTime("the clients to end", this.exited).catch(() => this.signal("SIGKILL"));
  }
}
