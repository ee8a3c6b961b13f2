import type { ExtensionRef } from "@kreuz/codec";

/** Names of the codecs in a config. */
export type CodecName = "json" | "msgpack" | "cbor";

/** `universal` serves WebSocket and RawSocket on one port. */
export type TransportType = "websocket" | "rawsocket" | "universal";

/** An endpoint where clients connect. Settings that its type does not support are absent. */
export interface TransportConfig {
  /** The label `listener` of its metrics. */
  readonly name?: string | undefined;
  readonly type: TransportType;
  readonly host: string;
  readonly port: number;
  /** Absent: all. */
  readonly realms?: readonly string[] | undefined;
  /** Replaces host and port. */
  readonly fd?: number | undefined;
  /** Replaces host and port. */
  readonly unix?: UnixConfig | undefined;
  readonly tls?: TlsConfig | undefined;
  /** Absent: `/ws`. */
  readonly path?: string | undefined;
  /** Absent: the same origin, and localhost. */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly codecs: readonly CodecName[];
  readonly maxMessageBytes: number;
  readonly minPeerMessageBytes?: number | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress?: number | undefined;
  readonly maxPendingHandshakes: number;
  /** Absent: half of `maxPendingHandshakes`. */
  readonly maxPendingHandshakesPerAddress?: number | undefined;
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  readonly handshakeTimeoutMs: number;
  readonly messageTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly keepAlive: KeepAliveConfig | false;
  readonly compression?: boolean | undefined;
  readonly longPoll?: LongPollConfig | undefined;
  readonly outbox: OutboxConfig;
  readonly routes?: readonly RouteConfig[] | undefined;
}

/** Who answers plain HTTP requests at a path and below it: a package, or what a plugin offers. */
export interface RouteConfig extends Omit<ExtensionRef, "package"> {
  readonly path: string;
  readonly package?: string | undefined;
  /** The realm of the package, or of the plugin that offers it. Absent: a plugin of the router offers it. */
  readonly realm?: string | undefined;
  /** What a plugin offers: `<plugin>/<name>`. Instead of a package. */
  readonly offer?: string | undefined;
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
}

export interface UnixConfig {
  /** The socket is that of the primary process of several workers. */
  readonly shared?: true;
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
  readonly ciphers?: string | undefined;
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
