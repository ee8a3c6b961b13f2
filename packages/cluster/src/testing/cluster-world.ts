import type { Clock, Codec } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  allowAll,
  createRouter,
  silentLogger,
  type Authenticator,
  type Plugin,
  type RealmContext,
  type RealmOptions,
  type Router,
  type RouterOptions,
} from "@kreuz/router";
import { FakeClock, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import type { Bus } from "../bus.js";
import { Cluster } from "../fabric/cluster.js";
import type { ClusterRealm } from "../fabric/cluster-realm.js";
import type { LinkSettings } from "../link/link-settings.js";
import { MapReferee } from "../memory/map-referee.js";
import { MemoryNetwork } from "../memory/memory-network.js";
import { SimulatedProcess } from "./process.js";
import { seededRandom } from "./seeded-random.js";
import { pass, passUntil } from "./time.js";

export const REALM = "realm1";

const trust: Authenticator = {
  method: "trust",
  begin: ({ authid = "joe", authextra }) => ({
    type: "accept",
    authid,
    authrole: String(authextra?.["role"] ?? "user"),
    authprovider: "test",
  }),
};

/** What a node has besides the usual. */
export interface NodeOptions
  extends Pick<RouterOptions, "uriRule" | "random">, Partial<Pick<RealmOptions, "authorizer" | "roles" | "plugins">> {
  /** Makes it speak as another version would. */
  readonly version?: (bus: Bus) => Bus;
  /** So many milliseconds its wall clock is ahead of those of others. */
  readonly clockOffset?: number;
  readonly links?: Partial<LinkSettings>;
}

/** One router of a simulated cluster. */
export interface WorldNode {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly cluster: Cluster;
  readonly router: Router;
  /** The realm as plugins see it. */
  readonly realm: RealmContext;
}

function offset(clock: Clock, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    monotonic: () => clock.monotonic(),
    schedule: (delay, callback) => clock.schedule(delay, callback),
  };
}

/** Routers in one process that serve one realm together, over a network and a referee that a test disturbs. */
export class ClusterWorld {
  readonly clock: FakeClock = new FakeClock(1_700_000_000_000);
  readonly network: MemoryNetwork;
  readonly referee: MapReferee;
  readonly errors: string[] = [];
  readonly nodes: Map<string, WorldNode> = new Map();
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.network = new MemoryNetwork({ clock: this.clock, random: this.#random });
    this.referee = new MapReferee({ clock: this.clock, random: this.#random });
  }

  static async start(names: readonly string[], seed = 1): Promise<ClusterWorld> {
    const world = new ClusterWorld(seed);
    for (const name of names) await world.start(name);
    await world.pass(1500);
    return world;
  }

  /** Starts a node. */
  async start(name: string, options: NodeOptions = {}): Promise<WorldNode> {
    const {
      uriRule = "loose",
      plugins = [],
      version = (bus) => bus,
      clockOffset = 0,
      links = {},
      random,
      ...more
    } = options;
    const process = new SimulatedProcess(offset(this.clock, clockOffset));
    const logger = {
      ...silentLogger,
      error: (fields: object, message: string) => {
        const { error } = fields as { error?: Error };
        this.errors.push(`${name}: ${message} ${error?.stack ?? JSON.stringify(fields)}`);
      },
    };
    const cluster = new Cluster({
      node: name,
      bus: version(process.bus(this.network.bus(name))),
      referee: process.referee(this.referee),
      clock: process.clock,
      logger,
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.#random() * 256)),
      links,
      endOfTurn: (callback) => void process.clock.schedule(0, callback),
    });
    const seen: RealmContext[] = [];
    const probe: Plugin = { name: "probe", setup: (realm) => void seen.push(realm) };
    const realm = { uri: REALM, authorizer: allowAll, authenticators: [trust], plugins: [...plugins, probe], ...more };
    const settings = {
      clock: process.clock,
      logger,
      realms: [realm],
      fabric: cluster,
      uriRule,
      ...(random && { random }),
    };
    const router = await passUntil(this.clock, createRouter(settings));
    const node = { name, process, cluster, router, realm: seen[0]! };
    this.nodes.set(name, node);
    return node;
  }

  node(name: string): WorldNode {
    return this.nodes.get(name)!;
  }

  /** The node's half of the fabric. */
  fabric(name: string): ClusterRealm {
    return this.node(name).cluster.realm(REALM)!;
  }

  /** A node dies without a word. */
  kill(name: string): void {
    this.node(name).process.kill();
    void this.node(name).cluster.close();
    this.nodes.delete(name);
  }

  /** A client that has joined at a node. */
  async join(name: string, authid = "joe", role = "user", codec: Codec = json): Promise<WireSession> {
    const { router, process } = this.node(name);
    const client = new WireSession();
    connectMemory(router, client, { codec, clock: process.clock });
    await this.until(client.join(REALM, { authmethods: ["trust"], authid, authextra: { role } }));
    return client;
  }

  pass(ms: number): Promise<void> {
    return pass(this.clock, ms);
  }

  /** Lets time pass until a promise settles. */
  until<T>(promise: Promise<T>, most?: number): Promise<T> {
    return passUntil(this.clock, promise, most);
  }
}
