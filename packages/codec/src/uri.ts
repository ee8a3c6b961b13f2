import type { MatchPolicy, Uri } from "./types.js";

/** Which characters a URI component may have: the spec's loose rule, or the recommended strict one. */
export type UriRule = "loose" | "strict";

const LOOSE = /^(?:[^\s.#]+\.)*[^\s.#]+$/u;
const LOOSE_WITH_EMPTY = /^(?:[^\s.#]*\.)*[^\s.#]*$/u;
const STRICT = /^(?:[0-9a-z_]+\.)*[0-9a-z_]+$/;
const STRICT_WITH_EMPTY = /^(?:[0-9a-z_]*\.)*[0-9a-z_]*$/;

/** Longest URI that is accepted, in UTF-16 code units: keeps matching and every log line bounded. */
export const MAX_URI_LENGTH = 1024;

/** True for a concrete URI: no empty component (spec: "Relaxed/Loose URIs", "Strict URIs"). */
export function isUri(value: string, rule: UriRule = "loose"): boolean {
  return value.length <= MAX_URI_LENGTH && (rule === "strict" ? STRICT : LOOSE).test(value);
}

/**
 * True for a URI to subscribe or register with under `match`. Wildcard patterns may have empty components anywhere
 * (each stands for one component); prefixes may be empty or end in a dot; exact ones are plain URIs.
 */
export function isPatternUri(value: string, match: MatchPolicy, rule: UriRule = "loose"): boolean {
  if (match === "exact") return isUri(value, rule);
  if (value.length > MAX_URI_LENGTH) return false;
  if (match === "wildcard") return (rule === "strict" ? STRICT_WITH_EMPTY : LOOSE_WITH_EMPTY).test(value);
  return value === "" || isUri(value.endsWith(".") ? value.slice(0, -1) : value, rule);
}

/** True for URIs whose first component is `wamp`: only the router and its plugins speak there (spec: "Reserved URIs"). */
export function isReservedUri(uri: Uri): boolean {
  return uri.startsWith("wamp.") || uri === "wamp";
}
