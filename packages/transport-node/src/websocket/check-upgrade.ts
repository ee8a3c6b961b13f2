import { listSubprotocols, negotiate, type SubprotocolTable } from "../connection/subprotocol.js";
import type { LimitName } from "../connection/transport-settings.js";
import type { OpenConnections } from "../server/connection-limits.js";
import { pathOf } from "../server/http-messages.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import type { UpgradeRequest } from "../server/upgrade-request.js";

/** Why an upgrade request is rejected. */
export interface UpgradeRejection {
  /** HTTP status. */
  readonly status: number;
  /** For the author of the client. */
  readonly reason: string;
  /** The limit that was hit, if any. */
  readonly limit?: LimitName;
  /** For the operator: what to change to let such a client in. */
  readonly remedy?: string;
}

/** What an upgrade request must fulfil to become a WebSocket. */
export interface UpgradeRules {
  readonly path: string;
  readonly originPolicy: OriginPolicy;
  readonly connections: OpenConnections;
  readonly subprotocols: SubprotocolTable;
}

/** Returns `undefined` if the request may become a WebSocket. `peer` is the address that it came from. */
export function checkUpgrade(
  request: UpgradeRequest,
  peer: string | undefined,
  { path, originPolicy, connections, subprotocols }: UpgradeRules,
): UpgradeRejection | undefined {
  const { origin, host, "sec-websocket-protocol": protocols } = request.headers;
  if (connections.closing) return { status: 503, reason: "the server is shutting down" };
  if (pathOf(request) !== path) return { status: 404, reason: `not found: the WAMP WebSocket endpoint is ${path}` };
  if (!originPolicy({ origin, host, peer }))
    return {
      status: 403,
      reason: `origin ${origin ?? ""} is not allowed`,
      limit: "origin",
      remedy: "add it to the allowed origins",
    };
  if (!connections.makeRoom())
    return {
      status: 503,
      reason: `the server is full (${connections.max} connections)`,
      limit: "connections",
      remedy: "raise maxConnections",
    };
  const offered = offeredSubprotocols(protocols);
  if (negotiate(subprotocols, offered) !== undefined) return undefined;
  const reason = `no WAMP subprotocol in common: ${offered.join(", ") || "none"} offered, ${listSubprotocols(subprotocols)} supported`;
  return { status: 400, reason };
}

/** The names in a `Sec-WebSocket-Protocol` header. */
function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
