import type { Clock } from "@kreuz/codec";
import { authorizeByProcedure, dynamicAuthorizer, type Permission, rbac } from "@kreuz/rbac";
import type { Authorizer } from "@kreuz/router";
import type { AuthorizerConfig, PermissionConfig, RealmConfig } from "../config/config.js";
import type { ServiceSessions } from "./service-sessions.js";

/** Creates the authorizer of a realm: by the permissions of each role, or by the procedure that the config names. */
export function realmAuthorizer(
  { name, roles, authorizer: ofRealm }: RealmConfig,
  services: ServiceSessions,
  clock: Clock,
): Authorizer {
  const byPermissions = rbac({
    roles: roles.map((role) => ({ name: role.name, permissions: role.permissions.map(permissionOf) })),
  });
  const byProcedure = new Map<string, Authorizer>();
  for (const { name: role, permissions, authorizer = permissions.length === 0 ? ofRealm : undefined } of roles)
    if (authorizer !== undefined) byProcedure.set(role, procedureAuthorizer(authorizer, name, services, clock));
  return {
    authorize: (session, action) => (byProcedure.get(session.authrole) ?? byPermissions).authorize(session, action),
  };
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
