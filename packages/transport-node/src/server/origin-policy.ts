import { isIPv4 } from "node:net";

/** What an {@link OriginPolicy} knows about a request. */
export interface OriginRequest {
  /** The `Origin` header. Only browsers send it. */
  readonly origin: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
  /** Address of the peer. */
  readonly peer: string | undefined;
}

/** Whether a page of this origin may connect (RFC 6455, section 10.2). */
export type OriginPolicy = (request: OriginRequest) => boolean;

/**
 * Without a list, requests pass that have no origin, the same origin, or a loopback origin from this machine. A page that
 * reaches this machine's loopback address under another name (DNS rebinding) does not have the same origin; behind a proxy
 * on the same machine, list the origins.
 *
 * @param allowed - exact origins such as `https://example.com`, `null`, or `*` for any. Requests without an origin pass.
 */
export function originPolicy(allowed: readonly string[] | undefined): OriginPolicy {
  if (allowed === undefined) return isLocalOrSame;
  const list = new Set(allowed.map((origin) => origin.toLowerCase()));
  return list.has("*") ? () => true : ({ origin }) => origin === undefined || list.has(origin.toLowerCase());
}

function isLocalOrSame({ origin, host, peer }: OriginRequest): boolean {
  if (origin === undefined) return true;
  const page = URL.canParse(origin) ? new URL(origin) : undefined;
  if (page === undefined || page.host === "") return false;
  const local = peer !== undefined && isLoopback(peer);
  if (local && isLoopback(page.hostname)) return true;
  if (host === undefined || page.host !== hostOf(host, page.protocol)) return false;
  return !local || isLoopback(page.hostname);
}

/** A `Host` header as `URL` writes it: lower case, without the default port. */
function hostOf(host: string, protocol: string): string | undefined {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").replace(/^::ffff:(?=\d+\.)/, "");
  return (
    bare === "localhost" || bare.endsWith(".localhost") || bare === "::1" || (isIPv4(bare) && bare.startsWith("127."))
  );
}
