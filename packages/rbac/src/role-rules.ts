import { type MatchPolicy, type Uri } from "@kreuz/codec";
import { type ActionType, type Decision, PatternIndex } from "@kreuz/router";
import { covers, literalHead, overlaps, type Pattern } from "./pattern.js";
import { permitOf, type PermitOptions } from "./permit-options.js";

/** The actions that a rule allows. Absent means denied. */
export interface AllowedActions {
  readonly call?: boolean;
  readonly register?: boolean;
  /** Take over, with `force_reregister`, what others have registered. Means nothing without `register`. */
  readonly forceReregister?: boolean;
  readonly subscribe?: boolean;
  readonly publish?: boolean;
}

/** A rule of a role: the actions that it allows on the URIs of a pattern. */
export interface Permission extends PermitOptions {
  /** A URI, a prefix of URIs, or a pattern with empty components, depending on `match`. */
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
  readonly allow: AllowedActions;
}

interface Rule extends Pattern {
  readonly allow: AllowedActions;
  /** The decision for calls and publications that the rule allows. */
  readonly permit: Decision;
  /** Position among the role's rules; 0 is the most specific. */
  readonly rank: number;
}

const ALLOWED_TO_FORCE: Decision = Object.freeze({ allow: true, forceReregister: true });

/** The rules of one role, the most specific first. */
export class RoleRules {
  readonly #rules: readonly Rule[];
  readonly #index: PatternIndex<Rule> = new PatternIndex();

  constructor(permissions: readonly Permission[]) {
    this.#rules = permissions
      .map(({ uri, match = "exact", allow, ...options }) => ({ uri, match, allow, permit: permitOf(options) }))
      .toSorted(bySpecificity)
      .map((rule, rank) => ({ ...rule, rank }));
    for (const rule of this.#rules) this.#index.set(rule.uri, rule.match, rule);
  }

  /**
   * Decides about one action. A pattern is allowed only if the action is allowed on every URI that it matches. Calls and
   * publications get the permit options of the rule that decides.
   */
  decide(type: ActionType, uri: Uri, match: MatchPolicy): Decision {
    if (match !== "exact") return this.#allowsPattern(type, { uri, match });
    const rule = this.#mostSpecific(uri);
    if (rule === undefined || rule.allow[type] !== true) return false;
    if (type === "register") return rule.allow.forceReregister === true ? ALLOWED_TO_FORCE : true;
    return type === "subscribe" ? true : rule.permit;
  }

  /** The most specific rule that matches one concrete URI. */
  #mostSpecific(uri: Uri): Rule | undefined {
    let found: Rule | undefined;
    for (const rule of this.#index.all(uri)) if (found === undefined || rule.rank < found.rank) found = rule;
    return found;
  }

  /**
   * Walks the rules from the most specific on. The first rule that covers the whole pattern ends the walk: later rules
   * decide about none of its URIs. Every rule before it that overlaps the pattern decides about some, and must allow.
   */
  #allowsPattern(type: ActionType, pattern: Pattern): Decision {
    let force = type === "register";
    for (const rule of this.#rules) {
      if (!overlaps(rule, pattern)) continue;
      if (rule.allow[type] !== true) return false;
      force &&= rule.allow.forceReregister === true;
      if (covers(rule, pattern)) return force ? ALLOWED_TO_FORCE : true;
    }
    return false;
  }
}

/**
 * Orders rules from the most to the least specific, for `sort`. Of two rules that match the same URI, the one with more
 * literal text from the left is more specific: an exact rule before all others, a longer prefix before a shorter one,
 * `com.shop..price` before `com...price`. If a prefix ends where a wildcard pattern has its first empty component, the
 * wildcard pattern goes first, because it also fixes the number of components.
 *
 * The order does not depend on the URI, so one walk over the rules can judge all URIs of a pattern.
 */
export function bySpecificity(a: Pattern, b: Pattern): number {
  return (
    literalHead(b).length - literalHead(a).length ||
    MATCH_ORDER[a.match] - MATCH_ORDER[b.match] ||
    compareText(literalMask(b), literalMask(a)) ||
    compareText(a.uri, b.uri)
  );
}

const MATCH_ORDER = { exact: 0, wildcard: 1, prefix: 2 };

/** `1` for each literal component and `0` for each empty one. Compared as text, literals further left weigh more. */
function literalMask({ uri, match }: Pattern): string {
  if (match !== "wildcard") return "";
  return uri
    .split(".")
    .map((component) => (component === "" ? "0" : "1"))
    .join("");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
