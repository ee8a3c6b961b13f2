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

/** Which URIs sessions may use; one rule for all that broker and dealer do (spec: "URIs", "Reserved URIs"). */
export class UriPolicy {
  readonly #rule: UriRule;

  constructor(rule: UriRule) {
    this.#rule = rule;
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  checkConcrete(what: string, uri: Uri): void {
    if (!isUri(uri, this.#rule)) throw invalid(what, uri, `is not a valid ${this.#rule} URI`);
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  checkPattern(what: string, uri: Uri, match: MatchPolicy): void {
    if (!isPatternUri(uri, match, this.#rule))
      throw invalid(what, uri, `is not a valid ${this.#rule} URI to match ${match}`);
  }

  /**
   * Refuses URIs under `wamp.`: there only the router's own sessions speak.
   * @throws WampError `wamp.error.invalid_uri`
   */
  checkNotReserved(what: string, uri: Uri): void {
    if (isReservedUri(uri)) throw invalid(what, uri, "is reserved: only the router speaks under wamp.");
  }
}

function invalid(what: string, uri: Uri, problem: string): WampError {
  return new WampError(ErrorUri.INVALID_URI, `${what} "${uri.length > 80 ? `${uri.slice(0, 80)}…` : uri}" ${problem}`);
}
