import type { Codec } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  connectRawSocket,
  connectWebSocket,
  type RawSocketConnectOptions,
  type WebSocketConnectOptions,
} from "@kreuz/transport-node";
import { connectionTransport } from "./connection.js";
import type { Transport } from "./transport.js";

/** Options of {@link rawSocket}. */
export type RawSocketSettings = Partial<RawSocketConnectOptions>;

/** Options of {@link webSocket}. */
export type NodeWebSocketSettings = Partial<WebSocketConnectOptions>;

/**
 * Connects by RawSocket: `rs://host:port`, `rss://host:port` with TLS, `rs+unix:/path`. The codec is JSON unless another is
 * given; `tls` takes authorities and a client certificate.
 */
export function rawSocket(url: string, settings: RawSocketSettings = {}): Transport {
  const codec: Codec = settings.codec ?? json;
  return connectionTransport((acceptor) => connectRawSocket(url, acceptor, { ...settings, codec }));
}

/**
 * Connects by WebSocket where Node has none of its own, or to send headers or a client certificate: `ws://`, `wss://`, or
 * `ws+unix:/path/of/socket:/ws`.
 */
export function webSocket(url: string, settings: NodeWebSocketSettings = {}): Transport {
  const codecs = settings.codecs ?? [json];
  return connectionTransport((acceptor) => connectWebSocket(url, acceptor, { ...settings, codecs }));
}
