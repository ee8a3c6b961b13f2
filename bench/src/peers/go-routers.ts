import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ALL_MEDIA } from "../servers/server-spec.js";
import { installOnce, run, type Peer } from "./installer.js";
import { sourceOf } from "./sources.js";

/**
 * Messages that may wait for one session. Both Go routers drop what does not fit (64 by default), so it has to hold
 * all that a load can have in flight to one session: 64 callers with 16 calls each, and 64 events.
 */
const QUEUE = 64 * 16 + 64;

/**
 * A router that is a Go library: compiled with bench/peers/NAME/main.go, which starts it.
 *
 * @param library The package that main.go imports.
 */
export function goPeer(name: string, version: string, library: string): Peer {
  return {
    name,
    version,
    async install() {
      const main = await sourceOf(`${name}/main.go`);
      const directory = await installOnce({ name, version }, main, async (directory) => {
        await writeFile(join(directory, "main.go"), main);
        await run("go", ["mod", "init", "kreuz.example/peer"], directory);
        await run("go", ["get", `${library}@${version}`], directory);
        await run("go", ["build", "-o", "server", "main.go"], directory);
      });
      return {
        name,
        version,
        ...ALL_MEDIA,
        wamp: true,
        sessionMeta: true,
        usesCores: true,
        command: ({ websocket, rawsocket }) => ({
          command: join(directory, "server"),
          args: [`-websocket=127.0.0.1:${websocket}`, `-rawsocket=127.0.0.1:${rawsocket}`, `-queue=${QUEUE}`],
        }),
      };
    },
  };
}
