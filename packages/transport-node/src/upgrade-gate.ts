import type { IncomingMessage } from "node:http";
import { pathOf } from "./http-answers.js";
import type { LimitName } from "./limit-name.js";
import type { OriginPolicy } from "./origin-policy.js";
import { type CodecTable, negotiate, offeredSubprotocols } from "./subprotocol.js";

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
  readonly maxConnections: number;
  readonly codecs: CodecTable;
}

/** The first rule that `request` breaks, if any. */
export function refusalOf(request: IncomingMessage, connections: number, rules: UpgradeRules): Refusal | undefined {
  const { headers, socket } = request;
  if (pathOf(request) !== rules.path)
    return { status: 404, reason: `nothing here: the WAMP WebSocket endpoint is ${rules.path}` };
  if (!rules.allows({ origin: headers.origin, host: headers.host, peer: socket.remoteAddress }))
    return { status: 403, reason: `origin ${headers.origin ?? ""} is not allowed here`, limit: "origin" };
  if (connections >= rules.maxConnections)
    return { status: 503, reason: `all ${rules.maxConnections} connections are taken`, limit: "connections" };
  const offered = offeredSubprotocols(headers["sec-websocket-protocol"]);
  if (negotiate(rules.codecs, offered) === undefined)
    return {
      status: 400,
      reason: `no WAMP subprotocol in common: ${offered.join(", ") || "none"} offered, ${[...rules.codecs.keys()].join(", ")} supported`,
    };
  return undefined;
}
