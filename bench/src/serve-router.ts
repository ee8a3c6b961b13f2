import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter } from "@kreuz/router";
import { listenWebSocket } from "@kreuz/transport-node";
import { reportTo } from "./server-process.js";

/** One publisher with a whole core to itself sends more than one client may by default. */
const limits = { messagesPerSecond: 1_000_000_000, bytesPerSecond: 1_000_000_000_000 };
const router = await createRouter({ realms: [{ uri: "realm1", authorizer: allowAll }], limits });
const listener = await listenWebSocket(router, { codecs: [json, msgpack, cbor], port: 0, path: "/ws" });
reportTo(listener.port);
