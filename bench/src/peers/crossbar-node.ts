import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ports } from "../servers/server-spec.js";

/** Connections that may wait to be accepted; with Crossbar's 50, thousands of sessions that open at once must retry. */
const BACKLOG = 1024;

let nodes: string | undefined;

/**
 * Writes the directory that a Crossbar node starts from: its configuration, and later its keys and its process id.
 *
 * @returns The directory: another one each time, for a node that was killed leaves traces. All go when this process ends.
 */
export function crossbarNode(ports: Ports): string {
  if (nodes === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "kreuz-bench-crossbar-"));
    process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
    nodes = directory;
  }
  const directory = mkdtempSync(join(nodes, "node-"));
  writeFileSync(join(directory, "config.json"), JSON.stringify(configurationFor(ports)));
  return directory;
}

function configurationFor(ports: Ports): object {
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

/** Open to everyone, the session meta procedures and topics below `wamp.` included. */
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
          // Spares it the look-up for each message.
          cache: true,
        },
      ],
    },
  ],
};
