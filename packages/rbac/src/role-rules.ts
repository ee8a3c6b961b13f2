import { type MatchPolicy, type Uri } from "@kreuz/codec";
import { type ActionType, type Decision, PatternIndex } from "@kreuz/router";
import { covers, literalHead, overlaps, type Pattern } from "./pattern.js";
import { permitOf, type Terms } from "./permit-options.js";

/** What a rule allows. What is not said is denied. */
export interface Allowed {
  readonly call?: boolean;
  readonly register?: boolean;
  readonly subscribe?: boolean;
  readonly publish?: boolean;
}

/** One rule of a role: what it may do with the URIs that a pattern matches, and under which terms. */
export interface Permission extends Terms {
  /** A URI, the beginning of URIs, or a pattern with empty components, as `match` says. */
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
  readonly allow: Allowed;
}

interface Rule extends Pattern {
  readonly allow: Allowed;
  /** The decision for a call or publication that the rule allows. */
  readonly permit: Decision;
  /** Position among the role's rules, the most specific one being 0. */
  readonly rank: number;
}

/** The rules of one role, the most specific first. */
export class RoleRules {
  readonly #rules: readonly Rule[];
  readonly #index: PatternIndex<Rule> = new PatternIndex();

  constructor(permissions: readonly Permission[]) {
    this.#rules = permissions
      .map(({ uri, match = "exact", allow, ...terms }) => ({ uri, match, allow, permit: permitOf(terms) }))
      .toSorted(bySpecificity)
      .map((rule, rank) => ({ ...rule, rank }));
    for (const rule of this.#rules) this.#index.set(rule.uri, rule.match, rule);
  }

  /**
   * Whether the action is allowed on every URI that it can reach. Calls and publications, which reach one, are allowed
   * under the terms of the rule that decides.
   */
  decide(type: ActionType, uri: Uri, match: MatchPolicy): Decision {
    if (match !== "exact") return this.#allowsAll(type, { uri, match });
    const rule = this.#deciding(uri);
    if (rule === undefined || rule.allow[type] !== true) return false;
    return type === "call" || type === "publish" ? rule.permit : true;
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

/**
 * Orders rules from the most to the least specific, for `sort`. Of two rules that match the same URI, the one that says
 * more of it literally, read from the left, is the more specific: an exact rule before all others, a longer prefix
 * before a shorter one, `com.shop..price` before `com...price`. Where a prefix ends just as a wildcard pattern has its
 * first empty component, the wildcard pattern goes first, because it says how many components there are.
 *
 * The order does not depend on the URI, so that a whole area of URIs can be judged by walking the rules once.
 */
export function bySpecificity(a: Pattern, b: Pattern): number {
  return (
    literalHead(b).length - literalHead(a).length ||
    KIND[a.match] - KIND[b.match] ||
    compareText(shape(b), shape(a)) ||
    compareText(a.uri, b.uri)
  );
}

const KIND = { exact: 0, wildcard: 1, prefix: 2 };

/** `1` for each literal component, `0` for each empty one: compared as text, literals further left weigh more. */
function shape({ uri, match }: Pattern): string {
  if (match !== "wildcard") return "";
  return uri
    .split(".")
    .map((component) => (component === "" ? "0" : "1"))
    .join("");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
