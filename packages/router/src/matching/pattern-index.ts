import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import { PrefixTree } from "./prefix-tree.js";
import { WildcardIndex } from "./wildcard-index.js";

/**
 * Values under URI patterns of all three match policies, for subscriptions (all matches) and registrations (the best
 * match). Matching time depends on the length of the URI, not on the number of patterns.
 */
export class PatternIndex<T> {
  readonly #exact = new Map<Uri, T>();
  readonly #prefixes = new PrefixTree<T>();
  readonly #wildcards = new WildcardIndex<T>();

  get size(): number {
    return this.#exact.size + this.#prefixes.size + this.#wildcards.size;
  }

  /** Whether there is any `prefix` or `wildcard` entry. */
  get hasPatterns(): boolean {
    return this.#prefixes.size > 0 || this.#wildcards.size > 0;
  }

  get(pattern: Uri, match: MatchPolicy): T | undefined {
    return this.#store(match).get(pattern);
  }

  /**
   * Whether there is room for a new pattern of this owner: the number of wildcard shapes is bounded, so that matching stays
   * fast, and so is the share of each owner.
   */
  hasRoomFor(pattern: Uri, match: MatchPolicy, owner: Id): boolean {
    return match !== "wildcard" || this.#wildcards.hasRoomFor(pattern, owner);
  }

  /** @param owner - whose share of the wildcard shapes the pattern counts to, if its shape is new. */
  set(pattern: Uri, match: MatchPolicy, value: T, owner?: Id): void {
    if (match === "exact") this.#exact.set(pattern, value);
    else if (match === "prefix") this.#prefixes.set(pattern, value);
    else this.#wildcards.set(pattern, value, owner);
  }

  delete(pattern: Uri, match: MatchPolicy): void {
    this.#store(match).delete(pattern);
  }

  /** The value under exactly this URI with policy `exact`. */
  exact(uri: Uri): T | undefined {
    return this.#exact.get(uri);
  }

  /** All values whose `prefix` or `wildcard` pattern matches the URI: prefixes from short to long, then wildcards. */
  patterns(uri: Uri): T[] {
    const found: T[] = [];
    if (this.#prefixes.size > 0) this.#prefixes.collect(uri, found);
    if (this.#wildcards.size > 0) this.#wildcards.collect(uri, found);
    return found;
  }

  /** All values that match the URI, the exact one first. */
  all(uri: Uri): T[] {
    const exact = this.#exact.get(uri);
    return exact === undefined ? this.patterns(uri) : [exact, ...this.patterns(uri)];
  }

  /** The value a call is routed to: exact, else the longest prefix, else the best wildcard (spec: "Calls matching multiple registrations"). */
  best(uri: Uri): T | undefined {
    const exact = this.#exact.get(uri);
    if (exact !== undefined || !this.hasPatterns) return exact;
    const found: T[] = [];
    this.#prefixes.collect(uri, found);
    if (found.length > 0) return found[found.length - 1];
    this.#wildcards.collect(uri, found, 1);
    return found[0];
  }

  #store(match: MatchPolicy): Map<Uri, T> | PrefixTree<T> | WildcardIndex<T> {
    return match === "exact" ? this.#exact : match === "prefix" ? this.#prefixes : this.#wildcards;
  }
}

/** Whether a concrete URI matches a pattern (spec: "Pattern-based Subscription"). */
export function matchesPattern(uri: Uri, pattern: Uri, match: MatchPolicy): boolean {
  if (match === "exact") return uri === pattern;
  if (match === "prefix") return uri.startsWith(pattern);
  const components = uri.split(".");
  const wanted = pattern.split(".");
  return (
    components.length === wanted.length &&
    wanted.every((component, index) => component === "" || component === components[index])
  );
}
