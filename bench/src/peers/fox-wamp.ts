import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce, run, type Peer } from "./installer.js";
import { sourceOf } from "./sources.js";

const name = "fox-wamp";
const version = "0.7.28";

/** fox-wamp, a router for Node: JSON over WebSocket is all that it speaks. */
export const foxWamp: Peer = {
  name,
  version,
  async install() {
    const serve = await sourceOf("fox-wamp/serve.mjs");
    const directory = await installOnce({ name, version }, serve, async (directory) => {
      await writeFile(join(directory, "serve.mjs"), serve);
      // Only its storage in a database has parts that an install script would compile; it is not used here.
      const args = ["install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund"];
      await run("npm", [...args, `fox-wamp@${version}`], directory);
    });
    return {
      name,
      version,
      codecs: ["json"],
      transports: ["websocket"],
      wamp: true,
      sessionMeta: true,
      usesCores: false,
      command: ({ websocket }) => ({
        command: process.execPath,
        args: [join(directory, "serve.mjs"), String(websocket)],
      }),
    };
  },
};
