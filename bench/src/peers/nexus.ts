import { goPeer } from "./go-routers.js";
import type { Peer } from "./installer.js";

/** nexus, a router in Go. */
export const nexus: Peer = goPeer("nexus", "v3.3.0", "github.com/gammazero/nexus/v3/router");
