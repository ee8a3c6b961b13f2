import { goPeer } from "./go-routers.js";
import type { Peer } from "./installer.js";

/** xconn-go, a router in Go. */
export const xconn: Peer = goPeer("xconn-go", "v0.1.0", "github.com/xconnio/xconn-go");
