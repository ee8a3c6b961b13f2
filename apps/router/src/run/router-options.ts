import type { RouterLimits, RouterOptions } from "@kreuz/router";
import type { Config, LimitsConfig } from "../config/config.js";

/** Converts a config to options of the router. */
export function routerOptions(config: Config): Omit<RouterOptions, "realms"> {
  const { uriRule, strictRequestIds, slowConsumer, limits } = config;
  return { uriRule, strictRequestIds, slowConsumer, limits: routerLimits(limits) };
}

/** Converts limits of a config to limits of the router. */
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
