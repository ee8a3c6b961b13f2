import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { NATS_SERVER, WHY_SKIPPED } from "../../../packages/cluster-nats/src/testing/nats-server.js";
import { StartedCluster } from "../app/cluster/started-cluster.js";
import { type LogLine, RouterProcess } from "../support/router-process.js";
import { SPREAD } from "../support/spread.js";
import { inTime, until } from "../support/wait.js";
import { KINDS } from "./clients/kinds.js";
import type { Peer, PeerKind } from "./clients/peer.js";

/**
 * A router and one client of every kind, shared by the tests of a file. Every test uses its own URIs. With KREUZ_SPREAD, clients
 * come by turns to two nodes of a cluster, or to two workers.
 */
export interface SharedRouter {
  /** What all nodes have logged. */
  readonly log: readonly LogLine[];
  peer(kind: PeerKind): Peer;
  /** Connects another client. */
  open(kind: PeerKind, realm?: string): Promise<Peer>;
  /** The same, for tests that end its session, when all nodes know of it. */
  join(kind: PeerKind): Promise<Peer>;
  /** A URI that no other test uses. */
  uri(): string;
}

/**
 * Starts the router before the tests of the file and stops it after them. By then, neither a client nor the router may
 * have reported an error.
 */
export function useRouter(): SharedRouter {
  const withoutEngine = SPREAD === "nodes" && NATS_SERVER === undefined;
  let cluster: StartedCluster | undefined;
  let nodes: readonly RouterProcess[] = [];
  let opened = 0;
  let uris = 0;
  const peers = new Map<PeerKind, Peer>();
  const more: Peer[] = [];

  const open = (kind: PeerKind, realm?: string): Promise<Peer> => kind.open(nodes[opened++ % nodes.length]!, realm);
  const known = async (peer: Peer): Promise<Peer> => {
    if (SPREAD !== undefined) await until("all nodes to know the session", () => isKnown([...peers.values()], peer));
    return peer;
  };

  beforeAll(async () => {
    if (withoutEngine) return;
    if (SPREAD === "nodes") cluster = await StartedCluster.startWith(developmentConfig, "a", "b");
    nodes = cluster?.nodes ?? [await RouterProcess.start(SPREAD === "workers" ? { flags: ["--workers", "2"] } : {})];
    for (const kind of KINDS) peers.set(kind, await open(kind));
    for (const peer of peers.values()) await known(peer);
  });

  beforeEach(({ skip }) => {
    if (withoutEngine) skip(WHY_SKIPPED);
  });

  afterAll(async () => {
    try {
      for (const peer of peers.values()) await peer.close();
      for (const { kind, errors } of [...peers.values(), ...more]) expect(errors, `errors of ${kind.name}`).toEqual([]);
      for (const node of nodes) expect(node.errors).toEqual([]);
      expect(await Promise.all(nodes.map((node) => node.stop()))).toEqual(nodes.map(() => 0));
    } finally {
      for (const node of nodes) await node.kill();
      await cluster?.end();
    }
  });

  return {
    get log() {
      return nodes.flatMap(({ log }) => log);
    },
    peer: (kind) => peers.get(kind)!,
    open,
    async join(kind) {
      const peer = await open(kind);
      more.push(peer);
      return known(peer);
    },
    uri: () => `com.example.test${++uris}`,
  };
}

/** Whether all of the peers see the session of one. */
async function isKnown(peers: readonly Peer[], { session }: Peer): Promise<boolean> {
  for (const peer of peers) {
    const { args } = await inTime("a list of sessions", peer.call("wamp.session.list"));
    if (!(args[0] as readonly number[]).includes(session)) return false;
  }
  return true;
}

/** What the router does without a config, as a node of a cluster. */
const developmentConfig = (node: string, url: string): string => `
realms:
  - name: realm1
    auth: { anonymous: { role: development } }
    roles:
      - name: development
        permissions:
          - uri: ""
            match: prefix
            allow: { call: true, register: true, forceReregister: true, subscribe: true, publish: true }
    plugins: [{ package: "@kreuz/session-meta" }, { package: "@kreuz/registry-meta" }, { package: "@kreuz/testament" }]
transports: [{ type: websocket }]
log: { level: info, format: json }
cluster: { name: demo, node: ${node}, nats: { servers: ["${url}"] } }
`;
