import type { IncomingMessage } from "node:http";
import { pathOf } from "../server/http-answers.js";
import type { LimitName } from "../connection/limit-name.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import type { OpenConnections } from "../server/open-connections.js";
import { negotiate, offeredSubprotocols, plainNames, type SubprotocolTable } from "../connection/subprotocol.js";

/** Why an upgrade request is refused. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** For the author of the client. */
  readonly reason: string;
  readonly limit?: LimitName;
}

/** What an upgrade request must have before it becomes a WebSocket. */
export interface UpgradeRules {
  readonly path: string;
  readonly allows: OriginPolicy;
  readonly open: OpenConnections;
  readonly subprotocols: SubprotocolTable;
}

/** The first rule that `request` breaks, if any. `peer` is the address that it came from. */
export function refusalOf(
  request: IncomingMessage,
  peer: string | undefined,
  rules: UpgradeRules,
): Refusal | undefined {
  const { headers } = request;
  const { open, subprotocols } = rules;
  if (open.closing) return { status: 503, reason: "the server is shutting down" };
  if (pathOf(request) !== rules.path)
    return { status: 404, reason: `nothing here: the WAMP WebSocket endpoint is ${rules.path}` };
  if (!rules.allows({ origin: headers.origin, host: headers.host, peer }))
    return { status: 403, reason: `origin ${headers.origin ?? ""} is not allowed here`, limit: "origin" };
  if (open.full) return { status: 503, reason: `all ${open.max} connections are taken`, limit: "connections" };
  const offered = offeredSubprotocols(headers["sec-websocket-protocol"]);
  if (negotiate(subprotocols, offered) === undefined)
    return {
      status: 400,
      reason: `no WAMP subprotocol in common: ${offered.join(", ") || "none"} offered, ${plainNames(subprotocols)} supported`,
    };
  return undefined;
}
