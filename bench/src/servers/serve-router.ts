import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenRawSocket, listenWebSocket } from "@kreuz/transport-node";

const [webSocketPort, rawSocketPort] = process.argv.slice(2).map(Number);
const codecs = [json, msgpack, cbor];
/** Above the defaults, since one publisher with a core of its own exceeds them. */
const limits = { messagesPerSecond: 1_000_000_000, bytesPerSecond: 1_000_000_000_000 };
/** Enough for 10,000 idle sessions and their observers. */
const maxConnections = 20_000;

const router = await createRouter({
  realms: [{ uri: "realm1", authorizer: allowAll, plugins: [sessionMeta()] }],
  limits,
});
await listenWebSocket(router, { codecs, port: webSocketPort!, path: "/ws", maxConnections });
await listenRawSocket(router, { codecs, port: rawSocketPort!, maxConnections });

process.on("SIGTERM", () => process.exit(0));
// Prints the size of the heap without garbage.
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  process.stdout.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
