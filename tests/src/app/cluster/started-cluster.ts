// The command, started once for each node, and the NATS server that joins them.
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { NatsServer } from "../../../../packages/cluster-nats/src/testing/nats-server.js";
import { RouterProcess } from "../../support/router-process.js";
import { until } from "../../support/wait.js";

/** The config of a node. @param url - of the NATS server. */
type ConfigOf = (node: string, url: string) => string;

const config: ConfigOf = (node, url) => `
realms:
  - name: realm1
    auth: { anonymous: { role: user } }
    roles:
      - name: user
        permissions:
          - { uri: com.example., match: prefix, allow: { call: true, register: true, publish: true, subscribe: true } }
          - { uri: wamp., match: prefix, allow: { call: true, subscribe: true } }
    plugins:
      - package: "@kreuz/session-meta"
      - package: "@kreuz/registry-meta"
      - package: "@kreuz/testament"
      - package: "@kreuz/event-history"
        options:
          topics: [{ uri: com.example.kept }]
          store: { package: "@kreuz/cluster-nats/event-store", options: { servers: ["${url}"] } }
log: { level: info, format: json }
cluster: { name: demo, node: ${node}, nats: { servers: ["${url}"] } }
`;

/** Routers that were started as `kreuz start` starts them, and serve one realm together. */
export class StartedCluster {
  readonly engine: NatsServer;
  readonly #nodes = new Map<string, RouterProcess>();
  readonly #config: ConfigOf;

  private constructor(engine: NatsServer, config: ConfigOf) {
    this.engine = engine;
    this.#config = config;
  }

  static start(...names: readonly string[]): Promise<StartedCluster> {
    return StartedCluster.startWith(config, ...names);
  }

  /** @param config - the config of each node. */
  static async startWith(config: ConfigOf, ...names: readonly string[]): Promise<StartedCluster> {
    const cluster = new StartedCluster(await NatsServer.start(), config);
    try {
      await Promise.all(names.map((name) => cluster.start(name)));
      await cluster.joined();
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
  }

  async start(name: string): Promise<void> {
    this.#nodes.set(name, await RouterProcess.start({ files: { "kreuz.yaml": this.#config(name, this.engine.url) } }));
  }

  /** All of them. */
  get nodes(): readonly RouterProcess[] {
    return [...this.#nodes.values()];
  }

  node(name: string): RouterProcess {
    return this.#nodes.get(name)!;
  }

  /** Waits until the nodes know of each other's sessions. */
  async joined(): Promise<void> {
    const clients = await Promise.all([...this.#nodes.keys()].map((name) => this.join(name)));
    for (const client of clients)
      await until("the nodes to find each other", async () => {
        const listed = (await client.call("wamp.session.list")).args?.[0] as readonly number[];
        return clients.every(({ id }) => listed.includes(id));
      });
    for (const client of clients) await client.leave();
  }

  /** A client that has joined at a node. */
  async join(name: string, client: WireSession = new WireSession({ turns: 30_000 })): Promise<WireSession> {
    await connectWebSocket(this.node(name).url, client, { codecs: [json] });
    await client.join("realm1");
    return client;
  }

  async end(): Promise<void> {
    for (const node of this.#nodes.values()) await node.kill();
    await this.engine.remove();
  }
}
