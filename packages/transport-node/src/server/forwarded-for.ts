import { isIP } from "node:net";
import type { AddressTest } from "./trusted-addresses.js";

/**
 * The client that a chain of trusted proxies speaks for: the last address of `X-Forwarded-For` that is no trusted proxy
 * itself. What stands before it, anybody may have written.
 *
 * @returns `undefined` when the header says nothing that can be believed.
 */
export function forwardedFor(header: string | readonly string[] | undefined, trusted: AddressTest): string | undefined {
  const hops = (typeof header === "string" ? header : (header ?? []).join(",")).split(",").map((hop) => hop.trim());
  let client: string | undefined;
  for (const hop of hops.reverse()) {
    const address = withoutPort(hop);
    if (isIP(address) === 0) break;
    client = address;
    if (!trusted(address)) break;
  }
  return client;
}

/** Some proxies add the port. */
function withoutPort(hop: string): string {
  const [, bracketed, bare] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(hop) ?? [];
  return bracketed ?? bare ?? hop;
}
