import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { certificateDirectory } from "./certificate.js";
import { ALL_PROTOCOLS, OWN_TRANSPORTS, type Ports, type ServerCommand, type ServerSpec } from "./server-spec.js";

/** Kreuz, embedded: the router with the session meta plugin, over WebSocket and RawSocket. */
export const kreuz: ServerSpec = {
  name: "kreuz",
  version: versionOf("@kreuz/router"),
  ...ALL_PROTOCOLS,
  transports: OWN_TRANSPORTS,
  wamp: true,
  sessionMeta: true,
  multiCore: false,
  reportsHeap: true,
  command: nodeCommand("./serve-router.js"),
};

/** The baseline: a relay that forwards frames and implements no WAMP. */
export const relay: ServerSpec = {
  name: "relay",
  version: `ws ${(createRequire(import.meta.url)("ws/package.json") as { version: string }).version}`,
  ...ALL_PROTOCOLS,
  transports: OWN_TRANSPORTS,
  wamp: false,
  sessionMeta: false,
  multiCore: false,
  command: nodeCommand("./serve-relay.js"),
};

/** What a relay of WebSocket messages costs at least: no library, and frames forwarded in the memory in which they arrived. */
export const plainRelay: ServerSpec = {
  ...relay,
  ...ALL_PROTOCOLS,
  name: "plain relay",
  version: process.version,
  command: nodeCommand("./serve-plain-relay.js"),
};

/** Starts a module beside this one. With --expose-gc, the heap can be measured without garbage. */
function nodeCommand(module: string): (ports: Ports) => ServerCommand {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return (ports) => ({
    command: process.execPath,
    args: ["--expose-gc", path, JSON.stringify(ports)],
    env: { KREUZ_BENCH_CERTIFICATE: certificateDirectory() },
  });
}

function versionOf(packageName: string): string {
  const { resolve } = createRequire(import.meta.url);
  // The entry is in dist/, one level below the package.
  const manifest = new URL("../package.json", `file://${resolve(packageName)}`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
