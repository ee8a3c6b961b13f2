import { afterAll, beforeAll, expect } from "vitest";
import { RouterProcess } from "../support/router-process.js";
import { KINDS } from "./clients/kinds.js";
import type { Peer, PeerKind } from "./clients/peer.js";

/** A router and one client of every kind, shared by the tests of a file. Every test uses its own URIs. */
export interface SharedRouter {
  readonly router: RouterProcess;
  peer(kind: PeerKind): Peer;
  /** Connects another client, for tests that end its session. */
  join(kind: PeerKind): Promise<Peer>;
  /** A URI that no other test uses. */
  uri(): string;
}

/**
 * Starts the router before the tests of the file and stops it after them. By then, neither a client nor the router may
 * have reported an error.
 */
export function useRouter(): SharedRouter {
  let router: RouterProcess | undefined;
  let uris = 0;
  const peers = new Map<PeerKind, Peer>();
  const more: Peer[] = [];

  const running = (): RouterProcess => {
    if (router === undefined) throw new Error("the router is not running");
    return router;
  };

  beforeAll(async () => {
    router = await RouterProcess.start();
    for (const kind of KINDS) peers.set(kind, await kind.open(router));
  });

  afterAll(async () => {
    if (router === undefined) return;
    try {
      for (const peer of peers.values()) await peer.close();
      for (const { kind, errors } of [...peers.values(), ...more]) expect(errors, `errors of ${kind.name}`).toEqual([]);
      expect(router.errors).toEqual([]);
      expect(await router.stop()).toBe(0);
    } finally {
      await router.kill();
    }
  });

  return {
    get router() {
      return running();
    },
    peer: (kind) => peers.get(kind)!,
    async join(kind) {
      const peer = await kind.open(running());
      more.push(peer);
      return peer;
    },
    uri: () => `com.example.test${++uris}`,
  };
}
