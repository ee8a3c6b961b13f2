import { isPatternUri, isUri, type UriRule } from "@kreuz/codec";
import { namesExtension } from "./extension-config.js";
import { findDuplicates, type Report, within } from "./config-problem.js";
import type { Config, PermissionConfig, RealmConfig } from "./config.js";

/** Checks a realm: its name, the permissions of its roles, and its authorizers. */
export function checkRealm({ name, roles, authorizer }: RealmConfig, config: Config, report: Report): void {
  const { uriRule } = config;
  checkUri(name, uriRule, within(report, "name"));
  if (authorizer !== undefined && !namesExtension(authorizer))
    checkProcedure(authorizer, config, within(report, "authorizer"));
  for (const [index, role] of roles.entries()) {
    checkPermissions(role.permissions, uriRule, within(report, "roles", index, "permissions"));
    if (role.authorizer === undefined) continue;
    if (!namesExtension(role.authorizer))
      checkProcedure(role.authorizer, config, within(report, "roles", index, "authorizer"));
    if (role.permissions.length > 0)
      report(["roles", index, "authorizer"], "expected either permissions or an authorizer, got both");
  }
  findDuplicates(
    roles,
    (role) => role.name,
    (index, role) => report(["roles", index, "name"], `role "${role}" is defined twice in this realm`),
  );
}

/** Checks that a procedure has a valid URI and that its realm exists. */
export function checkProcedure(
  { procedure, realm }: { readonly procedure?: string | undefined; readonly realm?: string | undefined },
  config: Config,
  report: Report,
): void {
  if (procedure !== undefined) checkUri(procedure, config.uriRule, within(report, "procedure"));
  if (realm !== undefined) checkRealmName(realm, config, within(report, "realm"));
}

/** Checks that the config has a realm. */
export function checkRealmName(realm: string, { realms }: Pick<Config, "realms">, report: Report): void {
  const names = realms.map(({ name }) => name);
  if (!names.includes(realm)) report([], `unknown realm "${realm}"; the config has ${names.join(", ")}`);
}

function checkUri(uri: string, rule: UriRule, report: Report): void {
  if (!isUri(uri, rule)) report([], `"${uri}" is not a valid URI (uriRule: ${rule})`);
}

function checkPermissions(permissions: readonly PermissionConfig[], rule: UriRule, report: Report): void {
  for (const [index, permission] of permissions.entries()) {
    const { allow } = permission;
    checkPattern(permission, rule, within(report, index));
    if (allow.forceReregister && !allow.register)
      report(
        [index, "allow", "forceReregister"],
        "expected register: true as well; without it nothing can be taken over",
      );
  }
  findDuplicates(
    permissions,
    ({ uri, match }) => `${match} "${uri}"`,
    (index, pattern) => report([index, "uri"], `this role has two permissions for ${pattern}`),
  );
}

/** Checks that a URI is valid for its match policy. */
export function checkPattern(
  { uri, match }: Pick<PermissionConfig, "uri" | "match">,
  rule: UriRule,
  report: Report,
): void {
  if (!isPatternUri(uri, match, rule))
    report(["uri"], `"${uri}" is not a valid URI for match: ${match} (uriRule: ${rule})${hint(uri, match, rule)}`);
}

/** Suggests the match policy that the URI was probably written for. */
function hint(uri: string, match: PermissionConfig["match"], rule: UriRule): string {
  if (match !== "exact") return "";
  if (isPatternUri(uri, "prefix", rule)) return "; did you mean match: prefix?";
  return isPatternUri(uri, "wildcard", rule) ? "; did you mean match: wildcard?" : "";
}
