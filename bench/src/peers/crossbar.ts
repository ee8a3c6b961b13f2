import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_PROTOCOLS, type Ports } from "../servers/server-spec.js";
import { installOnce, run, type Peer } from "./installer.js";

const name = "crossbar";
const version = "26.10.1";

/** Python does not raise the soft limit of open files itself, and each session needs one. */
const RAISE_FILE_LIMIT = 'ulimit -n "$(ulimit -Hn)" && exec "$0" "$@"';

/** Crossbar's default of 50 would make thousands of sessions that open at once retry. */
const BACKLOG = 1024;

/** Open to everyone, including the session meta procedures and topics. */
const REALM = {
  name: "realm1",
  roles: [
    {
      name: "anonymous",
      permissions: [
        {
          uri: "",
          match: "prefix",
          allow: { call: true, register: true, publish: true, subscribe: true },
          disclose: { caller: false, publisher: false },
          // Saves a look-up per message.
          cache: true,
        },
      ],
    },
  ],
};

/** Crossbar.io, a router in Python. Its wheels include NVX, which accelerates WebSocket. */
export const crossbar: Peer = {
  name,
  version,
  async install() {
    const directory = await installOnce({ name, version }, version, async (directory) => {
      await run("python3", ["-m", "venv", "venv"], directory);
      const pip = ["install", "--quiet", "--disable-pip-version-check", `crossbar==${version}`];
      await run(join(directory, "venv/bin/pip"), pip, directory);
    });
    const nodes = mkdtempSync(join(tmpdir(), "kreuz-bench-crossbar-"));
    process.once("exit", () => rmSync(nodes, { recursive: true, force: true }));
    const program = join(directory, "venv/bin/crossbar");
    return {
      name,
      version,
      ...ALL_PROTOCOLS,
      wamp: true,
      sessionMeta: true,
      // A realm is served by one thread of one worker.
      multiCore: false,
      command: (ports) => ({
        command: "sh",
        args: ["-c", RAISE_FILE_LIMIT, program, "start", "--cbdir", createNode(nodes, ports), "--loglevel", "error"],
      }),
    };
  },
};

/** Creates the directory of a node: a new one each time, since a killed node leaves files behind. */
function createNode(parent: string, ports: Ports): string {
  const directory = mkdtempSync(join(parent, "node-"));
  writeFileSync(join(directory, "config.json"), JSON.stringify(configOf(ports)));
  return directory;
}

function configOf(ports: Ports): object {
  const serializers = ["cbor", "msgpack", "json"];
  const transports = [
    {
      type: "websocket",
      url: `ws://127.0.0.1:${ports.websocket}/ws`,
      endpoint: endpoint(ports.websocket),
      serializers,
    },
    { type: "rawsocket", endpoint: endpoint(ports.rawsocket), serializers },
  ];
  return { version: 2, workers: [{ type: "router", realms: [REALM], transports }] };
}

function endpoint(port: number): object {
  return { type: "tcp", interface: "127.0.0.1", port, backlog: BACKLOG };
}
