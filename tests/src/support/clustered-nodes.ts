import { Cluster, initializeReferee } from "@kreuz/cluster";
import { MapReferee, MemoryNetwork } from "@kreuz/cluster/memory";
import {
  createRouter,
  type LocalAccess,
  type LocalIdentity,
  type LocalSession,
  type Router,
  type RouterOptions,
} from "@kreuz/router";
import { FakeClock, waitUntil } from "@kreuz/testkit";

/** Never: tests move the time by leaps, in which no message arrives. */
const NEVER = 1e12;

/** Two routers that serve the same realms together, over a network inside this process. */
export class ClusteredNodes {
  readonly #clock = new NetworkClock();

  /** @param clock - of the routers. When a test advances it, that of the network goes with it. */
  constructor(clock: FakeClock) {
    clock.advance = (ms) => {
      FakeClock.prototype.advance.call(clock, ms);
      this.#clock.advance(ms);
    };
  }

  /** @returns the routers. The one that tests look at comes first. */
  async open(options: RouterOptions): Promise<readonly Router[]> {
    const clock = this.#clock;
    const network = new MemoryNetwork({ clock });
    const referee = new MapReferee({ clock });
    await initializeReferee(referee);
    const nodes: Router[] = [];
    const clusters: Cluster[] = [];
    // The second one first: a plugin that hands its realm to the test is set up once for each, and keeps the last.
    for (const node of ["b", "a"]) {
      const cluster = new Cluster({
        node,
        bus: network.bus(node),
        referee,
        clock,
        endOfTurn: queueMicrotask,
        linger: 0,
        links: { beat: NEVER, suspect: 2 * NEVER },
        membership: { beat: NEVER, silence: NEVER, doubt: NEVER, grace: NEVER },
      });
      clusters.push(cluster);
      nodes.unshift(reachingTheRealm(await createRouter({ ...options, fabric: cluster })));
    }
    await waitUntil(() => clusters.every(({ links }) => links.length === 1 && links.every(({ up }) => up)));
    return steeredTogether(nodes);
  }
}

/** What is due at once happens in a microtask, as in the transport of the clients; the rest when a test advances the time. */
class NetworkClock extends FakeClock {
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
function steeredTogether(nodes: readonly Router[]): readonly Router[] {
  const [first, ...others] = nodes as [Router, ...Router[]];
  const { close, addRealm, removeRealm, reauthorize, setLimits } = first;
  const inAll = async <T>(action: (node: Router) => Promise<T>, own: () => Promise<T>): Promise<T> => {
    for (const node of others) await action(node);
    return own();
  };
  first.close = (options) =>
    inAll(
      (node) => node.close(options),
      () => close.call(first, options),
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
