import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ALL_MEDIA, type Contestant, type Ports } from "./server-spec.js";
import type { ServerCommand } from "./server-process.js";

/** Starts a module beside this one. Collections can be asked for, so that the heap can be told from garbage. */
function node(module: string): (ports: Ports) => ServerCommand {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return ({ websocket, rawsocket }) => ({
    command: process.execPath,
    args: ["--expose-gc", path, String(websocket), String(rawsocket)],
  });
}

function versionOf(packageName: string): string {
  const { resolve } = createRequire(import.meta.url);
  // The entry is in dist/, one below the package.
  const manifest = new URL("../package.json", `file://${resolve(packageName)}`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Kreuz, embedded: the router with the session meta plugin, over WebSocket and RawSocket. */
export const kreuz: Contestant = {
  name: "kreuz",
  version: versionOf("@kreuz/router"),
  ...ALL_MEDIA,
  wamp: true,
  sessionMeta: true,
  usesCores: false,
  reportsHeap: true,
  command: node("./serve-router.js"),
};

/** The limit: a relay that knows nothing of WAMP. */
export const relay: Contestant = {
  name: "relay",
  version: `ws ${(createRequire(import.meta.url)("ws/package.json") as { version: string }).version}`,
  ...ALL_MEDIA,
  wamp: false,
  sessionMeta: false,
  usesCores: false,
  command: node("./serve-relay.js"),
};
