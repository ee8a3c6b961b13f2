import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { onCores } from "../machine/cores.js";
import { usageOf, type Usage } from "../machine.js";
import type { Contestant, Ports } from "./server-spec.js";

/** A program and its arguments, as `spawn` takes them. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds in which a server must begin to listen. */
const START = 30_000;

/** Groups of processes of their own would outlive this one, however it ends. */
const running = new Set<ServerProcess>();
process.once("exit", () => {
  for (const server of running) server.kill();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** A server under test, in a process of its own, so that its CPU time and its memory are its own. */
export class ServerProcess {
  readonly contestant: Contestant;
  readonly ports: Ports;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #printed = "";

  private constructor(contestant: Contestant, ports: Ports, child: ChildProcess) {
    this.contestant = contestant;
    this.ports = ports;
    this.#child = child;
    this.#exited = once(child, "exit");
    running.add(this);
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text: Buffer) => (this.#printed = `${this.#printed}${text.toString()}`.slice(-4000)));
  }

  /**
   * Starts a server on the given cores and waits until it listens.
   *
   * @throws Error with what the server printed, if it ends or does not listen in time.
   */
  static async start(contestant: Contestant, cores: string): Promise<ServerProcess> {
    const ports = { websocket: await freePort(), rawsocket: await freePort() };
    const { command, args, cwd, env } = contestant.command(ports);
    const [program, ...rest] = onCores(cores, [command, ...args]);
    const child = spawn(program!, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that a server's own children end with it.
      detached: true,
    });
    const server = new ServerProcess(contestant, ports, child);
    const fail = (what: string): Error => new Error(`${contestant.name} ${what}; it printed:\n${server.#printed}`);
    const ended = server.#exited.then(() => Promise.reject(fail("ended instead of listening")));
    const listens = Promise.all(contestant.transports.map((transport) => accepts(ports[transport])));
    ended.catch(() => {});
    const late = wait(START, undefined, { ref: false }).then(() =>
      Promise.reject(fail(`does not listen after ${START} ms`)),
    );
    late.catch(() => {});
    try {
      await Promise.race([listens, ended, late]);
    } catch (error) {
      server.kill();
      throw error;
    }
    return server;
  }

  /** CPU time and memory so far, of the process and all its descendants. */
  usage(): Usage {
    return usageOf(this.#child.pid!);
  }

  /** Bytes in use on the heap, after a collection; only of servers that report it. */
  async heap(): Promise<number> {
    const answer = once(this.#child.stdout!, "data") as Promise<[Buffer]>;
    this.#child.kill("SIGUSR2");
    return Number(/heap (\d+)/.exec((await answer)[0].toString())?.[1]);
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  /** Ends it and all its descendants at once. */
  kill(): void {
    running.delete(this);
    try {
      process.kill(-this.#child.pid!, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves when something accepts connections on a port. */
async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await wait(50);
  }
}
