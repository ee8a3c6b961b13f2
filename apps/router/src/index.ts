export type {
  AuthConfig,
  AuthorizerConfig,
  CodecName,
  Config,
  KeepAliveConfig,
  LimitsConfig,
  LogConfig,
  LogFormat,
  LogLevel,
  OutboxConfig,
  PermissionConfig,
  PluginConfig,
  RealmConfig,
  RoleConfig,
  TransportConfig,
} from "./config/config.js";
export { formatPath } from "./config/config-path.js";
export type { ConfigPath } from "./config/config-path.js";
export { InvalidConfigError } from "./config/config-problem.js";
export type { ConfigProblem } from "./config/config-problem.js";
export { configJsonSchema } from "./config/config-schema.js";
export { developmentConfig } from "./config/development-config.js";
export { findConfig } from "./config/find-config.js";
export { configFrom, loadConfig, parseConfig } from "./config/load-config.js";
export type { LoadedConfig } from "./config/loaded-config.js";
export type { ConfigSource } from "./config/loaded-config.js";
export { override } from "./config/overrides.js";
export type { Overrides } from "./config/overrides.js";
export type { Endpoint } from "./run/open-transports.js";
export type { ReloadReport } from "./run/reloader.js";
export type { RunningRouter } from "./run/running-router.js";
export type { StopOptions } from "./run/running-router.js";
export { StartError } from "./run/start-error.js";
export { startRouter } from "./run/start-router.js";
export type { StartOptions } from "./run/start-router.js";
export { TransportCounters } from "./run/transport-counters.js";
export { version } from "./version.js";
