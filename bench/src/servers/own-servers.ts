import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Contestant, Ports } from "./contestant.js";
import type { ServerCommand } from "./server-process.js";

const ALL = { codecs: ["json", "msgpack", "cbor"], transports: ["websocket", "rawsocket"] } as const;

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
  ...ALL,
  wamp: true,
  sessionMeta: true,
  usesCores: false,
  command: node("./serve-router.js"),
};

/** The limit: a relay that knows nothing of WAMP. */
export const relay: Contestant = {
  name: "relay",
  version: `ws ${(createRequire(import.meta.url)("ws/package.json") as { version: string }).version}`,
  ...ALL,
  wamp: false,
  sessionMeta: false,
  usesCores: false,
  command: node("./serve-relay.js"),
};
