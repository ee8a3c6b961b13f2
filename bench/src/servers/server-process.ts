import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { onCores, usageOf, type Usage } from "../machine.js";
import type { Ports, Server, ServerSpec, Target } from "./server-spec.js";

const START_TIMEOUT_MS = 30_000;
/** How much of a server's output is kept for errors. */
const MAX_OUTPUT_CHARACTERS = 4000;

/** A server under test in a process of its own, so that its CPU time and memory can be measured. */
export class ServerProcess implements Server {
  readonly spec: ServerSpec;
  readonly ports: Ports;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** A process group of its own would outlive this process. */
  readonly #onExit = (): void => this.kill();
  #output = "";

  private constructor(spec: ServerSpec, ports: Ports, child: ChildProcess) {
    this.spec = spec;
    this.ports = ports;
    this.#child = child;
    this.#exited = once(child, "exit");
    process.once("exit", this.#onExit);
    for (const stream of [child.stdout, child.stderr])
      stream?.on(
        "data",
        (text: Buffer) => (this.#output = `${this.#output}${text.toString()}`.slice(-MAX_OUTPUT_CHARACTERS)),
      );
  }

  /**
   * Starts a server on the given cores and waits until it listens.
   *
   * @throws Error with the server's output if it exits or does not listen within 30 s.
   */
  static async start(spec: ServerSpec, cores: string): Promise<ServerProcess> {
    const ports: Ports = {
      websocket: await freePort(),
      rawsocket: await freePort(),
      tls: await freePort(),
      deflate: await freePort(),
    };
    const { command, args, cwd, env } = spec.command(ports);
    const [program, ...rest] = onCores(cores, [command, ...args]);
    const child = spawn(program!, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Starts a process group, so that the server's own children can be killed with it.
      detached: true,
    });
    const server = new ServerProcess(spec, ports, child);
    try {
      await server.#listening();
    } catch (error) {
      server.kill();
      throw error;
    }
    return server;
  }

  portsFor(_client: string): Ports {
    return this.ports;
  }

  /** CPU time and memory of the process and its descendants. */
  usage(): Usage {
    return usageOf(this.#child.pid!);
  }

  /** Bytes used on the heap after a garbage collection. Only for servers with `reportsHeap`. */
  async heap(): Promise<number> {
    const answer = once(this.#child.stdout!, "data") as Promise<[Buffer]>;
    this.#child.kill("SIGUSR2");
    return Number(/heap (\d+)/.exec((await answer)[0].toString())?.[1]);
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  /** Kills the process and its descendants. */
  kill(): void {
    process.off("exit", this.#onExit);
    try {
      process.kill(-this.#child.pid!, "SIGKILL");
    } catch {
      // It has exited.
    }
  }

  async #listening(): Promise<void> {
    const { name, transports } = this.spec;
    const failed = (what: string): Error => new Error(`${name} ${what}; its output:\n${this.#output}`);
    const exited = this.#exited.then(() => Promise.reject(failed("exited before it listened")));
    const late = wait(START_TIMEOUT_MS, undefined, { ref: false }).then(() =>
      Promise.reject(failed(`did not listen within ${START_TIMEOUT_MS} ms`)),
    );
    for (const rejected of [exited, late]) rejected.catch(() => {});
    await Promise.race([Promise.all(transports.map((transport) => accepting(this.ports[transport]))), exited, late]);
  }
}

/** Runs `use` with a fresh server and stops it afterwards. */
export async function withServer<T>(target: Target, use: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await ServerProcess.start(target.spec, target.cores);
  return use(server).finally(() => server.stop());
}

/** Makes SIGINT and SIGTERM exit this process, which kills its servers. */
export function exitOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves when the port accepts connections. */
async function accepting(port: number): Promise<void> {
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
