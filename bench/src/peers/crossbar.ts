import { join } from "node:path";
import { crossbarNode } from "./crossbar-node.js";
import { ALL_MEDIA } from "../servers/server-spec.js";
import { installOnce, run, type Peer } from "./installer.js";

const name = "crossbar";
const version = "26.10.1";

/** Python does not raise the limit of open files by itself, and each session is one. */
const WITH_ALL_FILES = 'ulimit -n "$(ulimit -Hn)" && exec "$0" "$@"';

/** Crossbar.io, a router in Python. Its wheels bring what accelerates autobahn's WebSocket, NVX, and use it. */
export const crossbar: Peer = {
  name,
  version,
  async install() {
    const directory = await installOnce({ name, version }, version, async (directory) => {
      await run("python3", ["-m", "venv", "venv"], directory);
      const pip = ["install", "--quiet", "--disable-pip-version-check", `crossbar==${version}`];
      await run(join(directory, "venv/bin/pip"), pip, directory);
    });
    return {
      name,
      version,
      ...ALL_MEDIA,
      wamp: true,
      sessionMeta: true,
      // One realm is the work of one worker, and that of one thread.
      usesCores: false,
      command: (ports) => ({
        command: "sh",
        args: [
          "-c",
          WITH_ALL_FILES,
          join(directory, "venv/bin/crossbar"),
          "start",
          "--cbdir",
          crossbarNode(ports),
          "--loglevel",
          "error",
        ],
      }),
    };
  },
};
