import { afterAll, beforeAll, expect } from "vitest";
import { RouterProcess } from "../support/router-process.js";
import { KINDS } from "./clients/kinds.js";
import type { Peer, PeerKind } from "./clients/peer.js";

/** A router and one client of every kind, shared by the tests of a file: each uses URIs of its own. */
export interface Stage {
  readonly router: RouterProcess;
  peer(kind: PeerKind): Peer;
  /** A further client, for tests that end its session. */
  join(kind: PeerKind): Promise<Peer>;
  /** A URI that no other test uses. */
  uri(): string;
}

/**
 * Opens the stage before the tests of the file and closes it after them. Whatever they were about, in the end no client
 * may have found fault with the router, nor the router with itself.
 */
export function useStage(): Stage {
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
      const complaints = [...peers.values(), ...more].flatMap(({ kind, complaints }) =>
        complaints.map((complaint) => `${kind.name}: ${complaint}`),
      );
      expect({ complaints, faults: router.faults }).toEqual({ complaints: [], faults: [] });
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
