import type { ExtensionRef, MatchPolicy, UriRule } from "@kreuz/codec";
import type { UriGroup } from "@kreuz/metrics";
import type { ActionType, DisclosePolicy, Farewell, RouterLimits, SlowConsumerPolicy } from "@kreuz/router";
import type { AuthConfig, CookiesConfig } from "./auth-config.js";
import type { TlsConfig, TransportConfig } from "./transport-config.js";

export type { AuthConfig } from "./auth-config.js";

export type {
  CodecName,
  KeepAliveConfig,
  LongPollConfig,
  OutboxConfig,
  RouteConfig,
  TlsConfig,
  TransportConfig,
  TransportType,
  UnixConfig,
} from "./transport-config.js";

/** A whole config with its defaults filled in: the contents of a `kreuz.yaml`. */
export interface Config {
  readonly realms: readonly RealmConfig[];
  readonly transports: readonly (TransportConfig | ExtensionRef)[];
  /** Processes that serve the realms and transports together. */
  readonly workers: number;
  /** Plugins of the whole router, and plugins of several realms. */
  readonly plugins: readonly RouterPluginConfig[];
  readonly limits: LimitsConfig;
  readonly uriRule: UriRule;
  readonly strictRequestIds: boolean;
  readonly strictProgressiveResults: boolean;
  readonly strictProgressiveInvocations: boolean;
  readonly slowConsumer: SlowConsumerPolicy;
  readonly log: LogConfig;
  readonly shutdown: ShutdownConfig;
  readonly drain: DrainConfig;
  /** Absent: there is no admin listener. */
  readonly admin?: AdminConfig | undefined;
  readonly metrics: MetricsConfig;
  /** Absent: this router serves its realms alone. */
  readonly cluster?: ClusterConfig | undefined;
  /** Absent: the transports set no cookies. */
  readonly cookies?: CookiesConfig | undefined;
}

/** What joins this router with others. */
export interface ClusterConfig {
  readonly name: string;
  /** Default: the host's name and a random part. */
  readonly node?: string | undefined;
  readonly whenIsolated: "refuse" | "accept";
  readonly nats: NatsConfig;
}

/** Where the NATS servers of a cluster are. */
export interface NatsConfig {
  readonly servers: readonly string[];
  /** Paths of files, relative to the config file. */
  readonly tls?:
    | { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined }
    | undefined;
  readonly credentials?:
    | {
        readonly user?: string | undefined;
        readonly password?: string | undefined;
        readonly token?: string | undefined;
        readonly nkeySeed?: string | undefined;
        readonly creds?: string | undefined;
      }
    | undefined;
  readonly replicas: number;
}

export interface RealmConfig {
  readonly name: string;
  readonly auth: AuthConfig;
  readonly roles: readonly RoleConfig[];
  /** Authorizes roles that have neither permissions nor an authorizer. */
  readonly authorizer?: AuthorizerConfig | ExtensionRef | undefined;
  readonly plugins: readonly ExtensionRef[];
  /** Made of the setting `admin`: only the admin listener serves it. */
  readonly management?: true;
}

export interface RoleConfig {
  readonly name: string;
  readonly permissions: readonly PermissionConfig[];
  /** Replaces the permissions. */
  readonly authorizer?: AuthorizerConfig | ExtensionRef | undefined;
  readonly limits?: RoleLimitsConfig | undefined;
}

/** Rates of the sessions of a role, in place of the general ones. */
export interface RoleLimitsConfig {
  readonly messagesPerSecond?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
}

/** A WAMP procedure that authorizes actions. */
export interface AuthorizerConfig {
  readonly procedure: string;
  /** Realm of the procedure. Absent: the realm that it authorizes for. */
  readonly realm?: string | undefined;
  readonly timeoutMs: number;
  readonly cacheTtlMs: number;
}

export interface PermissionConfig {
  readonly uri: string;
  readonly match: MatchPolicy;
  readonly allow: Readonly<Record<ActionType | "forceReregister", boolean>>;
  readonly disclose?: DisclosePolicy | undefined;
  readonly trustlevel?: number | undefined;
  readonly maxCallTimeoutMs?: number | undefined;
}

/** A plugin of the router, or of several realms. */
export interface RouterPluginConfig extends ExtensionRef {
  /** Names of the realms that a realm's plugin extends. Absent: all of them. */
  readonly realms?: readonly string[] | undefined;
}

/** The limits of the router, with units in their names, those of memory, and those of the codecs. */
export type LimitsConfig = { readonly [K in keyof RouterLimits as WithUnit<K>]: number } & {
  readonly maxNestingDepth: number;
  readonly maxValues: number;
  /** Bytes that all clients together may hold. Absent: half of what the process may use. */
  readonly memoryBytes?: number | undefined;
  /** Absent: a quarter of `memoryBytes`. */
  readonly memoryBytesPerClient?: number | undefined;
};

/** `handshakeTimeout` becomes `handshakeTimeoutMs`. */
type WithUnit<K extends string> = K extends `${string}Timeout` ? `${K}Ms` : K;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";
export type LogFormat = "auto" | "pretty" | "json";

/** In `log.trace`: all sessions. */
export const TRACE_ALL = "*";

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Relative to the config file. Absent: standard output. */
  readonly file?: string | undefined;
  /** Realms and authids whose messages are logged; `*` for all. */
  readonly trace: readonly string[];
}

/** The listener for health, readiness, metrics, the management realm and the web console. */
export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  /** Replaces host and port; relative to the config file. */
  readonly unix?: string | undefined;
  readonly tls?: TlsConfig | undefined;
  /** Whether operators may log in from other machines without TLS. */
  readonly insecure: boolean;
  /** Name of the management realm. */
  readonly realm: string;
  /** Who may log in to the management realm. Absent: there is none. */
  readonly auth?: AuthConfig | undefined;
  /** Whether the web console is served. It needs the management realm. */
  readonly console: boolean;
  readonly metrics: boolean;
  readonly metricsToken?: string | undefined;
}

/** What is counted besides what always is. */
export interface MetricsConfig {
  readonly groups: readonly UriGroup[];
}

/** How the router is drained. */
export interface DrainConfig {
  readonly graceMs: number;
  readonly spreadMs: number;
}

/** How the router stops. */
export interface ShutdownConfig {
  readonly farewell: Farewell;
  /** Time between telling load balancers and the stop itself. */
  readonly readyDelayMs: number;
  /** Time for pending calls; with `goodbye`, also for the answers of clients. */
  readonly graceMs: number;
  /** Time over which connections are closed. */
  readonly spreadMs: number;
  /** Time for the whole stop; what is not finished by then is abandoned. */
  readonly timeoutMs: number;
}
