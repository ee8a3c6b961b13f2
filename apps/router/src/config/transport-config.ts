/** Codecs by the id under which a config names them. */
export type CodecName = "json" | "msgpack" | "cbor";

/** What is served at one place. */
export type TransportType = "websocket" | "rawsocket" | "universal";

/** One place where clients connect. What does not go with its type is not there. */
export interface TransportConfig {
  readonly type: TransportType;
  readonly host: string;
  readonly port: number;
  /** Instead of host and port. */
  readonly unix?: UnixConfig | undefined;
  readonly tls?: TlsConfig | undefined;
  /** Absent: `/ws`. */
  readonly path?: string | undefined;
  /** Absent: pages of the same origin, and those of this machine. */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly codecs: readonly CodecName[];
  readonly maxMessageBytes: number;
  readonly minPeerMessageBytes?: number | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress?: number | undefined;
  readonly maxPendingHandshakes: number;
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  readonly handshakeTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly keepAlive: KeepAliveConfig | false;
  readonly compression?: boolean | undefined;
  readonly longPoll?: LongPollConfig | undefined;
  readonly outbox: OutboxConfig;
}

export interface UnixConfig {
  readonly path: string;
  readonly mode?: number | undefined;
}

/** Paths are relative to the config file. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

export interface LongPollConfig {
  readonly path: string;
  readonly receiveTimeoutMs: number;
  readonly sessionTimeoutMs: number;
}

export interface KeepAliveConfig {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface OutboxConfig {
  readonly lowWaterBytes: number;
  readonly highWaterBytes: number;
  readonly limitBytes: number;
}
