import {
  ErrorUri,
  isPatternUri,
  isReservedUri,
  isUri,
  WampError,
  type MatchPolicy,
  type Uri,
  type UriRule,
} from "@kreuz/codec";
import type { RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";

/** Decides which URIs sessions may use, for broker and dealer alike (spec: "URIs", "Reserved URIs"). */
export class UriPolicy {
  readonly rule: UriRule;
  readonly #limits: RouterLimits;
  readonly #metrics: Metrics;

  constructor(rule: UriRule, { limits, metrics }: { readonly limits: RouterLimits; readonly metrics: Metrics }) {
    this.rule = rule;
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  checkConcrete(what: string, uri: Uri): void {
    this.#checkLength(what, uri);
    if (!isUri(uri, this.rule)) throw invalid(what, uri, `is not a valid ${this.rule} URI`);
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  checkPattern(what: string, uri: Uri, match: MatchPolicy): void {
    this.#checkLength(what, uri);
    if (match === "wildcard") this.#checkComponents(what, uri);
    if (!isPatternUri(uri, match, this.rule))
      throw invalid(what, uri, `is not a valid ${this.rule} URI to match ${match}`);
  }

  /**
   * Refuses URIs under `wamp.`, which only the router's own sessions may use.
   * @throws WampError `wamp.error.invalid_uri`
   */
  checkNotReserved(what: string, uri: Uri): void {
    if (isReservedUri(uri)) throw invalid(what, uri, "is reserved: only the router may use URIs under wamp.");
  }

  #checkComponents(what: string, pattern: Uri): void {
    const { patternComponents } = this.#limits;
    const { length } = pattern.split(".");
    if (length <= patternComponents) return;
    this.#metrics.count("limit_pattern_components");
    throw invalid(what, pattern, `has ${length} components; the maximum of a wildcard pattern is ${patternComponents}`);
  }

  /** Other limits count URIs, not their characters, so the length of each is bounded here. */
  #checkLength(what: string, uri: Uri): void {
    const { uriLength } = this.#limits;
    if (uri.length <= uriLength) return;
    this.#metrics.count("limit_uri_length");
    throw invalid(what, uri, `has ${uri.length} characters; the maximum is ${uriLength}`);
  }
}

function invalid(what: string, uri: Uri, problem: string): WampError {
  return new WampError(ErrorUri.INVALID_URI, `${what} "${uri.length > 80 ? `${uri.slice(0, 80)}…` : uri}" ${problem}`);
}
