import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a server under test answers when it is asked for its account. */
export interface Account {
  /** CPU time of the whole process so far, user and system, in microseconds. */
  readonly cpu: number;
}

/** A server under test, in a process of its own, so that its CPU time is its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts `module` (a file beside this one), which sends its port when it listens. */
  static async start(module: string): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [port] = (await once(child, "message")) as [number];
    return new ServerProcess(child, port);
  }

  /** CPU time so far, in microseconds. */
  async cpu(): Promise<number> {
    const answer = once(this.#child, "message") as Promise<[Account]>;
    this.#child.send("account");
    return (await answer)[0].cpu;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill();
    await exited;
  }
}

/** The server's side: says where it listens, and answers for its CPU time. */
export function reportTo(port: number): void {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system } satisfies Account);
  });
  process.send?.(port);
}
