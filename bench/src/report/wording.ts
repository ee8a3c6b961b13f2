import type { CodecName, TransportName } from "../servers/server-spec.js";

const CODECS: Readonly<Record<CodecName, string>> = { json: "JSON", msgpack: "MessagePack", cbor: "CBOR" };
const TRANSPORTS: Readonly<Record<TransportName, string>> = { websocket: "WebSocket", rawsocket: "RawSocket" };

/** All that `carriage` may say, the most common first. */
export const CARRIAGES: readonly string[] = Object.values(TRANSPORTS).flatMap((transport) =>
  Object.values(CODECS).map((codec) => `${codec} over ${transport}`),
);

interface Carriage {
  readonly codec: CodecName;
  readonly transport: TransportName;
}

/** Codec and transport for people: `JSON over WebSocket`. */
export function carriage({ codec, transport }: Carriage): string {
  return `${CODECS[codec]} over ${TRANSPORTS[transport]}`;
}
