import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, Cluster, initializeReferee, type Referee } from "@kreuz/cluster";
import { MapReferee, MemoryNetwork } from "@kreuz/cluster/memory";
import { RefereeServer, UnixBus, UnixReferee } from "@kreuz/cluster-unix";
import { systemClock } from "@kreuz/codec";
import {
  createRouter,
  type LocalAccess,
  type LocalIdentity,
  type LocalSession,
  type Router,
  type RouterOptions,
  silentLogger,
} from "@kreuz/router";
import { FakeClock, waitUntil, WireSession } from "@kreuz/testkit";
import { QuietSession, Traffic } from "./quiet.js";
import type { Spread } from "./spread.js";

/** Never: tests move the time by leaps, in which no message arrives. */
const NEVER = 1e12;

/** Two routers that serve the same realms together. */
export interface OpenNodes {
  /** The one that tests look at comes first. */
  readonly routers: readonly Router[];
  /** Makes a client for any of them. */
  client(): WireSession;
  /** Closes what joins them. Closing the first one does so, too. */
  disconnect(): Promise<void>;
}

/** Opens two routers, joined as nodes or as workers are, but in this process. */
export async function openNodes(options: RouterOptions, spread: Spread): Promise<OpenNodes> {
  const clock = new NetworkClock();
  if (options.clock instanceof FakeClock) clock.follow(options.clock);
  const network = spread === "nodes" ? await inMemory(clock) : await overUnixSockets();
  const nodes: Router[] = [];
  const clusters: Cluster[] = [];
  // The second one first: a plugin that hands its realm to the test is set up once for each, and keeps the last.
  for (const node of ["b", "a"]) {
    const cluster = new Cluster({
      node,
      ...network.join(node),
      clock,
      linger: 0,
      links: { beat: NEVER, suspect: 2 * NEVER },
      membership: { beat: NEVER, silence: NEVER, doubt: NEVER, grace: NEVER },
      ...(spread === "nodes" && { endOfTurn: queueMicrotask }),
    });
    clusters.push(cluster);
    nodes.unshift(reachingTheRealm(await createRouter({ ...options, fabric: cluster })));
  }
  await waitUntil(() => clusters.every(({ links }) => links.length === 1 && links.every(({ up }) => up)));
  const disconnect = (): Promise<void> => network.close();
  return { routers: steeredTogether(nodes, disconnect), client: () => network.client(), disconnect };
}

/** Gives each node what joins it with the others. */
interface Network {
  join(node: string): { readonly bus: Bus; readonly referee: Referee };
  client(): WireSession;
  close(): Promise<void>;
}

async function inMemory(clock: FakeClock): Promise<Network> {
  const network = new MemoryNetwork({ clock });
  const referee = new MapReferee({ clock });
  await initializeReferee(referee);
  return {
    join: (node) => ({ bus: network.bus(node), referee }),
    client: () => new WireSession(),
    close: async () => {},
  };
}

/** As `kreuz start --workers` joins its processes. */
async function overUnixSockets(): Promise<Network> {
  const folder = await mkdtemp(join(tmpdir(), "kreuz-workers-"));
  const path = join(folder, "referee.sock");
  const clock = systemClock;
  const referee = new MapReferee({ clock });
  await initializeReferee(referee);
  const server = new RefereeServer(referee);
  await server.listen(path);
  const buses: UnixBus[] = [];
  const traffic = new Traffic();
  const close = async (): Promise<void> => {
    await Promise.all(buses.map((bus) => bus.close()));
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  return {
    join(node) {
      const bus = new UnixBus({ folder, node, clock, logger: silentLogger });
      buses.push(bus);
      return { bus: traffic.bus(bus), referee: traffic.referee(new UnixReferee({ path, clock })) };
    },
    client: () => new QuietSession(traffic),
    close: () => (closed ??= close()),
  };
}

/** What is due at once happens in a microtask, as in the transport of the clients; the rest when a test advances the time. */
class NetworkClock extends FakeClock {
  /** When a test advances this clock, ours goes with it. */
  follow(clock: FakeClock): void {
    clock.advance = (ms) => {
      FakeClock.prototype.advance.call(clock, ms);
      this.advance(ms);
    };
  }

  override schedule(delay: number, callback: () => void): () => void {
    if (delay > 0) return super.schedule(delay, callback);
    let cancelled = false;
    queueMicrotask(() => {
      if (!cancelled) callback();
    });
    return () => {
      cancelled = true;
    };
  }
}

/** Its local sessions are like clients, as the tests expect of them. */
function reachingTheRealm(router: Router): Router {
  const connect = router.connect.bind(router);
  router.connect = (realm: string, identity?: LocalIdentity, access: LocalAccess = {}): LocalSession =>
    connect(realm, identity, { reach: "realm", ...access });
  return router;
}

/** What is done to the first router is done to the others before. */
function steeredTogether(nodes: readonly Router[], disconnect: () => Promise<void>): readonly Router[] {
  const [first, ...others] = nodes as [Router, ...Router[]];
  const { close, addRealm, removeRealm, reauthorize, setLimits } = first;
  const inAll = async <T>(action: (node: Router) => Promise<T>, own: () => Promise<T>): Promise<T> => {
    for (const node of others) await action(node);
    return own();
  };
  first.close = (options) =>
    inAll(
      (node) => node.close(options),
      () => close.call(first, options).finally(disconnect),
    );
  first.addRealm = (realm) =>
    inAll(
      (node) => node.addRealm(realm),
      () => addRealm.call(first, realm),
    );
  first.removeRealm = (realm) =>
    inAll(
      (node) => node.removeRealm(realm),
      () => removeRealm.call(first, realm),
    );
  first.reauthorize = (...args) =>
    inAll(
      (node) => node.reauthorize(...args),
      () => reauthorize.apply(first, args),
    );
  first.setLimits = (limits) => {
    for (const node of others) node.setLimits(limits);
    setLimits.call(first, limits);
  };
  return nodes;
}
