// A real router with its management realm, the console, and clients that the console shows.
import { ADMIN_PERMISSIONS, adminPlugin, type AdminSource, OperatorLog } from "@kreuz/admin";
import { ticket, TicketAccounts } from "@kreuz/auth";
import { type Dict, systemClock } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { rbac } from "@kreuz/rbac";
import { createRouter, type LocalSession, type Router, silentLogger } from "@kreuz/router";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import type { TransportListener } from "@kreuz/transport-node";
import { testRealm } from "../support/index.js";
import { serveConsole } from "./console-server.js";

const MANAGEMENT = "kreuz.admin";
export const SHOP = "com.shop";

const OPERATORS = new TicketAccounts({
  grace: { authrole: "operator", ticket: "grace-ticket" },
  vera: { authrole: "viewer", ticket: "vera-ticket" },
});

const PERMISSIONS = Object.entries(ADMIN_PERMISSIONS).map(([name, permissions]) => ({
  name,
  permissions: permissions.map(({ uri, match, allow }) => ({ uri, match, allow: { [allow]: true } })),
}));

/** The console, and the router that it shows. */
export class ConsoleRouter {
  readonly router: Router;
  /** A session inside the router's process, in the realm {@link SHOP}. */
  readonly shop: LocalSession;
  #listener!: TransportListener;

  static async start(): Promise<ConsoleRouter> {
    const log = new OperatorLog(systemClock);
    const router = await createRouter({
      logger: log.watching(silentLogger),
      realms: [testRealm({ uri: SHOP, roles: ["customer", "operator"] })],
    });
    const authenticators = [ticket({ store: OPERATORS })];
    await router.addRealm({
      uri: MANAGEMENT,
      authorizer: rbac({ roles: PERMISSIONS }),
      roles: ["viewer", "operator"],
      authenticators,
      plugins: [adminPlugin(sourceOf(router, log))],
    });
    const console = new ConsoleRouter(router);
    await console.listen();
    return console;
  }

  private constructor(router: Router) {
    this.router = router;
    this.shop = router.connect(SHOP);
  }

  /** Where the page is. */
  get url(): string {
    return this.#listener.url.replace(/^ws/, "http").replace(/\/ws$/, "/");
  }

  /** Serves the console: on a free port, or on the one that it had before. */
  async listen(port = 0): Promise<void> {
    this.#listener = await serveConsole(this.router, MANAGEMENT, port);
  }

  /** Cuts the console off; {@link listen} with the port that this returns brings it back. */
  async cutOff(): Promise<number> {
    const { port } = new URL(this.url);
    await this.#listener.close();
    return Number(port);
  }

  /** A client of the shop. */
  async join(authid: string): Promise<WireSession> {
    const client = new WireSession();
    connectMemory(this.router, client, { codec: json });
    const identity: Dict = { authmethods: ["trust"], authid, authextra: { role: "customer" } };
    await client.join(SHOP, identity);
    return client;
  }

  /** Many clients of the shop: `<name>0`, `<name>1`, … */
  joinMany(name: string, count: number): Promise<readonly WireSession[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => this.join(`${name}${index}`)));
  }

  async close(): Promise<void> {
    await this.router.close();
    await this.#listener.close();
  }
}

function sourceOf(router: Router, log: OperatorLog): AdminSource {
  const numbers = {
    cpuSeconds: 1,
    memoryBytes: 2 ** 26,
    heapBytes: 2 ** 25,
    clientBytes: 4096,
    maxClientBytes: 2 ** 30,
  };
  return {
    router,
    version: "1.2.3",
    process: {
      node: process.versions.node,
      host: "test-host",
      pid: process.pid,
      started: systemClock.now(),
      stats: () => ({ ...numbers, eventLoopDelay: { p50: 0.0001, p99: 0.001, max: 0.002 } }),
    },
    readiness: () => ({ ready: true, because: [] }),
    listeners: () => [],
    limits: () => [],
    log,
    drain: () => {},
  };
}
