import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ALL_PROTOCOLS } from "../servers/server-spec.js";
import { installOnce, peerSource, run, type Peer } from "./installer.js";

/**
 * Length of a session's queue. Both routers drop what exceeds it (default 64), so it has to hold all messages that a load
 * keeps in flight to one session: 64 callers with 16 calls each, and 64 events.
 */
const QUEUE_LENGTH = 64 * 16 + 64;

export const nexus: Peer = goPeer("nexus", "v3.3.0", "github.com/gammazero/nexus/v3/router");

export const xconn: Peer = goPeer("xconn-go", "v0.1.0", "github.com/xconnio/xconn-go");

/**
 * A router that is a Go library, compiled with bench/peers/NAME/main.go, which starts it.
 *
 * @param library - the package that main.go imports.
 */
function goPeer(name: string, version: string, library: string): Peer {
  return {
    name,
    version,
    async install() {
      const main = await peerSource(`${name}/main.go`);
      const directory = await installOnce({ name, version }, main, async (directory) => {
        await writeFile(join(directory, "main.go"), main);
        await run("go", ["mod", "init", "kreuz.example/peer"], directory);
        await run("go", ["get", `${library}@${version}`], directory);
        await run("go", ["build", "-o", "server", "main.go"], directory);
      });
      return {
        name,
        version,
        ...ALL_PROTOCOLS,
        wamp: true,
        sessionMeta: true,
        multiCore: true,
        command: ({ websocket, rawsocket }) => ({
          command: join(directory, "server"),
          args: [`-websocket=127.0.0.1:${websocket}`, `-rawsocket=127.0.0.1:${rawsocket}`, `-queue=${QUEUE_LENGTH}`],
        }),
      };
    },
  };
}
