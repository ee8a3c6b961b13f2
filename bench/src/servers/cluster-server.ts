import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Usage, SERVER_CORE } from "../machine.js";
import type { ClusterNode } from "./cluster-node.js";
import { kreuz } from "./own-servers.js";
import { ServerProcess } from "./server-process.js";
import type { Ports, Server, ServerSpec } from "./server-spec.js";

/** At which of so many nodes a client is. */
export type Placement = (client: string, nodes: number) => number;

/** Callers and publishers at the first node, callees and subscribers at the last: everything goes across. */
export const ACROSS: Placement = (client, nodes) => (/^(?:caller|publisher)/.test(client) ? 0 : nodes - 1);

/** Pairs of caller and callee evenly over all pairs of nodes, as clients have it that are sent to any node. */
export const ANYWHERE: Placement = (client, nodes) => {
  const [role = "", number = "0"] = client.split("/");
  return role === "callee" ? Number(number) % nodes : Math.floor(Number(number) / nodes) % nodes;
};

/** Several routers that serve one realm, and a NATS server between them; a single router has none. */
export class ClusterServer implements Server {
  readonly spec: ServerSpec;
  readonly nodes: readonly ServerProcess[];
  readonly engine: ServerProcess | undefined;
  readonly #place: Placement;
  readonly #folder: string;

  private constructor(
    nodes: readonly ServerProcess[],
    engine: ServerProcess | undefined,
    place: Placement,
    folder: string,
  ) {
    this.spec = kreuz;
    this.nodes = nodes;
    this.engine = engine;
    this.#place = place;
    this.#folder = folder;
  }

  /** Starts all of them on the core for servers. @param nats - path of nats-server. */
  static async start(count: number, place: Placement, nats: string): Promise<ClusterServer> {
    const folder = mkdtempSync(join(tmpdir(), "kreuz-bench-"));
    const engine = count === 1 ? undefined : await ServerProcess.start(natsServer(nats, folder), SERVER_CORE);
    const start = (index: number): Promise<ServerProcess> => {
      if (engine === undefined) return ServerProcess.start(kreuz, SERVER_CORE);
      const url = `nats://127.0.0.1:${engine.ports.websocket}`;
      return ServerProcess.start(nodeSpec({ name: `n${index}`, others: count - 1, engine: url }), SERVER_CORE);
    };
    const nodes = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
    return new ClusterServer(nodes, engine, place, folder);
  }

  portsFor(client: string): Ports {
    return this.nodes[this.#place(client, this.nodes.length)]!.ports;
  }

  usage(): Usage {
    const all = [...this.nodes, ...(this.engine === undefined ? [] : [this.engine])].map((server) => server.usage());
    const sum = (of: (usage: Usage) => number): number => all.reduce((total, usage) => total + of(usage), 0);
    return { cpu: sum(({ cpu }) => cpu), memory: sum(({ memory }) => memory) };
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    await this.engine?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function nodeSpec(node: ClusterNode): ServerSpec {
  return {
    ...kreuz,
    command: (ports) => {
      const { args, ...rest } = kreuz.command(ports);
      return { ...rest, args: [...args, JSON.stringify(node)] };
    },
  };
}

/** It listens at the port for WebSockets, which is as good as any. */
function natsServer(path: string, folder: string): ServerSpec {
  return {
    ...kreuz,
    name: "nats-server",
    transports: ["websocket"],
    command: ({ websocket }) => ({
      command: path,
      args: ["--addr", "127.0.0.1", "--port", String(websocket), "--jetstream", "--store_dir", folder],
    }),
  };
}
