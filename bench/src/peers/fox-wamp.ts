import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce, peerSource, run, type Peer } from "./installer.js";

const name = "fox-wamp";
const version = "0.7.28";

/** A router for Node.js that supports only JSON over WebSocket. */
export const foxWamp: Peer = {
  name,
  version,
  async install() {
    const serve = await peerSource("fox-wamp/serve.mjs");
    const directory = await installOnce({ name, version }, serve, async (directory) => {
      await writeFile(join(directory, "serve.mjs"), serve);
      // Its install scripts compile a database that the benchmark does not use.
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
      multiCore: false,
      command: ({ websocket }) => ({
        command: process.execPath,
        args: [join(directory, "serve.mjs"), String(websocket)],
      }),
    };
  },
};
