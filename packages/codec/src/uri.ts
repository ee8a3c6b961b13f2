/** A WAMP URI: components separated by dots (spec: "URIs"). {@link isUri} checks one. */
export type Uri = string;

/** How the URI of a subscription or registration matches a concrete URI (spec: "Pattern-based Subscriptions"). */
export type MatchPolicy = "exact" | "prefix" | "wildcard";

/** Which characters a URI component may have (spec: "Relaxed/Loose URIs", "Strict URIs"). */
export type UriRule = "loose" | "strict";

const LOOSE = /^(?:[^\s.#]+\.)*[^\s.#]+$/u;
const LOOSE_WITH_EMPTY = /^(?:[^\s.#]*\.)*[^\s.#]*$/u;
const STRICT = /^(?:[0-9a-z_]+\.)*[0-9a-z_]+$/;
const STRICT_WITH_EMPTY = /^(?:[0-9a-z_]*\.)*[0-9a-z_]*$/;

/** Maximum length of a URI in UTF-16 code units. Bounds matching and log lines. */
export const MAX_URI_LENGTH = 1024;

/** Whether a string is a concrete URI: not too long, no empty component, only characters that `rule` allows. */
export function isUri(value: string, rule: UriRule = "loose"): boolean {
  return value.length <= MAX_URI_LENGTH && (rule === "strict" ? STRICT : LOOSE).test(value);
}

/**
 * Whether a string is a URI to subscribe to or register under the policy `match`. A wildcard pattern may have empty
 * components, each of which matches any one component. A prefix may be empty or end in a dot.
 */
export function isPatternUri(value: string, match: MatchPolicy, rule: UriRule = "loose"): boolean {
  if (match === "exact") return isUri(value, rule);
  if (value.length > MAX_URI_LENGTH) return false;
  if (match === "wildcard") return (rule === "strict" ? STRICT_WITH_EMPTY : LOOSE_WITH_EMPTY).test(value);
  return value === "" || isUri(value.endsWith(".") ? value.slice(0, -1) : value, rule);
}

/** Whether the first component is `wamp`, which is reserved for the router and its plugins (spec: "Reserved URIs"). */
export function isReservedUri(uri: Uri): boolean {
  return uri.startsWith("wamp.") || uri === "wamp";
}
