import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { allowAll, createRouter } from "@kreuz/router";
import { listenWebSocket } from "@kreuz/transport-node";
import { reportTo } from "./server-process.js";

const router = await createRouter({ realms: [{ uri: "realm1", authorizer: allowAll }] });
const listener = await listenWebSocket(router, { codecs: [json, msgpack, cbor], port: 0, path: "/ws" });
reportTo(listener.port);
