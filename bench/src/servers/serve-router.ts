import { Budget } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { certificate } from "./certificate.js";
import { type ClusterNode, joinCluster, linked } from "./cluster-node.js";
import type { Ports } from "./server-spec.js";
import { listenRawSocket, listenWebSocket, ReadMemory } from "@kreuz/transport-node";

const ports = JSON.parse(process.argv[2]!) as Ports;
/** With others, where it is one of several nodes. */
const node = process.argv[3] === undefined ? undefined : (JSON.parse(process.argv[3]) as ClusterNode);
const codecs = [json, msgpack, cbor];

// All limits are the defaults. As in the command, there is a budget, and the memory of what was read is freed in time.
const budget = new Budget();
const readMemory = new ReadMemory();
const fabric = node && (await joinCluster(node));
const router = await createRouter({
  budget,
  ...(fabric === undefined ? {} : { fabric }),
  realms: [{ uri: "realm1", authorizer: allowAll, plugins: [sessionMeta()] }],
});
// The benchmark begins when all nodes listen.
if (fabric !== undefined) await linked(fabric, node!.others);
await listenWebSocket(router, { codecs, budget, readMemory, port: ports.websocket });
await listenRawSocket(router, { codecs, budget, readMemory, port: ports.rawsocket });
await listenWebSocket(router, { codecs, budget, readMemory, port: ports.tls, tls: certificate() });
await listenWebSocket(router, { codecs, budget, readMemory, port: ports.deflate, compression: true });

process.on("SIGTERM", () => process.exit(0));
// Prints the size of the heap without garbage.
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  process.stdout.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
