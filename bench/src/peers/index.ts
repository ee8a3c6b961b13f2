import { crossbar } from "./crossbar.js";
import { foxWamp } from "./fox-wamp.js";
import { nexus, xconn } from "./go-routers.js";
import { install, type Installed, type Peer } from "./installer.js";

/** The routers that Kreuz is compared with. */
const PEERS: readonly Peer[] = [crossbar, nexus, xconn, foxWamp];

export const PEER_NAMES: readonly string[] = PEERS.map(({ name }) => name);

/** A peer and the result of its install. */
export interface InstalledPeer {
  readonly name: string;
  readonly installed: Installed;
}

/**
 * Installs the peers that are not installed, one after another.
 *
 * @param log - called with lines of progress.
 * @param names - names of the peers; default: all.
 */
export async function installPeers(
  log: (line: string) => void,
  names: readonly string[] = PEER_NAMES,
): Promise<InstalledPeer[]> {
  const results: InstalledPeer[] = [];
  for (const peer of PEERS.filter(({ name }) => names.includes(name))) {
    const title = `${peer.name} ${peer.version}`;
    log(`${title}: installing, unless it is installed …`);
    const installed = await install(peer);
    log("spec" in installed ? `${title}: ready` : `${title}: skipped: ${installed.skipped}`);
    results.push({ name: peer.name, installed });
  }
  return results;
}
