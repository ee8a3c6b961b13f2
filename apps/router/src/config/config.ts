import type { MatchPolicy, UriRule } from "@kreuz/codec";
import type { ActionType, DisclosePolicy, RouterLimits, SlowConsumerPolicy } from "@kreuz/router";
import type { AuthConfig, CookiesConfig } from "./auth-config.js";
import type { TransportConfig } from "./transport-config.js";

export type { AuthConfig } from "./auth-config.js";

export type {
  CodecName,
  KeepAliveConfig,
  LongPollConfig,
  OutboxConfig,
  TlsConfig,
  TransportConfig,
  TransportType,
  UnixConfig,
} from "./transport-config.js";

/** A whole configuration, defaults filled in: what a `kreuz.yaml` says. */
export interface Config {
  readonly realms: readonly RealmConfig[];
  readonly transports: readonly TransportConfig[];
  readonly limits: LimitsConfig;
  readonly uriRule: UriRule;
  readonly strictRequestIds: boolean;
  readonly slowConsumer: SlowConsumerPolicy;
  readonly log: LogConfig;
  /** Absent: the transports set no cookies. */
  readonly cookies?: CookiesConfig | undefined;
}

export interface RealmConfig {
  readonly name: string;
  readonly auth: AuthConfig;
  readonly roles: readonly RoleConfig[];
  /** Decides for the roles that say nothing themselves. */
  readonly authorizer?: AuthorizerConfig | undefined;
  readonly plugins: readonly PluginConfig[];
}

export interface RoleConfig {
  readonly name: string;
  readonly permissions: readonly PermissionConfig[];
  /** Decides instead of permissions. */
  readonly authorizer?: AuthorizerConfig | undefined;
}

/** A WAMP procedure that decides. */
export interface AuthorizerConfig {
  readonly procedure: string;
  /** Absent: the realm that it decides for. */
  readonly realm?: string | undefined;
  readonly timeoutMs: number;
  readonly cacheTtlMs: number;
}

export interface PermissionConfig {
  readonly uri: string;
  readonly match: MatchPolicy;
  readonly allow: Readonly<Record<ActionType, boolean>>;
  readonly disclose?: DisclosePolicy | undefined;
  readonly trustlevel?: number | undefined;
  readonly maxCallTimeoutMs?: number | undefined;
}

export interface PluginConfig {
  /** Name of a package, or a path relative to the config file. */
  readonly package: string;
  /** The export that makes the plugin, where it cannot be told from the name of the package. */
  readonly export?: string | undefined;
  /** Given to that function. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** The router's limits, under names that say the unit, and one of the codecs. */
export type LimitsConfig = { readonly [K in keyof RouterLimits as InConfig<K>]: number } & {
  readonly maxNestingDepth: number;
};

/** `handshakeTimeout` is `handshakeTimeoutMs` in a config. */
export type InConfig<K extends string> = K extends `${string}Timeout` ? `${K}Ms` : K;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";
export type LogFormat = "auto" | "pretty" | "json";

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
}
