import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The NATS server of this machine: `KREUZ_NATS_SERVER`, or `nats-server` on PATH; `undefined` if there is none. */
export const NATS_SERVER: string | undefined = findServer();

/** Why tests are skipped. They fail instead with `KREUZ_REQUIRE_NATS=1`, or where `KREUZ_REQUIRED_TOOLS` names it. */
export const WHY_SKIPPED =
  "nats-server is not installed: apt-get install nats-server, or set KREUZ_NATS_SERVER to its path";

function findServer(): string | undefined {
  const given = process.env["KREUZ_NATS_SERVER"];
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  for (const path of given === undefined ? folders.map((folder) => join(folder, "nats-server")) : [given])
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  const required = (process.env["KREUZ_REQUIRED_TOOLS"] ?? "").split(" ").includes("nats-server");
  if (required || process.env["KREUZ_REQUIRE_NATS"] === "1") throw new Error(WHY_SKIPPED);
  return undefined;
}

/** A NATS server of a test's own, on a free port of loopback, with a temporary folder. */
export class NatsServer {
  readonly url: string;
  readonly #folder: string;
  readonly #args: readonly string[];
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, args: readonly string[]) {
    this.#folder = folder;
    this.#port = port;
    this.#args = args;
    this.url = `nats://127.0.0.1:${port}`;
  }

  /** Servers of one cluster, with the names `s0`, `s1`, … */
  static async startCluster(count: number): Promise<readonly NatsServer[]> {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) ports.push(await freePort());
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
    return Promise.all(
      ports.map((port, index) =>
        NatsServer.start(
          `server_name: s${index}\ncluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
        ),
      ),
    );
  }

  /** @param config - more of its configuration file. */
  static async start(config = ""): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), "kreuz-nats-"));
    const port = await freePort();
    const file = join(folder, "nats.conf");
    await writeFile(
      file,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(folder, "store")}" }\n${config}\n`,
    );
    const server = new NatsServer(folder, port, ["-c", file]);
    await server.run();
    return server;
  }

  /** Starts the process, and waits until it listens. */
  async run(): Promise<void> {
    const child = spawn(NATS_SERVER!, this.#args, { stdio: "ignore" });
    this.#process = child;
    for (let left = 500; left > 0 && child.exitCode === null; left--) {
      if (await listens(this.#port)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${NATS_SERVER} does not listen on port ${this.#port}`);
  }

  /** Kills the process. What is in its folder stays. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Loses all that it stored. Only while it does not run. */
  async forget(): Promise<void> {
    await rm(join(this.#folder, "store"), { recursive: true, force: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
  });
}
