import type { Codec } from "@kreuz/codec";
import {
  type Authenticator,
  type Authorizer,
  type Plugin,
  type RealmOptions,
  type RouterLimits,
  type RouterOptions,
} from "@kreuz/router";
import type { WebSocketListenOptions } from "@kreuz/transport-node";
import type { CodecName, Config, LimitsConfig, RealmConfig, WebSocketConfig } from "../config/config.js";

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

export function listenOptions(
  config: WebSocketConfig,
  codecs: ReadonlyMap<CodecName, Codec>,
): Omit<WebSocketListenOptions, "onLimit" | "onError"> {
  const { host, port, path, maxMessageBytes, maxConnections, maxPendingHandshakes, compression } = config;
  const { allowedOrigins: origins, keepAlive, outbox } = config;
  return {
    host,
    port,
    path,
    maxMessageBytes,
    maxConnections,
    maxPendingHandshakes,
    compression,
    ...(origins === undefined ? {} : { origins }),
    codecs: config.codecs.flatMap((name) => codecs.get(name) ?? []),
    handshakeTimeout: config.handshakeTimeoutMs,
    closeTimeout: config.closeTimeoutMs,
    keepAlive: keepAlive && { interval: keepAlive.intervalMs, timeout: keepAlive.timeoutMs },
    outbox: { lowWater: outbox.lowWaterBytes, highWater: outbox.highWaterBytes, limit: outbox.limitBytes },
  };
}
