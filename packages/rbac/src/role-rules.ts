import { type MatchPolicy, type Uri } from "@kreuz/codec";
import { type ActionType, PatternIndex } from "@kreuz/router";
import { covers, overlaps, type Pattern } from "./pattern.js";
import { bySpecificity } from "./specificity.js";

/** What a rule allows. What is not said is denied. */
export interface Allowed {
  readonly call?: boolean;
  readonly register?: boolean;
  readonly subscribe?: boolean;
  readonly publish?: boolean;
}

/** One rule of a role: what it may do with the URIs that a pattern matches. */
export interface Permission {
  /** A URI, the beginning of URIs, or a pattern with empty components, as `match` says. */
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
  readonly allow: Allowed;
}

interface Rule extends Pattern {
  readonly allow: Allowed;
  /** Position among the role's rules, the most specific one being 0. */
  readonly rank: number;
}

/** The rules of one role, the most specific first. */
export class RoleRules {
  readonly #rules: readonly Rule[];
  readonly #index: PatternIndex<Rule> = new PatternIndex();

  constructor(permissions: readonly Permission[]) {
    this.#rules = permissions
      .map(({ uri, match = "exact", allow }) => ({ uri, match, allow }))
      .toSorted(bySpecificity)
      .map((rule, rank) => ({ ...rule, rank }));
    for (const rule of this.#rules) this.#index.set(rule.uri, rule.match, rule);
  }

  /** Whether the action is allowed on every URI that it can reach. */
  allows(type: ActionType, uri: Uri, match: MatchPolicy): boolean {
    return match === "exact" ? this.#deciding(uri)?.allow[type] === true : this.#allowsAll(type, { uri, match });
  }

  /** The most specific rule that matches one concrete URI. */
  #deciding(uri: Uri): Rule | undefined {
    let deciding: Rule | undefined;
    for (const rule of this.#index.all(uri)) if (deciding === undefined || rule.rank < deciding.rank) deciding = rule;
    return deciding;
  }

  /**
   * Walks from the most to the least specific rule until one matches the whole area: the rules after it decide nothing
   * there, and of those before it none that touches the area may deny.
   */
  #allowsAll(type: ActionType, area: Pattern): boolean {
    for (const rule of this.#rules) {
      if (!overlaps(rule, area)) continue;
      if (rule.allow[type] !== true) return false;
      if (covers(rule, area)) return true;
    }
    return false;
  }
}
