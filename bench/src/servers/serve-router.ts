import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenRawSocket, listenWebSocket } from "@kreuz/transport-node";

const [webSocketPort, rawSocketPort] = process.argv.slice(2).map(Number);
const codecs = [json, msgpack, cbor];
/** One publisher with a whole core to itself sends more than one client may by default. */
const limits = { messagesPerSecond: 1_000_000_000, bytesPerSecond: 1_000_000_000_000 };
/** Ten thousand sessions at rest, and those that look at them. */
const maxConnections = 20_000;

const router = await createRouter({
  realms: [{ uri: "realm1", authorizer: allowAll, plugins: [sessionMeta()] }],
  limits,
});
await listenWebSocket(router, { codecs, port: webSocketPort!, path: "/ws", maxConnections });
await listenRawSocket(router, { codecs, port: rawSocketPort!, maxConnections });

process.on("SIGTERM", () => process.exit(0));
// The heap without what the next collection would free, for whoever asks.
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  process.stdout.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
