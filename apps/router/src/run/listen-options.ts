import { resolve } from "node:path";
import type { Codec } from "@kreuz/codec";
import type { LongPollOptions, TlsOptions, UniversalListenOptions } from "@kreuz/transport-node";
import type { CodecName, LongPollConfig, TransportConfig } from "../config/config.js";

/** A transport's settings in the words of the transports. What does not go with its type is not there. */
export function listenOptions(
  config: TransportConfig,
  codecs: ReadonlyMap<CodecName, Codec>,
  folder: string,
  tls: TlsOptions | undefined,
): Omit<UniversalListenOptions, "onLimit" | "onError"> {
  const { host, port, unix, maxMessageBytes, maxConnections, maxPendingHandshakes, keepAlive, outbox } = config;
  const { trustedProxies, proxyProtocol, path, allowedOrigins, compression, longPoll } = config;
  const { minPeerMessageBytes, maxConnectionsPerAddress } = config;
  return {
    host,
    port,
    ...(unix === undefined
      ? {}
      : { unix: { path: resolve(folder, unix.path), ...(unix.mode === undefined ? {} : { mode: unix.mode }) } }),
    ...(tls === undefined ? {} : { tls }),
    maxMessageBytes,
    maxConnections,
    maxPendingHandshakes,
    trustedProxies,
    proxyProtocol,
    ...(path === undefined ? {} : { path }),
    ...(allowedOrigins === undefined ? {} : { origins: allowedOrigins }),
    ...(compression === undefined ? {} : { compression }),
    ...(longPoll === undefined ? {} : { longPoll: longPollOptions(longPoll) }),
    ...(minPeerMessageBytes === undefined ? {} : { minPeerMessageBytes }),
    ...(maxConnectionsPerAddress === undefined ? {} : { maxConnectionsPerAddress }),
    codecs: config.codecs.flatMap((name) => codecs.get(name) ?? []),
    handshakeTimeout: config.handshakeTimeoutMs,
    closeTimeout: config.closeTimeoutMs,
    keepAlive: keepAlive && { interval: keepAlive.intervalMs, timeout: keepAlive.timeoutMs },
    outbox: { lowWater: outbox.lowWaterBytes, highWater: outbox.highWaterBytes, limit: outbox.limitBytes },
  };
}

function longPollOptions({ path, receiveTimeoutMs, sessionTimeoutMs }: LongPollConfig): LongPollOptions {
  return { path, receiveTimeout: receiveTimeoutMs, sessionTimeout: sessionTimeoutMs };
}
