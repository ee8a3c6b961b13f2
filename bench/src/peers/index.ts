import { crossbar } from "./crossbar.js";
import { foxWamp } from "./fox-wamp.js";
import { install, type Installed, type Peer } from "./installer.js";
import { nexus } from "./nexus.js";
import { xconn } from "./xconn.js";

export type { Installed } from "./installer.js";

/** The routers that Kreuz is measured against. */
const PEERS: readonly Peer[] = [crossbar, nexus, xconn, foxWamp];

export const PEER_NAMES: readonly string[] = PEERS.map(({ name }) => name);

/** A peer's name and what became of its install. */
export interface InstalledPeer {
  readonly name: string;
  readonly installed: Installed;
}

/**
 * Installs the peers one after the other; those that were installed before are ready at once.
 *
 * @param log Takes a line of progress.
 * @param only Names of the peers that are wanted; all, unless given.
 */
export async function installPeers(
  log: (line: string) => void,
  only: readonly string[] = PEER_NAMES,
): Promise<InstalledPeer[]> {
  const results: InstalledPeer[] = [];
  for (const peer of PEERS.filter(({ name }) => only.includes(name))) {
    const title = `${peer.name} ${peer.version}`;
    log(`${title}: looking for it, or installing it …`);
    const installed = await install(peer);
    log("contestant" in installed ? `${title}: ready` : `${title}: skipped: ${installed.skipped}`);
    results.push({ name: peer.name, installed });
  }
  return results;
}
