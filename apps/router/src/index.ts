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
  RealmConfig,
  RoleConfig,
  RouterPluginConfig,
  TransportConfig,
} from "./config/config.js";
export { formatPath, InvalidConfigError } from "./config/config-problem.js";
export type { ConfigPath, ConfigProblem } from "./config/config-problem.js";
export { configJsonSchema } from "./config/config-schema.js";
export { developmentConfig, findConfig, override } from "./config/find-config.js";
export type { Overrides } from "./config/find-config.js";
export { configFrom, loadConfig, parseConfig } from "./config/load-config.js";
export type { ConfigSource, LoadedConfig } from "./config/loaded-config.js";
export { TransportCounters } from "./run/limit-metrics.js";
export type { Endpoint } from "./run/open-transports.js";
export type { ReloadReport } from "./run/reloader.js";
export type { RunningRouter, StopOptions } from "./run/running-router.js";
export { StartError } from "./run/errors.js";
export { startRouter } from "./run/start-router.js";
export type { StartOptions } from "./run/start-router.js";
export { version } from "./version.js";
