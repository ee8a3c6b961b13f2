import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { fanOut } from "./loads/fan-out.js";
import type { Scenario } from "./loads/load.js";
import { type Content, CONTENTS } from "./loads/payloads.js";
import { rpc, sharedCallee } from "./loads/rpc.js";
import type { TransportName } from "./servers/server-spec.js";

/** A load that the router and the relay are compared under. */
export interface Row {
  readonly name: string;
  readonly scenario: Scenario;
  readonly transport: TransportName;
  readonly codec: Codec;
  readonly bytes: number;
  readonly content: Content;
  /** Above this ratio, the router has become slower: the measured ratio plus the noise of a machine. */
  readonly maxRatio: number;
}

const TRANSPORTS: Readonly<Record<TransportName, string>> = {
  websocket: "",
  tls: ", TLS",
  deflate: ", permessage-deflate",
  rawsocket: ", RawSocket",
};
const CODECS: Readonly<Record<string, string>> = { json: "JSON", msgpack: "MessagePack", cbor: "CBOR" };

const RPC = rpc(8, 16);
const FAN_OUT = fanOut(10);

function row(
  scenario: Scenario,
  transport: TransportName,
  codec: Codec,
  bytes: number,
  maxRatio: number,
  content: Content = "x",
): Row {
  const size = bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KiB`;
  const of = content === "x" ? "" : ` of ${content}`;
  const name = `${scenario.name}, ${size} ${CODECS[codec.id]}${of}${TRANSPORTS[transport]}`;
  return { name, scenario, transport, codec, bytes, content, maxRatio };
}

export const ROWS: readonly Row[] = [
  row(RPC, "websocket", json, 64, 2),
  row(RPC, "websocket", msgpack, 64, 2),
  row(RPC, "websocket", cbor, 64, 2),
  row(RPC, "websocket", json, 4096, 3),
  row(RPC, "websocket", msgpack, 4096, 2.6),
  row(RPC, "websocket", cbor, 4096, 2.6),
  row(RPC, "websocket", json, 16_384, 3),
  row(RPC, "websocket", msgpack, 16_384, 2.6),
  ...CONTENTS.slice(1).map((content) => row(RPC, "websocket", json, 4096, 6, content)),
  row(sharedCallee(8, 16), "websocket", json, 64, 2),
  row(sharedCallee(64, 16), "websocket", json, 64, 2.4),
  row(RPC, "tls", json, 64, 2),
  row(RPC, "rawsocket", json, 64, 3.4),
  row(RPC, "rawsocket", json, 4096, 4.5),
  row(FAN_OUT, "websocket", json, 64, 1.3),
  row(FAN_OUT, "websocket", msgpack, 64, 1.3),
  row(FAN_OUT, "websocket", cbor, 64, 1.3),
  row(FAN_OUT, "websocket", json, 4096, 1.9),
  row(FAN_OUT, "websocket", msgpack, 4096, 1.9),
  row(FAN_OUT, "websocket", cbor, 4096, 1.9),
  row(FAN_OUT, "deflate", json, 4096, 1.6, "German"),
  row(FAN_OUT, "rawsocket", json, 64, 3),
];
