import {
  type Authenticator,
  type Authorizer,
  type Plugin,
  type RealmOptions,
  type RouterLimits,
  type RouterOptions,
} from "@kreuz/router";
import type { Config, LimitsConfig, RealmConfig } from "../config/config.js";

/** What a config says, in the words of the router and the transports. */

export function routerOptions(config: Config): Omit<RouterOptions, "realms"> {
  const { uriRule, strictRequestIds, slowConsumer, limits } = config;
  return { uriRule, strictRequestIds, slowConsumer, limits: routerLimits(limits) };
}

export function routerLimits(limits: LimitsConfig): RouterLimits {
  const {
    handshakeTimeoutMs,
    authenticationTimeoutMs,
    goodbyeTimeoutMs,
    maxNestingDepth: _ofCodecs,
    ...counts
  } = limits;
  return {
    ...counts,
    handshakeTimeout: handshakeTimeoutMs,
    authenticationTimeout: authenticationTimeoutMs,
    goodbyeTimeout: goodbyeTimeoutMs,
  };
}

export function realmOptions(
  { name, roles }: RealmConfig,
  authorizer: Authorizer,
  authenticators: readonly Authenticator[],
  plugins: readonly Plugin[],
): RealmOptions {
  return {
    uri: name,
    authorizer,
    authenticators,
    roles: roles.map((role) => role.name),
    plugins,
  };
}
