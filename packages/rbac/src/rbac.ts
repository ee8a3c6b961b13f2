import { ConfigError, isPatternUri, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { Action, ActionType, Authorizer, Decision, SessionInfo } from "@kreuz/router";
import { type Permission, RoleRules } from "./role-rules.js";
import { findProblem } from "./permit-options.js";

/** A role and the permissions of its sessions. */
export interface Role {
  readonly name: string;
  /** In any order: the most specific rule that matches decides. A role without rules is denied everything. */
  readonly permissions?: readonly Permission[];
}

/** Settings of {@link rbac}. */
export interface RbacOptions {
  readonly roles: readonly Role[];
  /** Number of decisions to cache for each role. Default 10 000. */
  readonly cachedDecisions?: number;
}

const DEFAULT_CACHED_DECISIONS = 10_000;

/**
 * Authorizes by the rules of the session's role. What no rule allows is denied. A subscription or registration by
 * pattern is allowed only if the action is allowed on every URI that the pattern matches.
 *
 * @throws ConfigError when a role or rule occurs twice, a URI does not fit its match policy, or a permit option is out of
 * range. The path names the place, for example `roles[0].permissions[1].uri`.
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
    const cached = cache.get(type, uri, match);
    if (cached !== undefined) return cached;
    const decision = rules.decide(type, uri, match);
    cache.set(type, uri, match, decision);
    return decision;
  };
}

function checkRoles(roles: readonly Role[]): void {
  const names = new Set<string>();
  for (const [index, { name, permissions = [] }] of roles.entries()) {
    const path = `roles[${index}]`;
    if (names.has(name)) throw new ConfigError(`${path}.name`, `role "${name}" is listed twice`);
    names.add(name);
    checkPermissions(`${path}.permissions`, permissions);
  }
}

function checkPermissions(path: string, permissions: readonly Permission[]): void {
  const patterns = new Set<string>();
  for (const [index, { uri, match = "exact", ...options }] of permissions.entries()) {
    const at = `${path}[${index}].uri`;
    const problem = findProblem(options);
    if (problem !== undefined) throw new ConfigError(`${path}[${index}].${problem[0]}`, problem[1]);
    if (!isPatternUri(uri, match)) throw new ConfigError(at, `"${uri}" is not a valid URI for match policy ${match}`);
    // Unambiguous, because URIs have no white space.
    const pattern = `${match} ${uri}`;
    if (patterns.has(pattern)) throw new ConfigError(at, `the role has two rules for ${match} "${uri}"`);
    patterns.add(pattern);
  }
}

type Decisions = Map<Uri, Decision>;

/** Longer URIs are decided but not cached, to bound memory. */
const MAX_CACHED_URI_LENGTH = 256;

/** Caches the decisions of one role by action, match policy and URI. When it is full, it is emptied. */
class DecisionCache {
  readonly #capacity: number;
  readonly #decisions: Readonly<Record<ActionType, Readonly<Record<MatchPolicy, Decisions>>>>;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#decisions = { call: byMatch(), register: byMatch(), subscribe: byMatch(), publish: byMatch() };
  }

  get(type: ActionType, uri: Uri, match: MatchPolicy): Decision | undefined {
    return this.#decisions[type][match].get(uri);
  }

  set(type: ActionType, uri: Uri, match: MatchPolicy, decision: Decision): void {
    if (uri.length > MAX_CACHED_URI_LENGTH) return;
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
