import { resolve } from "node:path";
import { type Codec, type CodecLimits, DEFAULT_MAX_BYTES } from "@kreuz/codec";
import { createCborCodec } from "@kreuz/codec/cbor";
import { createJsonCodec } from "@kreuz/codec/json";
import { createMsgpackCodec } from "@kreuz/codec/msgpack";
import type { LongPollOptions, TlsOptions, UniversalListenOptions } from "@kreuz/transport-node";
import { builtInTransports } from "../config/extension-config.js";
import type { CodecName, Config, LongPollConfig, TransportConfig } from "../config/config.js";

const CREATE_CODEC: Readonly<Record<CodecName, (limits: CodecLimits) => Codec>> = {
  json: createJsonCodec,
  msgpack: createMsgpackCodec,
  cbor: createCborCodec,
};

/** Creates one codec of each kind. Transports share it, so that an event is encoded once per kind. */
export function createCodecs(config: Config): ReadonlyMap<CodecName, Codec> {
  const { transports, limits } = config;
  const builtIn = builtInTransports(config).map(([, transport]) => transport);
  // Each transport checks its own limit before a message reaches the codec.
  const limitsOfMessages = builtIn.map(({ maxMessageBytes }) => maxMessageBytes);
  // Transports of packages are offered all codecs.
  const hasOthers = builtIn.length < transports.length;
  const maxBytes = Math.max(...limitsOfMessages, ...(hasOthers ? [DEFAULT_MAX_BYTES] : []));
  const all = hasOthers ? (Object.keys(CREATE_CODEC) as CodecName[]) : [];
  const names = new Set([...builtIn.flatMap(({ codecs }) => codecs), ...all]);
  const { maxNestingDepth: maxDepth, maxValues } = limits;
  return new Map([...names].map((name) => [name, CREATE_CODEC[name]({ maxBytes, maxDepth, maxValues })]));
}

/** Creates all codecs, with the default limit of messages. */
export function allCodecs({ limits }: Config): readonly Codec[] {
  const { maxNestingDepth: maxDepth, maxValues } = limits;
  return Object.values(CREATE_CODEC).map((create) => create({ maxBytes: DEFAULT_MAX_BYTES, maxDepth, maxValues }));
}

/** Converts a transport's config to the options of `@kreuz/transport-node`. */
export function listenOptions(
  config: TransportConfig,
  codecs: readonly Codec[],
  folder: string,
  tls: TlsOptions | undefined,
): Omit<UniversalListenOptions, "onLimit" | "onError" | "onRefused"> {
  const { host, port, unix, maxMessageBytes, maxConnections, maxPendingHandshakes, keepAlive, outbox } = config;
  const { trustedProxies, proxyProtocol, path, allowedOrigins, compression, longPoll } = config;
  const { minPeerMessageBytes, maxConnectionsPerAddress, maxPendingHandshakesPerAddress, fd } = config;
  return {
    host,
    port,
    ...(unix === undefined
      ? {}
      : {
          unix: {
            path: resolve(folder, unix.path),
            ...(unix.mode === undefined ? {} : { mode: unix.mode }),
            shared: unix.shared === true,
          },
        }),
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
    ...(maxPendingHandshakesPerAddress === undefined ? {} : { maxPendingHandshakesPerAddress }),
    ...(fd === undefined ? {} : { fd }),
    codecs,
    handshakeTimeout: config.handshakeTimeoutMs,
    messageTimeout: config.messageTimeoutMs,
    closeTimeout: config.closeTimeoutMs,
    keepAlive: keepAlive && { interval: keepAlive.intervalMs, timeout: keepAlive.timeoutMs },
    outbox: { lowWater: outbox.lowWaterBytes, highWater: outbox.highWaterBytes, limit: outbox.limitBytes },
  };
}

function longPollOptions({ path, receiveTimeoutMs, sessionTimeoutMs }: LongPollConfig): LongPollOptions {
  return { path, receiveTimeout: receiveTimeoutMs, sessionTimeout: sessionTimeoutMs };
}
