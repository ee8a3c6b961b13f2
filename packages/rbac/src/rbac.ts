import { ConfigError, isPatternUri, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { Action, ActionType, Authorizer, Decision, SessionInfo } from "@kreuz/router";
import { type Permission, RoleRules } from "./role-rules.js";
import { wrongTerm } from "./permit-options.js";

/** A role and what its sessions may do. */
export interface Role {
  readonly name: string;
  /** In any order: the most specific rule that matches decides. Without rules a role may do nothing. */
  readonly permissions?: readonly Permission[];
}

/** Settings of {@link rbac}. */
export interface RbacOptions {
  readonly roles: readonly Role[];
  /** Decisions that are remembered for each role. Default 10 000. */
  readonly cachedDecisions?: number;
}

const DEFAULT_CACHED_DECISIONS = 10_000;

/**
 * Decides by the session's role and that role's rules; what no rule allows is denied. The match policy of a
 * subscription or registration is part of the question: it is allowed only if the action is allowed on every URI that
 * the pattern can reach.
 *
 * @throws ConfigError for a role or rule that occurs twice, for a URI that does not fit its match policy, and for
 * terms out of their range.
 */
export function rbac({ roles, cachedDecisions = DEFAULT_CACHED_DECISIONS }: RbacOptions): Authorizer {
  checkRoles(roles);
  const deciders = new Map(roles.map((role) => [role.name, decider(role, cachedDecisions)]));
  return { authorize: (session: SessionInfo, action) => deciders.get(session.authrole)?.(action) ?? false };
}

function decider({ permissions = [] }: Role, cachedDecisions: number): (action: Action) => Decision {
  const rules = new RoleRules(permissions);
  const cache = new DecisionCache(cachedDecisions);
  return ({ type, uri, match }) => {
    const known = cache.get(type, uri, match);
    if (known !== undefined) return known;
    const decision = rules.decide(type, uri, match);
    cache.set(type, uri, match, decision);
    return decision;
  };
}

function checkRoles(roles: readonly Role[]): void {
  const names = new Set<string>();
  for (const [index, { name, permissions = [] }] of roles.entries()) {
    const path = `roles[${index}]`;
    if (names.has(name)) throw new ConfigError(`${path}.name`, `there is a role "${name}" already`);
    names.add(name);
    checkPermissions(`${path}.permissions`, permissions);
  }
}

function checkPermissions(path: string, permissions: readonly Permission[]): void {
  const patterns = new Set<string>();
  for (const [index, { uri, match = "exact", ...terms }] of permissions.entries()) {
    const at = `${path}[${index}].uri`;
    const wrong = wrongTerm(terms);
    if (wrong !== undefined) throw new ConfigError(`${path}[${index}].${wrong[0]}`, wrong[1]);
    if (!isPatternUri(uri, match)) throw new ConfigError(at, `"${uri}" is not a valid URI to match ${match}`);
    // URIs hold no white space, so the two cannot be confused.
    const pattern = `${match} ${uri}`;
    if (patterns.has(pattern)) throw new ConfigError(at, `this role has a rule for ${match} "${uri}" already`);
    patterns.add(pattern);
  }
}

type Decisions = Map<Uri, Decision>;

/** A URI of any length may be asked for, but only short ones are remembered: the bound is one of memory, too. */
const LONGEST_URI = 256;

/** Decisions of one role by action, match policy and URI. Bounded: when it is full, it starts anew. */
class DecisionCache {
  readonly #capacity: number;
  readonly #decisions: Readonly<Record<ActionType, Readonly<Record<MatchPolicy, Decisions>>>>;
  #size = 0;

  /** @param capacity - decisions that are kept at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#decisions = { call: byMatch(), register: byMatch(), subscribe: byMatch(), publish: byMatch() };
  }

  get size(): number {
    return this.#size;
  }

  get(type: ActionType, uri: Uri, match: MatchPolicy): Decision | undefined {
    return this.#decisions[type][match].get(uri);
  }

  set(type: ActionType, uri: Uri, match: MatchPolicy, decision: Decision): void {
    if (uri.length > LONGEST_URI) return;
    if (this.#size >= this.#capacity) this.#clear();
    this.#decisions[type][match].set(uri, decision);
    this.#size++;
  }

  #clear(): void {
    for (const byMatch of Object.values(this.#decisions))
      for (const decisions of Object.values(byMatch)) decisions.clear();
    this.#size = 0;
  }
}

function byMatch(): Record<MatchPolicy, Decisions> {
  return { exact: new Map(), prefix: new Map(), wildcard: new Map() };
}
