import { authorizeByProcedure, dynamicAuthorizer, type Permission, rbac } from "@kreuz/rbac";
import type { Authorizer } from "@kreuz/router";
import type { AuthorizerConfig, PermissionConfig, RealmConfig } from "../config/config.js";
import type { ServiceSessions } from "./service-sessions.js";

/** Who decides in a realm: of each role its permissions, or the procedure that its config names. */
export function realmAuthorizer(
  { name, roles, authorizer: ofRealm }: RealmConfig,
  services: ServiceSessions,
): Authorizer {
  const byRules = rbac({
    roles: roles.map((role) => ({ name: role.name, permissions: role.permissions.map(permissionOf) })),
  });
  const byProcedure = new Map<string, Authorizer>();
  for (const { name: role, permissions, authorizer = permissions.length === 0 ? ofRealm : undefined } of roles)
    if (authorizer !== undefined) byProcedure.set(role, procedureAuthorizer(authorizer, name, services));
  return {
    authorize: (session, action) => (byProcedure.get(session.authrole) ?? byRules).authorize(session, action),
  };
}

function procedureAuthorizer(
  { procedure, realm, timeoutMs, cacheTtlMs }: AuthorizerConfig,
  own: string,
  services: ServiceSessions,
): Authorizer {
  const caller = () => services.in(realm ?? own);
  return dynamicAuthorizer({
    authorize: authorizeByProcedure({ procedure, caller, timeout: timeoutMs }),
    timeout: timeoutMs,
    cacheTtl: cacheTtlMs,
  });
}

function permissionOf({ uri, match, allow, disclose, trustlevel, maxCallTimeoutMs }: PermissionConfig): Permission {
  return {
    uri,
    match,
    allow,
    ...(disclose === undefined ? {} : { disclose }),
    ...(trustlevel === undefined ? {} : { trustlevel }),
    ...(maxCallTimeoutMs === undefined ? {} : { maxCallTimeout: maxCallTimeoutMs }),
  };
}
