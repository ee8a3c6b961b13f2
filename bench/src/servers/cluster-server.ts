import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initializeReferee } from "@kreuz/cluster";
import { MapReferee } from "@kreuz/cluster/memory";
import { RefereeServer } from "@kreuz/cluster-unix";
import { systemClock as clock } from "@kreuz/codec";
import { type Usage, SERVER_CORE } from "../machine.js";
import type { ClusterNode, Engine } from "./cluster-node.js";
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

/** What joins the nodes: a NATS server, of which this is the program, or Unix sockets, as between workers. */
export type Joint = { readonly nats: string } | "unix";

/** Several routers that serve one realm, and what joins them; a single router needs nothing. */
export class ClusterServer implements Server {
  readonly spec: ServerSpec;
  readonly nodes: readonly ServerProcess[];
  /** The NATS server. */
  readonly engine: ServerProcess | undefined;
  readonly #place: Placement;
  readonly #close: () => Promise<void>;

  private constructor(
    nodes: readonly ServerProcess[],
    engine: ServerProcess | undefined,
    place: Placement,
    close: () => Promise<void>,
  ) {
    this.spec = kreuz;
    this.nodes = nodes;
    this.engine = engine;
    this.#place = place;
    this.#close = close;
  }

  /** Starts all of them on the core for servers. */
  static async start(count: number, place: Placement, joint: Joint): Promise<ClusterServer> {
    const folder = mkdtempSync(join(tmpdir(), "kreuz-bench-"));
    const engine =
      count === 1 || joint === "unix"
        ? undefined
        : await ServerProcess.start(natsServer(joint.nats, folder), SERVER_CORE);
    const path = join(folder, "referee.sock");
    const referee = count === 1 || engine !== undefined ? undefined : await serveReferee(path);
    const joined: Engine =
      engine === undefined ? { folder, referee: path } : { url: `nats://127.0.0.1:${engine.ports.websocket}` };
    const start = (index: number): Promise<ServerProcess> => {
      const spec = count === 1 ? kreuz : nodeSpec({ name: `n${index}`, others: count - 1, engine: joined });
      return ServerProcess.start(spec, SERVER_CORE);
    };
    const nodes = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
    return new ClusterServer(nodes, engine, place, async () => {
      await engine?.stop();
      await referee?.close();
      rmSync(folder, { recursive: true, force: true });
    });
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
    await this.#close();
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

/** The referee of workers is in the process that started them: here the generator, which it costs nothing under load. */
async function serveReferee(path: string): Promise<RefereeServer> {
  const referee = new MapReferee({ clock });
  await initializeReferee(referee);
  const server = new RefereeServer(referee);
  await server.listen(path);
  return server;
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
