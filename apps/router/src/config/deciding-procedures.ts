import type { ExtensionRef } from "@kreuz/codec";
import { rbac } from "@kreuz/rbac";
import type { ActionType, Decision, SessionInfo } from "@kreuz/router";
import { CREDENTIAL_METHODS } from "./auth-config.js";
import type { Config, RealmConfig, RoleConfig } from "./config.js";
import type { ConfigPath, Report } from "./config-problem.js";
import { namesExtension } from "./extension-config.js";
import { permissionOf } from "./permission.js";

/** A procedure that decides who gets in, or what a session may do: whoever offers it decides. */
export interface DecidingProcedure {
  readonly uri: string;
  /** Realm where it is registered. */
  readonly realm: string;
  /** Where the config names it. */
  readonly path: ConfigPath;
}

/** The procedures of all dynamic authenticators and authorizers. */
export function decidingProcedures({ realms }: Pick<Config, "realms">): readonly DecidingProcedure[] {
  return realms.flatMap(({ name, auth, roles, authorizer }, index) => {
    const found: DecidingProcedure[] = [];
    const add = (
      given: { procedure?: string | undefined; realm?: string | undefined } | ExtensionRef | undefined,
      ...at: ConfigPath
    ) => {
      if (given !== undefined && !namesExtension(given) && given.procedure !== undefined)
        found.push({ uri: given.procedure, realm: given.realm ?? name, path: ["realms", index, ...at, "procedure"] });
    };
    for (const method of CREDENTIAL_METHODS) add(auth[method], "auth", method);
    add(authorizer, "authorizer");
    for (const [position, role] of roles.entries()) add(role.authorizer, "roles", position, "authorizer");
    return found;
  });
}

/** The URIs of those that are registered in one realm. */
export function decidingProceduresIn(config: Pick<Config, "realms">, realm: string): readonly string[] {
  return decidingProcedures(config)
    .filter((procedure) => procedure.realm === realm)
    .map(({ uri }) => uri);
}

/**
 * Refuses a config in which a deciding procedure can get into the wrong hands: more than one role may register it, or
 * anonymous clients may, or another role may call it and so learn the secrets that it returns.
 */
export function checkDecidingProcedures(config: Config, report: Report): void {
  for (const { uri, realm, path } of decidingProcedures(config)) {
    const place = config.realms.find(({ name }) => name === realm);
    if (place !== undefined) checkAccess(uri, place, (message) => report(path, message));
  }
}

function checkAccess(
  uri: string,
  { name, auth, roles, authorizer }: RealmConfig,
  report: (message: string) => void,
): void {
  // Roles that a procedure decides about may never register or call a deciding procedure; see realmAuthorizer.
  const ruled = roles.filter((role) => !isDecidedByProcedure(role, authorizer));
  const callees = ruled.filter((role) => isAllowed(role, "register", uri)).map((role) => role.name);
  const callers = ruled.filter((role) => isAllowed(role, "call", uri)).map((role) => role.name);
  const deny = `{ uri: ${uri}, allow: {} }`;
  if (callees.length > 1)
    report(
      `expected one role of realm "${name}" that may register "${uri}", because whoever does decides; got ${callees.join(", ")}. Give the others the permission ${deny}`,
    );
  else if (callees[0] !== undefined && callees[0] === auth.anonymous?.role)
    report(
      `anonymous clients of realm "${name}" may register "${uri}" as ${callees[0]}, and whoever does decides. Let the component log in, with a role of its own`,
    );
  for (const caller of callers.filter((role) => role !== callees[0]))
    report(
      `role ${caller} of realm "${name}" may call "${uri}", and so learn what it returns. Give the role the permission ${deny}`,
    );
}

function isDecidedByProcedure({ permissions, authorizer }: RoleConfig, ofRealm: unknown): boolean {
  return authorizer !== undefined || (permissions.length === 0 && ofRealm !== undefined);
}

function isAllowed({ name, permissions }: RoleConfig, type: ActionType, uri: string): boolean {
  let decision: Decision | Promise<Decision>;
  try {
    const rules = rbac({ roles: [{ name, permissions: permissions.map(permissionOf) }] });
    decision = rules.authorize({ authrole: name } as SessionInfo, { type, uri, match: "exact" });
  } catch {
    // The permissions are wrong, which is reported at their own place.
    return false;
  }
  return decision !== false;
}
