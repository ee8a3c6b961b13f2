import { createHash } from "node:crypto";
import type { Clock } from "@kreuz/codec";
import { authorizeByProcedure, dynamicAuthorizer, rbac } from "@kreuz/rbac";
import { type Action, type Authorizer, denyAll, matchesPattern, type RealmPart } from "@kreuz/router";
import type { AuthorizerConfig, RealmConfig } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import { permissionOf } from "../config/permission.js";
import type { ServiceSessions } from "./service-sessions.js";

/** The authorizers of packages. */
export interface ExtensionAuthorizers {
  readonly realm: (Authorizer & RealmPart) | undefined;
  readonly roles: ReadonlyMap<string, Authorizer & RealmPart>;
}

const NO_EXTENSIONS: ExtensionAuthorizers = { realm: undefined, roles: new Map() };

/**
 * Creates the authorizer of a realm: by the permissions of each role, or by the procedure or package that the config names. No
 * procedure can allow a role to register or call a deciding procedure.
 *
 * @param deciding - the procedures of this realm that authenticate or authorize clients.
 * @param extensions - the authorizers of packages: that of the realm, and those of roles by name.
 */
export function realmAuthorizer(
  { name, roles, authorizer: ofRealm }: RealmConfig,
  services: ServiceSessions,
  deciding: readonly string[],
  clock: Clock,
  extensions: ExtensionAuthorizers = NO_EXTENSIONS,
): Authorizer {
  const byPermissions = rbac({
    roles: roles.map((role) => ({ name: role.name, permissions: role.permissions.map(permissionOf) })),
  });
  const byOther = new Map<string, Authorizer>();
  for (const { name: role, permissions, authorizer = permissions.length === 0 ? ofRealm : undefined } of roles)
    if (namesExtension(authorizer)) byOther.set(role, extensions.roles.get(role) ?? extensions.realm ?? denyAll);
    else if (authorizer !== undefined) byOther.set(role, procedureAuthorizer(authorizer, name, services, clock));
  return {
    rules: digestOf(roles),
    authorize(session, action) {
      const asked = byOther.get(session.authrole);
      if (asked === undefined) return byPermissions.authorize(session, action);
      return deciding.length > 0 && reaches(action, deciding) ? false : asked.authorize(session, action);
    },
  };
}

/** Names the permissions of roles, so that the nodes of a cluster can compare theirs. */
function digestOf(roles: RealmConfig["roles"]): string {
  const rules = roles.map(({ name, permissions }) => [name, permissions]);
  return createHash("sha256").update(JSON.stringify(rules)).digest("hex").slice(0, 16);
}

function reaches({ type, uri, match }: Action, procedures: readonly string[]): boolean {
  return (
    (type === "register" || type === "call") && procedures.some((procedure) => matchesPattern(procedure, uri, match))
  );
}

function procedureAuthorizer(
  { procedure, realm, timeoutMs, cacheTtlMs }: AuthorizerConfig,
  ownRealm: string,
  services: ServiceSessions,
  clock: Clock,
): Authorizer {
  const caller = () => services.in(realm ?? ownRealm);
  return dynamicAuthorizer({
    authorize: authorizeByProcedure({ procedure, caller, timeout: timeoutMs }),
    timeout: timeoutMs,
    cacheTtl: cacheTtlMs,
    clock,
  });
}
