import type { RoleLimits, RouterLimits, RouterOptions } from "@kreuz/router";
import type { Config, LimitsConfig, RoleConfig } from "../config/config.js";

/** Converts a config to options of the router. */
export function routerOptions(config: Config): Omit<RouterOptions, "realms"> {
  const { uriRule, strictRequestIds, strictProgressiveResults, strictProgressiveInvocations, slowConsumer, limits } =
    config;
  return {
    uriRule,
    strictRequestIds,
    strictProgressiveResults,
    strictProgressiveInvocations,
    slowConsumer,
    limits: routerLimits(limits),
  };
}

/** Converts limits of a config to limits of the router. */
export function routerLimits(limits: LimitsConfig): RouterLimits {
  const {
    handshakeTimeoutMs,
    authenticationTimeoutMs,
    goodbyeTimeoutMs,
    maxNestingDepth: _ofCodecs,
    maxValues: _ofCodecsToo,
    memoryBytes: _ofBudget,
    memoryBytesPerClient: _ofBudgetToo,
    ...counts
  } = limits;
  return {
    ...counts,
    handshakeTimeout: handshakeTimeoutMs,
    authenticationTimeout: authenticationTimeoutMs,
    goodbyeTimeout: goodbyeTimeoutMs,
  };
}

/** The rates of a realm's roles, by role. */
export function roleLimits(roles: readonly RoleConfig[]): Readonly<Record<string, RoleLimits>> {
  return Object.fromEntries(
    roles.map(({ name, limits = {} }) => {
      const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
      return [name, Object.fromEntries(given) as RoleLimits];
    }),
  );
}
